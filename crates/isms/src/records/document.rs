//! Every controlled document or register (7.5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::Person,
    value::{ActiveState, Line, RowRef, Tag, Text, Url},
};

choice!(
    /// What a document is for.
    DocumentKind {
        Scope = "scope",
        Policy = "policy",
        TopicPolicy = "topic_policy",
        Procedure = "procedure",
        Plan = "plan",
        Register = "register",
        Report = "report",
        Soa = "soa",
        Rtp = "rtp",
        Minutes = "minutes",
        Form = "form",
        External = "external",
    }
);

choice!(
    /// To whom outside the organisation a document is given.
    ExternalAvailability { None = "none", OnRequest = "on_request", Public = "public" }
);

/// A controlled document. What it says stands in its versions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Document {
    /// What the document is for.
    pub kind: Option<DocumentKind>,
    /// Your own number for it.
    pub identifier: Line,
    /// Its title.
    pub title: Line,
    /// The person who keeps it right.
    pub owner_id: Option<Ref<Person>>,
    /// Class of its content, by your own scheme.
    pub classification: Line,
    /// Language, file format and the like.
    pub format: Line,
    /// On what it is kept: electronic, paper.
    pub media: Line,
    /// Where people find it.
    pub location: Url,
    /// Groups it is written for; empty means everybody in scope.
    pub audience_group_ids: Vec<Tag>,
    /// Groups that may read it.
    pub access_group_ids: Vec<Tag>,
    /// Months between reviews; empty takes the default of the organisation.
    #[schemars(range(min = 1, max = 120))]
    pub review_interval_months: Option<u32>,
    /// How long superseded versions are kept, in months.
    #[schemars(range(min = 0, max = 1200))]
    pub retention_months: Option<u32>,
    /// Why that long: law, contract, own decision.
    pub retention_basis: Text,
    /// Whether it comes from outside, such as a law, a standard, a manual.
    pub external_origin: Option<bool>,
    /// Who publishes it.
    pub external_source: Line,
    /// The version of it you work with.
    pub external_version: Line,
    /// The day you last checked whether there is a newer one.
    pub external_checked_at: Option<Date>,
    /// To whom outside the organisation it is given.
    pub external_availability: Option<ExternalAvailability>,
    /// Where people outside find it, such as a public address.
    pub external_channel: Url,
    /// The day you last checked that people outside can get it.
    pub external_availability_checked_at: Option<Date>,
    /// The day you last checked that it can still be read.
    pub legibility_checked_at: Option<Date>,
    /// Requirements and controls that ask for it, such as 7.5.3c-f or A.5.1.
    pub required_by: Vec<RowRef>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for Document {
    const DECL: Decl = Decl {
        name: "document",
        prefix: "DOC",
        one: "Document",
        many: "Documents",
        group: Group::Documents,
        clause: "7.5",
        about: "Policies, procedures, plans and registers under control. Begin with the scope and the information security policy; the list of usual documents is offered on the path.",
        required: &["title"],
        columns: &["kind", "identifier", "owner_id", "classification", "review_interval_months", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
