//! What the records say of each live risk, gathered once for all rows that ask: its scores, evaluations, plans and
//! acceptances, each with the days on which it is the one that counts; and the method they are held against.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use super::{
    Cx, Row, Seen, When,
    cx::{newest, seen},
};
use crate::{
    Filed, Kind, Meta, Ref, reads,
    records::{
        Person, Risk, RiskAcceptance, RiskAcceptanceState, RiskEvaluation, RiskMethod, RiskMethodState,
        RiskScore, RoleAssignment, ScoreType, TreatmentOption, TreatmentPlan, TreatmentPlanState,
    },
    time::Date,
    views::scores,
    words::phrase_in,
};

/// One record after another, each with the days on which it is the newest; oldest first.
pub type Turns<'a, T> = Vec<(Seen<'a, T>, When)>;

/// A live risk with all that hangs on it.
pub struct RiskFacts<'a> {
    /// The risk.
    pub risk: Seen<'a, Risk>,
    /// Its scores without controls.
    pub inherent: Turns<'a, RiskScore>,
    /// Its scores as it is.
    pub current: Turns<'a, RiskScore>,
    /// Its scores as they should become.
    pub target: Turns<'a, RiskScore>,
    /// Its scores after treatment.
    pub residual: Turns<'a, RiskScore>,
    /// Its scores of whatever type, and of none, by number.
    pub scores: Vec<Seen<'a, RiskScore>>,
    /// Its evaluations.
    pub evaluations: Turns<'a, RiskEvaluation>,
    /// Its plans that are not cancelled, by number.
    pub plans: Vec<Seen<'a, TreatmentPlan>>,
    /// Its acceptances, revoked and expired ones too.
    pub acceptances: Vec<Seen<'a, RiskAcceptance>>,
    /// The days on which it is above the line: its newest evaluation says that it is not acceptable.
    pub above: When,
}

/// The risk method in force.
pub struct Method<'a> {
    /// The method.
    pub record: Seen<'a, RiskMethod>,
    /// The days on which it is in force: from its approval on.
    pub in_force: When,
    /// Its levels, lowest first.
    levels: Vec<&'a str>,
}

impl Method<'_> {
    /// The place of a level in the order of severity.
    #[must_use]
    pub fn rank(&self, level: &str) -> Option<usize> {
        self.levels.iter().position(|l| *l == level)
    }

    /// Whether a level is one of the two highest.
    #[must_use]
    pub fn is_top_level(&self, level: &str) -> bool {
        self.levels.iter().rev().take(2).any(|l| *l == level)
    }

    /// What the acceptance criteria say of a level; `None` where they say nothing.
    #[must_use]
    pub fn acceptable(&self, level: &str) -> Option<bool> {
        self.record.rule(level).and_then(|r| r.acceptable)
    }
}

impl<'a> Cx<'a> {
    /// The risk method in force.
    #[must_use]
    pub fn method(&self) -> Option<&Method<'a>> {
        let found = self.method.get(|| {
            let record = self.find(Some(scores::method(self.isms)?.reference()))?;
            let approved = record.approved_at.map_or_else(When::always, When::from);
            Some(Method { in_force: record.there.and(&approved), levels: record.record.levels(), record })
        });
        found.as_ref()
    }

    /// The days on which something stands that was made by a method which is superseded: from the approval of the one
    /// in force on, if there is one.
    #[must_use]
    pub fn outdated(&self, made_by: Option<Ref<RiskMethod>>) -> When {
        if self.isms.find(made_by).is_some_and(|m| m.state == RiskMethodState::Superseded) {
            self.method().map_or_else(When::always, |m| m.in_force.clone())
        } else {
            When::never()
        }
    }

    /// What is known of each live risk in a chunk of their numbers.
    fn facts(&self, chunk: u32) -> &[RiskFacts<'a>] {
        let Some(cell) = self.risks.get(chunk as usize) else { return &[] };
        let risks = self.isms.chunk::<Risk>(chunk);
        // Everything that belongs to a risk refers to it, and who reads a chunk reads what refers to it.
        cell.get_or_init(|| {
            reads::unobserved(|| risks.filter(|r| r.live()).map(|r| facts(self, seen(r))).collect())
        })
    }

    /// What is known of one live risk.
    #[must_use]
    pub fn facts_of(&self, risk: Ref<Risk>) -> Option<RiskFacts<'a>> {
        self.find(Some(risk)).filter(|r| r.live()).map(|risk| facts(self, risk))
    }

    /// What something comes to for each chunk of risks, computed anew only where what it read has changed.
    pub fn each_chunk<T: Send + Sync + 'static>(
        &self,
        what: &'static str,
        compute: fn(&Self, &[RiskFacts<'a>]) -> T,
    ) -> Vec<Arc<T>> {
        let chunks = 0..self.isms.chunks(Kind::Risk);
        chunks.map(|chunk| self.keep_with(what, chunk, || compute(self, self.facts(chunk)))).collect()
    }

    /// The conditions of a row that are about single risks: what they come to for each chunk of them, put together.
    #[must_use]
    pub fn row_of_risks(&self, id: &'static str, row: fn(&Self, &[RiskFacts<'a>]) -> Row) -> Row {
        Row::joined(self.each_chunk(id, row).iter().map(|row| &**row)).unwrap_or_else(|| Row::new(id))
    }

    /// Whether an acceptance was given by who may: the owner of the risk, top management, or whom the criteria name for
    /// the level, as a person or as the holder of a role on that day.
    #[must_use]
    pub fn accepted_by_right(&self, facts: &RiskFacts<'_>, acceptance: &RiskAcceptance) -> bool {
        let Some(by) = acceptance.accepted_by else { return false };
        if facts.risk.owner_id == Some(by) || self.is_top(Some(by)) {
            return true;
        }
        let newest = facts.residual.last().or_else(|| facts.current.last()).map(|(score, _)| score.record);
        let Some(score) = self.isms.find(acceptance.residual_score_id).or(newest) else { return false };
        let rule = self.method().and_then(|m| m.record.record.rule(&score.level));
        rule.is_some_and(|rule| self.is_named(by, &rule.authority, acceptance.accepted_at))
    }

    /// Whether words name a person, or a role that the person held on a day.
    fn is_named(&self, person: Ref<Person>, words: &str, day: Option<Date>) -> bool {
        let name = self.isms.part(person, "name", |p| phrase_in(&p.name, words) || names(&p.meta, words));
        let name = name.unwrap_or_default();
        name || self.about::<RoleAssignment>(person.id()).any(|a| {
            a.person_id == Some(person)
                && day.is_none_or(|day| a.holds_on(day))
                && self.isms.find(a.role_id).is_some_and(|role| {
                    // A phrase is words, so `security_lead` is found as "security lead" too.
                    let kind = role.kind.map_or("", |kind| kind.as_str());
                    phrase_in(&role.title, words) || phrase_in(kind, words) || names(&role.meta, words)
                })
        })
    }
}

/// Whether words name a record by its id or the one it was loaded with.
fn names(meta: &Meta, words: &str) -> bool {
    phrase_in(&meta.id.to_string(), words) || meta.local_id.as_deref().is_some_and(|id| phrase_in(id, words))
}

fn facts<'a>(cx: &Cx<'a>, risk: Seen<'a, Risk>) -> RiskFacts<'a> {
    let id = risk.reference();
    let scores: Vec<Seen<'a, RiskScore>> =
        cx.about::<RiskScore>(id.id()).filter(|s| s.risk_id == Some(id)).collect();
    let score = |of| newest(scores.iter().filter(|s| s.r#type == Some(of)).cloned(), |s| s.scored_at);
    let evaluations = cx.about::<RiskEvaluation>(id.id()).filter(|e| e.risk_id == Some(id));
    let evaluations = newest(evaluations, |e| e.evaluated_at);
    let above = evaluations.iter().filter(|(e, _)| e.acceptable == Some(false));
    let plans = cx.about::<TreatmentPlan>(id.id()).filter(|p| p.live() && p.risk_id == Some(id));
    let acceptances = cx.about::<RiskAcceptance>(id.id()).filter(|a| a.risk_id == Some(id));
    RiskFacts {
        inherent: score(ScoreType::Inherent),
        current: score(ScoreType::Current),
        target: score(ScoreType::Target),
        residual: score(ScoreType::Residual),
        above: risk.there.and(&When::any(above.map(|(_, when)| when.clone()))),
        evaluations,
        plans: plans.collect(),
        acceptances: acceptances.collect(),
        scores,
        risk,
    }
}

/// Records by what they belong to; those that belong to nothing are left out.
pub fn grouped<'a, T: Filed, K: Eq + Hash>(
    of: impl Iterator<Item = Seen<'a, T>>,
    key: impl Fn(&T) -> Option<K>,
) -> HashMap<K, Vec<Seen<'a, T>>> {
    let mut groups: HashMap<K, Vec<Seen<'a, T>>> = HashMap::new();
    for record in of {
        if let Some(key) = key(&record) {
            groups.entry(key).or_default().push(record);
        }
    }
    groups
}

impl RiskFacts<'_> {
    /// The days on which some acceptance among those that `counts` holds: given, not revoked, not yet run out. Of an
    /// acceptance that ran out the date decides, whatever state is stored.
    pub fn accepted(&self, counts: impl Fn(&RiskAcceptance) -> bool) -> When {
        let holds = |a: &RiskAcceptance| match (a.state, a.expires_at) {
            (RiskAcceptanceState::Revoked, _) | (RiskAcceptanceState::Expired, None) => When::never(),
            (_, None) => When::always(),
            (_, Some(end)) => When::until(end),
        };
        let given = self.acceptances.iter().filter(|a| counts(a));
        When::any(given.map(|a| a.there.and(&holds(a))))
    }

    /// The days on which a plan that does more than keep the risk is approved or carried out.
    #[must_use]
    pub fn treated(&self) -> When {
        let running = self.plans.iter().filter(|p| {
            matches!(p.state, TreatmentPlanState::Approved | TreatmentPlanState::InProgress)
                && p.option != Some(TreatmentOption::Retain)
        });
        When::any(running.map(|p| p.there.and(&p.approved_at.map_or_else(When::always, When::from))))
    }

    /// The days on which what remains is above the criteria: by the level of the residual score once a plan is done, of
    /// the current score before; where no criterion speaks of a level, as evaluated.
    #[must_use]
    pub fn above_criteria(&self, method: Option<&Method<'_>>) -> When {
        let done = self.plans.iter().filter(|p| p.state == TreatmentPlanState::Done);
        let done =
            When::any(done.map(|p| p.there.and(&p.completed_at.map_or_else(When::always, When::from))));
        let remains = When::any(self.residual.iter().map(|(_, when)| when.clone())).and(&done);
        let verdict = |score: &RiskScore| method.and_then(|m| m.acceptable(&score.level));
        let parts = [(&self.residual, remains.clone()), (&self.current, remains.not())];
        let mut above = When::never();
        let mut said = When::never();
        for (scores, days) in &parts {
            for (score, when) in *scores {
                let Some(acceptable) = verdict(score) else { continue };
                let when = when.and(days);
                said = said.or(&when);
                if !acceptable {
                    above = above.or(&when);
                }
            }
        }
        above.or(&self.above.and_not(&said)).and(&self.risk.there)
    }
}
