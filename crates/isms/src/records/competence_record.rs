//! Whether a person has a competence, on what grounds, and what closes a gap (7.2 b to d).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{CompetenceRequirement, Evidence, Person, Task},
};

choice!(
    /// What a competence rests on.
    CompetenceBasis { Education = "education", Training = "training", Experience = "experience" }
);

choice!(
    /// Outcome of judging a competence.
    CompetenceResult { Competent = "competent", Gap = "gap" }
);

choice!(
    /// Whether something that was done had the effect it was meant to have.
    Effectiveness { Effective = "effective", NotEffective = "not_effective" }
);

/// The outcome of looking whether a person has a competence that their role calls for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CompetenceRecord {
    /// Whose competence.
    pub person_id: Option<Ref<Person>>,
    /// Measured against which requirement.
    pub competence_requirement_id: Option<Ref<CompetenceRequirement>>,
    /// What the competence rests on.
    pub basis: Option<CompetenceBasis>,
    /// What shows it: a certificate, a record of training, a reference.
    pub evidence_id: Option<Ref<Evidence>>,
    /// Who judged it: somebody else than the person.
    pub assessed_by: Option<Ref<Person>>,
    /// The day it was judged.
    pub assessed_at: Option<Date>,
    /// Competent, or a gap that needs closing.
    pub result: Option<CompetenceResult>,
    /// What is done to close a gap.
    pub action_task_id: Option<Ref<Task>>,
    /// Whether what was done closed the gap.
    pub effectiveness_result: Option<Effectiveness>,
    /// The day that was checked.
    pub effectiveness_checked_at: Option<Date>,
}

impl Record for CompetenceRecord {
    const DECL: Decl = Decl {
        name: "competence_record",
        prefix: "COMP",
        one: "Competence record",
        many: "Competence records",
        group: Group::People,
        clause: "7.2",
        about: "Who can do what their role calls for, on what grounds, and what is done about gaps. Begin with the holders of the mandatory roles.",
        required: &["person_id", "competence_requirement_id"],
        columns: &[
            "person_id",
            "competence_requirement_id",
            "result",
            "assessed_at",
            "action_task_id",
            "effectiveness_result",
        ],
        events: &["assessed_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let of = |id: Option<String>| id.unwrap_or_else(|| "nobody yet".to_owned());
        let result = self.result.map_or("not judged", CompetenceResult::as_str);
        format!("{}: {result}", of(self.person_id.map(|p| p.to_string())))
    }
}
