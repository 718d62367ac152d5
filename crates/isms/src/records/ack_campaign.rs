//! Rounds in which people acknowledge a published document (A.5.1, 7.3).

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref, Stored,
    access::Actor,
    commands::{Command, Reason},
    flow::{default_date, default_value, ensure, name_of, referred},
    id::Id,
    parameters::Parameters,
    record::{Decl, Group, HandCx, Record},
    records::{Acknowledgement, DocumentVersion, DocumentVersionState, Person},
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::Tag,
    views::scores,
};

states!(
    /// Whether acknowledgements are still awaited.
    AckCampaignState { Open = "open", Closed = "closed" }
);

/// A round in which everybody in an audience acknowledges one version of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AckCampaign {
    /// The version to be acknowledged.
    pub document_version_id: Option<Ref<DocumentVersion>>,
    /// Groups it goes to; empty means everybody in scope.
    pub audience_group_ids: Vec<Tag>,
    /// The day it began.
    pub started_at: Option<Date>,
    /// By when everybody is to have acknowledged.
    pub due_at: Option<Date>,
    /// The day it ended.
    pub closed_at: Option<Date>,
    /// Whether acknowledgements are still awaited.
    pub state: AckCampaignState,
}

impl Record for AckCampaign {
    const DECL: Decl = Decl {
        name: "ack_campaign",
        prefix: "AC",
        one: "Acknowledgement campaign",
        many: "Acknowledgement campaigns",
        group: Group::Documents,
        clause: "7.3",
        about: "Who has to acknowledge which document by when. Start one whenever the policy is published.",
        required: &["document_version_id"],
        columns: &["document_version_id", "audience_group_ids", "started_at", "due_at", "state"],
        by_step: &["closed_at"],
        steps_set_state: true,
        frozen: &["closed"],
        events: &["started_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("Acknowledgement of {}", name_of(self.document_version_id))
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn complete(fields: &mut Map<String, Value>, isms: &Isms, _: &Actor, today: Date) {
        default_date(fields, "started_at", today);
        let version = isms.find(referred::<DocumentVersion>(fields, "document_version_id"));
        if let Some(version) = version {
            let published = version.published_at.unwrap_or(today);
            default_date(fields, "due_at", published.max(today).plus_days(Parameters::of(isms).ack_days));
            if let Some(document) = isms.find(version.document_id) {
                let groups: Vec<&str> = document.audience_group_ids.iter().map(Tag::as_str).collect();
                default_value(fields, "audience_group_ids", groups);
            }
        }
    }

    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let version = cx.isms.find(self.document_version_id);
        match version {
            Some(v) if cx.before.is_none() && v.state != DocumentVersionState::Published => {
                vec![Reason::new(
                    "A.5.1",
                    format!("{} is not published; what is not published cannot be acknowledged", v.meta.id),
                )]
            }
            _ => Vec::new(),
        }
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl AckCampaign {
    /// The people asked on a day: everybody in scope, or those in a group of the audience.
    pub fn audience<'a>(&'a self, isms: &'a Isms, day: Date) -> impl Iterator<Item = &'a Stored<Person>> {
        let everybody = self.audience_group_ids.is_empty();
        let asked = move |p: &&Stored<Person>| {
            everybody || p.group_ids.iter().any(|g| self.audience_group_ids.contains(g))
        };
        isms.all::<Person>().iter().filter(move |p| p.counts_on(day)).filter(asked)
    }

    /// Why the campaign `id` is over on a day: its version is superseded, or nobody is awaited any more.
    pub(crate) fn over(&self, isms: &Isms, id: Id, day: Date) -> Option<&'static str> {
        let version = isms.find(self.document_version_id)?;
        if matches!(version.state, DocumentVersionState::Superseded | DocumentVersionState::Retired) {
            return Some("its version is no longer in force");
        }
        let answers: HashSet<Ref<Person>> = scores::about::<Acknowledgement>(isms, id)
            .filter(|a| a.acknowledged_at.is_some() || a.waived_by.is_some())
            .filter_map(|a| a.person_id)
            .collect();
        let mut audience = self.audience(isms, day).peekable();
        let anybody = audience.peek().is_some();
        (anybody && audience.all(|p| answers.contains(&p.reference()))).then_some("everybody has answered")
    }
}

const STEPS: &[Step] = &[Step {
    name: "close",
    label: "Close",
    from: &["open"],
    to: "closed",
    who: &[Duty::Clock],
    stamps: &[("closed_at", Stamp::Today)],
    guards: &[Guard { rule: "A.5.1", waivable: false, holds: is_over }],
    effects: hand_over,
    basis: "5.2 f, 7.3 a, A.5.1",
    ..Step::BLANK
}];

fn is_over(cx: &StepCx<'_>) -> Result<(), String> {
    let campaign = cx.record::<AckCampaign>()?;
    ensure(campaign.over(cx.isms, cx.id, cx.today).is_some(), || {
        "acknowledgements are still awaited".to_owned()
    })
}

/// Unfinished acknowledgements move to the campaign of the document's newer version, if there is one.
fn hand_over(cx: &StepCx<'_>) -> Vec<Command> {
    let document = |c: &AckCampaign| cx.isms.find(c.document_version_id).and_then(|v| v.document_id);
    let Some(of) = cx.record::<AckCampaign>().ok().and_then(|c| document(c)) else { return Vec::new() };
    let newer = cx
        .isms
        .all::<AckCampaign>()
        .iter()
        .filter(|c| c.meta.id != cx.id && c.state == AckCampaignState::Open && document(c) == Some(of))
        .max_by_key(|c| c.meta.id.n);
    let Some(newer) = newer else { return Vec::new() };
    scores::about::<Acknowledgement>(cx.isms, cx.id)
        .filter(|a| a.acknowledged_at.is_none() && a.waived_by.is_none())
        .map(|a| Command::update(a.meta.id, [("campaign_id", Value::String(newer.meta.id.to_string()))]))
        .collect()
}
