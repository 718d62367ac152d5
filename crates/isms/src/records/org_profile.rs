//! The organisation itself: one record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Isms, Problem,
    id::Id,
    record::{Decl, Group, Record},
    value::Line,
};

/// The organisation whose ISMS this is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrgProfile {
    /// Name of the organisation as it stands on documents and on the certificate.
    pub name: Line,
    /// How many people work under its control, contractors included.
    #[schemars(range(min = 0, max = 10_000_000))]
    pub headcount: Option<u32>,
    /// IANA name of the timezone in which its days begin and end, such as Europe/Stockholm.
    pub timezone: Line,
    /// The day work on the ISMS began.
    pub isms_start_date: Option<Date>,
    /// The day by which the organisation wants to be certified.
    pub certification_target_date: Option<Date>,
}

impl Record for OrgProfile {
    const DECL: Decl = Decl {
        name: "org_profile",
        prefix: "ORG",
        one: "Organisation",
        many: "Organisation",
        group: Group::Settings,
        clause: "4.1",
        about: "Who the organisation is: its name on documents, its timezone, when it wants to be certified.",
        required: &["name"],
        columns: &["headcount", "timezone", "certification_target_date"],
        single: true,
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.name.to_string()
    }

    fn check(&self, _: &Isms, _: Id, problems: &mut Vec<Problem>) {
        if !self.timezone.is_empty() && jiff::tz::TimeZone::get(&self.timezone).is_err() {
            problems.push(Problem::new(
                "timezone",
                format!("\"{}\" is not an IANA timezone, such as Europe/Stockholm or UTC", self.timezone),
            ));
        }
    }
}
