//! Information security events and incidents (A.5.24 to A.5.28, A.6.8; states 4.10).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{Nonconformity, Person, Risk},
    states,
    value::{Line, Source, Text},
};

states!(
    /// Where an incident stands (4.10).
    IncidentState {
        Reported = "reported",
        Triaged = "triaged",
        NotIncident = "not_incident",
        Contained = "contained",
        Eradicated = "eradicated",
        Recovered = "recovered",
        Lessons = "lessons",
        Closed = "closed",
    }
);

/// Something that happened to information, reported by anybody, and what was made of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Incident {
    /// What happened, in a line.
    pub title: Line,
    /// The day it was reported.
    pub reported_at: Option<Date>,
    /// Who or what reported it: a person, a customer, a monitoring system. Empty: somebody who did not give a name.
    pub reported_by: Source,
    /// The day it was judged.
    pub classified_at: Option<Date>,
    /// Who judged it.
    pub classified_by: Option<Ref<Person>>,
    /// Whether it is an incident, or was only an event.
    pub is_incident: Option<bool>,
    /// How severe, from 1 (most severe) to 4.
    #[schemars(range(min = 1, max = 4))]
    pub severity: Option<u8>,
    /// Whether personal data are affected. If so, the time to tell the authority runs from the day you became aware.
    pub personal_data: Option<bool>,
    /// The day it was stopped from spreading.
    pub contained_at: Option<Date>,
    /// The day service and data were right again.
    pub resolved_at: Option<Date>,
    /// Why it could happen.
    pub root_cause: Text,
    /// What you learnt and will do differently.
    pub lessons: Text,
    /// The day the review afterwards was finished.
    pub review_completed_at: Option<Date>,
    /// The day the authority was told, where it had to be.
    pub authority_notified_at: Option<Date>,
    /// The day the people concerned were told, where they had to be.
    pub data_subjects_notified_at: Option<Date>,
    /// Risks it has come true of, or that it brought to light.
    pub linked_risk_ids: Vec<Ref<Risk>>,
    /// Nonconformities raised from it.
    #[schemars(title = "Nonconformities")]
    pub linked_nc_ids: Vec<Ref<Nonconformity>>,
    /// Where it stands.
    pub state: IncidentState,
}

impl Record for Incident {
    const DECL: Decl = Decl {
        name: "incident",
        prefix: "INC",
        one: "Incident",
        many: "Incidents",
        group: Group::Incidents,
        clause: "A.5.24",
        about: "Everything that looks wrong: a lost laptop, a strange mail, an outage. Reporting is always possible; whether it is an incident is judged afterwards.",
        required: &["title"],
        columns: &["state", "severity", "reported_at", "is_incident", "personal_data", "resolved_at"],
        events: &["reported_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
