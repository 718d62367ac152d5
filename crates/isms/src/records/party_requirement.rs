//! What interested parties ask of information security: law, contract, expectation (4.2 b, c; A.5.31).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    id::Id,
    record::{Decl, Group, Record},
    records::InterestedParty,
    value::{ActiveState, Line, Text},
    words::opening,
};

choice!(
    /// Where the force of a requirement comes from.
    RequirementKind {
        Legal = "legal",
        Regulatory = "regulatory",
        Contractual = "contractual",
        Expectation = "expectation",
    }
);

choice!(
    /// Whether the ISMS takes care of a requirement.
    Addressed { Yes = "yes", No = "no", Undecided = "undecided" }
);

/// Something an interested party needs from information security, and whether the ISMS takes care of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PartyRequirement {
    /// Who asks for it.
    pub party_id: Option<Ref<InterestedParty>>,
    /// What is asked for, in your own words.
    pub text: Text,
    /// Where its force comes from.
    pub kind: Option<RequirementKind>,
    /// Where it is written: law and article, contract and clause.
    pub source_ref: Line,
    /// Whether the ISMS takes care of it. Undecided is the same as nothing chosen.
    #[schemars(title = "Addressed by the ISMS")]
    pub addressed_via_isms: Option<Addressed>,
    /// Why, above all if the answer is no.
    pub rationale: Text,
    /// What takes care of it: controls, policies, objectives, risks.
    pub linked_object_ids: Vec<Id>,
    /// Whether it has to do with climate change.
    pub climate_related: Option<bool>,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for PartyRequirement {
    const DECL: Decl = Decl {
        name: "party_requirement",
        prefix: "PR",
        one: "Requirement",
        many: "Requirements",
        group: Group::Context,
        clause: "4.2",
        about: "What each party needs: laws, contract clauses, expectations. Begin with the security clauses of one customer contract and the privacy law you fall under.",
        required: &["party_id", "text"],
        columns: &["party_id", "kind", "source_ref", "addressed_via_isms", "last_reviewed_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.text, &self.source_ref], "Requirement")
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}

impl PartyRequirement {
    /// Whether the ISMS takes care of it; undecided where nothing was chosen.
    #[must_use]
    pub fn addressed(&self) -> Addressed {
        self.addressed_via_isms.unwrap_or(Addressed::Undecided)
    }
}
