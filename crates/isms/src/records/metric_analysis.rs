//! What the values of a metric were found to mean (9.1 e, f).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{Metric, Person, Task},
    value::Text,
    words::label,
};

choice!(
    /// Whether a metric is where it should be.
    AnalysisResult { OnTarget = "on_target", OffTarget = "off_target", Inconclusive = "inconclusive" }
);

/// A judgement on the values of a metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MetricAnalysis {
    /// Of which metric.
    pub metric_id: Option<Ref<Metric>>,
    /// Last day of the period analysed.
    pub period_end: Option<Date>,
    /// Who analysed.
    pub analysed_by: Option<Ref<Person>>,
    /// The day of the analysis.
    pub analysed_at: Option<Date>,
    /// What the values mean. If the target is missed and nothing is done: why.
    pub conclusion: Text,
    /// Whether the metric is where it should be.
    pub result: Option<AnalysisResult>,
    /// Whether the conclusion speaks about how effective the ISMS as a whole is.
    #[schemars(title = "Speaks about ISMS effectiveness")]
    pub isms_effectiveness: Option<bool>,
    /// What is done about it.
    pub action_task_id: Option<Ref<Task>>,
}

impl Record for MetricAnalysis {
    const DECL: Decl = Decl {
        name: "metric_analysis",
        prefix: "MA",
        one: "Analysis",
        many: "Analyses",
        group: Group::Objectives,
        clause: "9.1",
        about: "What the values mean and what is done about a bad one. Begin once a metric has values.",
        required: &["metric_id"],
        columns: &["metric_id", "period_end", "result", "analysed_by", "analysed_at", "action_task_id"],
        events: &["analysed_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let metric = self.metric_id.map_or_else(|| "No metric".to_owned(), |m| m.to_string());
        let period = self.period_end.map(|day| format!(" to {day}")).unwrap_or_default();
        let result =
            self.result.map(|r| format!(": {}", label(r.as_str()).to_lowercase())).unwrap_or_default();
        format!("{metric}{period}{result}")
    }
}
