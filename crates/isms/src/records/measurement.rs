//! Values of metrics (9.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{Evidence, Metric},
    value::{Number, Source},
};

/// The value of a metric for one period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Measurement {
    /// Of which metric.
    pub metric_id: Option<Ref<Metric>>,
    /// Last day of the period measured.
    pub period_end: Option<Date>,
    /// The value, in the unit of the metric.
    pub value: Option<f64>,
    /// Who or what measured: a person, or the name of a tool.
    pub measured_by: Source,
    /// The day it was measured.
    pub measured_at: Option<Date>,
    /// Version of the method, so that a change in the values can be told from a change in the method.
    pub method_version: Number,
    /// What shows the value.
    pub evidence_id: Option<Ref<Evidence>>,
}

impl Record for Measurement {
    const DECL: Decl = Decl {
        name: "measurement",
        prefix: "MEAS",
        one: "Measurement",
        many: "Measurements",
        group: Group::Objectives,
        clause: "9.1",
        about: "The values of your metrics, period by period. Begin with a metric; its first value is due one period later.",
        required: &["metric_id"],
        columns: &["metric_id", "period_end", "value", "measured_by", "measured_at"],
        events: &["measured_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let metric = self.metric_id.map_or_else(|| "No metric".to_owned(), |m| m.to_string());
        let period = self.period_end.map(|day| format!(" to {day}")).unwrap_or_default();
        let value = self.value.map(|v| format!(": {v}")).unwrap_or_default();
        format!("{metric}{period}{value}")
    }
}
