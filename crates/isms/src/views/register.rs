//! The risk register: each risk with its scores, its plan and its acceptance resolved to what people read.

use serde::Serialize;

use super::scores;
use crate::{
    Date, Id, Isms, Ref, Stored,
    records::{Cia, OrgProfile, Person, Risk, RiskAcceptance, RiskScore, ScoreType},
};

/// The risk register on a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Register {
    /// Name of the organisation.
    pub organisation: String,
    /// The day it describes.
    pub as_of: Date,
    /// Version of the risk method in force; empty if none is approved.
    pub method_version: String,
    /// One row a risk.
    pub rows: Vec<RegisterRow>,
}

/// One risk in the register.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegisterRow {
    /// The risk.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// What happens.
    pub scenario: String,
    /// Threat.
    pub threat: String,
    /// Vulnerability.
    pub vulnerability: String,
    /// Letters C, I, A that apply.
    pub cia: String,
    /// Where it stands.
    pub state: String,
    /// Owner: id and name.
    pub owner: Option<(Id, String)>,
    /// Assets: id and name.
    pub assets: Vec<(Id, String)>,
    /// Newest score of type inherent.
    pub inherent: Option<ScoreView>,
    /// Newest score of type current.
    pub current: Option<ScoreView>,
    /// Newest score of type target.
    pub target: Option<ScoreView>,
    /// Newest score of type residual.
    pub residual: Option<ScoreView>,
    /// Whether the newest evaluation calls it acceptable.
    pub acceptable: Option<bool>,
    /// Its rank for treatment.
    pub priority_rank: Option<u32>,
    /// The plan in force: newest that is not cancelled.
    pub plan: Option<PlanView>,
    /// The acceptance in force, if any.
    pub acceptance: Option<AcceptanceView>,
    /// When it was last reviewed.
    pub last_reviewed_at: Option<Date>,
}

/// A score as shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreView {
    /// The score.
    pub id: Id,
    /// Step of the likelihood scale.
    pub likelihood: Option<u8>,
    /// Step of the impact scale.
    pub impact: Option<u8>,
    /// Level from the matrix.
    pub level: String,
    /// When it was scored.
    pub scored_at: Option<Date>,
}

/// A treatment plan as shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanView {
    /// The plan.
    pub id: Id,
    /// modify, avoid, share or retain.
    pub option: String,
    /// Its state.
    pub state: String,
    /// Controls it uses.
    pub controls: Vec<Id>,
    /// Who is responsible.
    pub responsible: String,
    /// When it is due.
    pub due_at: Option<Date>,
    /// Whether it is past due on the day and not done.
    pub overdue: bool,
}

/// An acceptance as shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AcceptanceView {
    /// The acceptance.
    pub id: Id,
    /// Who accepted.
    pub accepted_by: String,
    /// When.
    pub accepted_at: Option<Date>,
    /// Until when.
    pub expires_at: Option<Date>,
    /// Whether it is in force on the day.
    pub in_force: bool,
}

/// The risk register on a day: all risks that are not archived, closed ones last.
#[must_use]
pub fn register(isms: &Isms, day: Date) -> Register {
    let mut rows: Vec<RegisterRow> = isms.all::<Risk>().iter().map(|r| row(isms, r, day)).collect();
    rows.sort_by_key(|r| (r.state == "closed", r.id));
    Register {
        organisation: isms.single::<OrgProfile>().map_or_else(String::new, |o| o.name.to_string()),
        as_of: day,
        method_version: scores::method(isms).map_or_else(String::new, |m| m.version.to_string()),
        rows,
    }
}

/// One risk with everything the register shows of it.
#[must_use]
pub fn row(isms: &Isms, risk: &Stored<Risk>, day: Date) -> RegisterRow {
    let id = risk.meta.id;
    let score = |of| scores::newest(isms, id, of).map(score_view);
    let evaluation = scores::evaluation(isms, id);
    RegisterRow {
        id,
        title: risk.title.to_string(),
        scenario: risk.scenario.to_string(),
        threat: risk.threat.to_string(),
        vulnerability: risk.vulnerability.to_string(),
        cia: risk.cia_affected.iter().map(|c| letter(*c)).collect(),
        state: risk.state.as_str().to_owned(),
        owner: risk.owner_id.map(|p| (p.id(), isms.title(p.id()))),
        assets: risk.asset_ids.iter().map(|a| (a.id(), isms.title(a.id()))).collect(),
        inherent: score(ScoreType::Inherent),
        current: score(ScoreType::Current),
        target: score(ScoreType::Target),
        residual: score(ScoreType::Residual),
        acceptable: evaluation.and_then(|e| e.acceptable),
        priority_rank: evaluation.and_then(|e| e.priority_rank),
        plan: scores::plan(isms, id).map(|p| {
            let done = p.state.as_str() == "done";
            PlanView {
                id: p.meta.id,
                option: p.option.map_or("", |o| o.as_str()).to_owned(),
                state: p.state.as_str().to_owned(),
                controls: p.control_ids.iter().map(|c| c.id()).collect(),
                responsible: name(isms, p.responsible_id),
                due_at: p.due_at,
                overdue: !done && p.due_at.is_some_and(|due| due < day),
            }
        }),
        acceptance: scores::about::<RiskAcceptance>(isms, id)
            .max_by_key(|a| (a.accepted_at, a.meta.id.n))
            .map(|a| AcceptanceView {
                id: a.meta.id,
                accepted_by: name(isms, a.accepted_by),
                accepted_at: a.accepted_at,
                expires_at: a.expires_at,
                in_force: a.state.as_str() == "active" && a.expires_at.is_none_or(|end| end >= day),
            }),
        last_reviewed_at: risk.last_reviewed_at,
    }
}

fn score_view(score: &Stored<RiskScore>) -> ScoreView {
    ScoreView {
        id: score.meta.id,
        likelihood: score.likelihood,
        impact: score.impact,
        level: score.level.to_string(),
        scored_at: score.scored_at,
    }
}

fn name(isms: &Isms, person: Option<Ref<Person>>) -> String {
    isms.find(person).map_or_else(String::new, |p| p.name.to_string())
}

fn letter(cia: Cia) -> char {
    match cia {
        Cia::Confidentiality => 'C',
        Cia::Integrity => 'I',
        Cia::Availability => 'A',
    }
}
