//! What is monitored and measured, how, when and by whom (9.1 a to f).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Ref, choice,
    record::{Decl, Group, Record},
    records::Person,
    value::{ActiveState, Line, Source, Text},
};

choice!(
    /// What a metric is about.
    MetricSubject { Process = "process", Control = "control", Objective = "objective" }
);

/// Something that is measured to see how well security and the ISMS are doing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metric {
    /// What is measured, such as: days until critical patches are in.
    pub title: Line,
    /// Whether it measures a process of the ISMS, a control, or progress towards an objective.
    pub what: Option<MetricSubject>,
    /// Which one: the id of the process or objective, or the reference of the control such as A.8.8.
    #[schemars(title = "Measures")]
    pub target_ref: Source,
    /// What you need to know, and who wants to know it.
    pub need: Text,
    /// How it is measured, so that two people come to the same value.
    pub method: Text,
    /// Where the data come from.
    pub data_source: Text,
    /// How the value is computed.
    pub formula: Text,
    /// How often it is measured, in months.
    #[schemars(range(min = 1, max = 600))]
    pub frequency_months: Option<u32>,
    /// Who measures.
    pub measured_by_id: Option<Ref<Person>>,
    /// How often the values are analysed, in months.
    #[schemars(range(min = 1, max = 600))]
    pub analysis_frequency_months: Option<u32>,
    /// Who analyses and judges the values.
    pub analysed_by_id: Option<Ref<Person>>,
    /// From which value on something has to be done, such as: under 90 %.
    pub threshold: Line,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for Metric {
    const DECL: Decl = Decl {
        name: "metric",
        prefix: "MET",
        one: "Metric",
        many: "Metrics",
        group: Group::Objectives,
        clause: "9.1",
        about: "What you measure to see how well security is doing, how, how often and by whom. Begin with one for a control against a top risk and one for a process.",
        required: &["title"],
        columns: &["what", "target_ref", "frequency_months", "measured_by_id", "analysed_by_id", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
