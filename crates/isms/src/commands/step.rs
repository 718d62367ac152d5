//! Taking a step of a workflow, and saying beforehand which steps are open to whom and why others are not.

use serde_json::{Map, Value};

use super::{Reason, Refusal, Target, duty, work::Work};
use crate::{
    Isms, Problem,
    access::{Action, Actor},
    id::Id,
    record::{AnyRecord, Meta},
    records::SodWaiver,
    schema,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    time::Date,
    words::in_words,
};

/// A step a record's page can offer, with what speaks against it now. Fields the form asks for are not held against
/// it.
#[derive(Clone)]
pub struct Offer {
    /// The step.
    pub step: &'static Step,
    /// Why it cannot be taken now, and by whom it could be; empty if it can.
    pub reasons: Vec<Reason>,
}

/// The steps that lead on from the record's present state, whether or not `actor` may take them.
#[must_use]
pub fn offers(isms: &Isms, actor: &Actor, today: Date, record: &dyn AnyRecord) -> Vec<Offer> {
    let Some(state) = record.state() else { return Vec::new() };
    let id = record.id();
    id.kind
        .steps()
        .iter()
        .filter(|s| s.from.contains(&state) && s.who != [Duty::Clock].as_slice())
        .map(|step| {
            let mut reasons = Vec::new();
            who(step, isms, actor, record, &mut reasons);
            let mut after = record.fields();
            stamp(step, actor, today, &mut after);
            if let Ok(next) = make(isms, id, step, &after, record) {
                let cx = StepCx {
                    isms,
                    actor,
                    today,
                    id,
                    before: record,
                    after: next.as_ref(),
                    fields: &after,
                    comment: "-",
                };
                // A guard about a field the form still asks for cannot be judged yet.
                if step.asks.is_empty() {
                    guards(step.guards, &cx, &mut reasons);
                } else {
                    let sod: Vec<&Guard> = step.guards.iter().filter(|g| g.rule.starts_with("SOD")).collect();
                    for guard in sod {
                        judge(guard, &cx, &mut reasons);
                    }
                }
            }
            Offer { step, reasons }
        })
        .collect()
}

impl Work<'_> {
    pub(super) fn step(
        &mut self,
        target: Target,
        rev: Option<u32>,
        name: &str,
        mut given: Map<String, Value>,
        comment: &str,
    ) -> Result<(), Refusal> {
        let id = self.id_of(target)?;
        let kind = id.kind;
        self.allow(Action::Step, kind)?;
        self.fill_in(kind, &mut given);
        let record = self.current(id, rev)?;
        let state = record.state().unwrap_or_default();
        let step = kind
            .steps()
            .iter()
            .filter(|s| s.name == name)
            .find(|s| s.from.contains(&state))
            .or_else(|| kind.steps().iter().find(|s| s.name == name))
            .ok_or_else(|| {
                Refusal::invalid("step", format!("{kind} has no step \"{}\"", schema::shorten(name)))
            })?;
        let mut reasons = Vec::new();
        if !step.from.contains(&state) {
            reasons.push(Reason {
                rule: "state".to_owned(),
                message: format!(
                    "it leads on from {}, and {id} is {}",
                    in_words(&step.from.join(" or ")),
                    in_words(state)
                ),
            });
            return Err(Refusal::Step { step: step.label.to_owned(), reasons });
        }
        who(step, &self.isms, self.actor, record, &mut reasons);
        let info = kind.info();
        let mut problems: Vec<Problem> = given
            .keys()
            .filter(|n| !step.asks.contains(&n.as_str()))
            .map(|n| Problem::new(n, format!("is not asked for by the step \"{}\"", step.label)))
            .collect();
        let mut fields = record.fields();
        fields.extend(given);
        schema::normalise(info, &mut fields);
        stamp(step, self.actor, self.now.today, &mut fields);
        info.check(&fields, &mut problems);
        for name in step.requires {
            if fields.get(*name).is_none_or(schema::is_empty) {
                problems.push(Problem::new(*name, format!("is required to {}", step.label.to_lowercase())));
            }
        }
        if step.comment && comment.trim().is_empty() {
            problems.push(Problem::new("comment", format!("is required to {}", step.label.to_lowercase())));
        }
        if comment.chars().count() > crate::value::TEXT_MAX {
            problems.push(Problem::new(
                "comment",
                format!("is longer than {} characters", crate::value::TEXT_MAX),
            ));
        }
        if !problems.is_empty() && reasons.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        let meta = Meta { updated_at: Some(self.now.today), ..record.meta().clone() };
        let mut body = fields.clone();
        body.insert("state".to_owned(), Value::String(step.to.to_owned()));
        let next = make(&self.isms, id, step, &fields, record).map_err(|p| Refusal::Invalid(vec![p]))?;
        let cx = StepCx {
            isms: &self.isms,
            actor: self.actor,
            today: self.now.today,
            id,
            before: record,
            after: next.as_ref(),
            fields: &body,
            comment: comment.trim(),
        };
        guards(step.guards, &cx, &mut reasons);
        if !reasons.is_empty() {
            return Err(Refusal::Step { step: step.label.to_owned(), reasons });
        }
        let effects = (step.effects)(&cx);
        meta.put(&mut body);
        self.write(id, Some(body))?;
        for effect in effects {
            self.follow(effect)?;
        }
        Ok(())
    }

    /// Carries out what follows from a step: moves of other records are written without asking for their guards, as
    /// the step that caused them was allowed.
    fn follow(&mut self, effect: super::Command) -> Result<(), Refusal> {
        if let super::Command::Step { target, step, fields, .. } = &effect {
            let id = self.id_of(*target)?;
            let Some(record) = self.isms.record(id) else { return Err(Refusal::NotFound(id.to_string())) };
            let state = record.state().unwrap_or_default();
            let Some(step) = id.kind.steps().iter().find(|s| s.name == step && s.from.contains(&state))
            else {
                return Err(Refusal::invalid(
                    "step",
                    format!("{id} is {state} and cannot take the step {step}"),
                ));
            };
            let meta = Meta { updated_at: Some(self.now.today), ..record.meta().clone() };
            let mut body = record.fields();
            body.extend(fields.clone());
            stamp(step, self.actor, self.now.today, &mut body);
            body.insert("state".to_owned(), Value::String(step.to.to_owned()));
            meta.put(&mut body);
            return self.write(id, Some(body));
        }
        self.run(effect, true)
    }
}

/// The record as it will be after the step.
fn make(
    isms: &Isms,
    id: Id,
    step: &Step,
    fields: &Map<String, Value>,
    record: &dyn AnyRecord,
) -> Result<Box<dyn AnyRecord>, Problem> {
    let mut body = fields.clone();
    body.insert("state".to_owned(), Value::String(step.to.to_owned()));
    record.meta().put(&mut body);
    let mut scratch = Isms::default();
    let _ = isms;
    scratch.apply(
        0,
        record.meta().recorded,
        &super::Change { id, rev: record.meta().rev, after: Some(body) },
    )?;
    scratch.take(id).ok_or_else(|| Problem::new("", "could not be read back"))
}

fn who(step: &Step, isms: &Isms, actor: &Actor, record: &dyn AnyRecord, reasons: &mut Vec<Reason>) {
    if !step.who.iter().any(|d| duty::holds(*d, isms, actor, record)) {
        let who = step.who.iter().map(|d| d.label()).collect::<Vec<_>>().join(" or ");
        reasons.push(Reason { rule: "who".to_owned(), message: format!("this step is for {who}") });
    }
}

fn stamp(step: &Step, actor: &Actor, today: Date, fields: &mut Map<String, Value>) {
    for (name, stamp) in step.stamps {
        let today = || Value::String(today.to_string());
        let value = match stamp {
            Stamp::Actor => match actor.person {
                Some(person) => Value::String(person.to_string()),
                None => continue,
            },
            Stamp::Today => today(),
            Stamp::TodayIfEmpty if fields.get(*name).is_none_or(schema::is_empty) => today(),
            Stamp::TodayIfEmpty => continue,
        };
        fields.insert((*name).to_owned(), value);
    }
}

fn guards(guards: &[Guard], cx: &StepCx<'_>, reasons: &mut Vec<Reason>) {
    for guard in guards {
        judge(guard, cx, reasons);
    }
}

fn judge(guard: &Guard, cx: &StepCx<'_>, reasons: &mut Vec<Reason>) {
    if let Err(message) = (guard.holds)(cx)
        && !(guard.waivable && waived(cx.isms, guard.rule, cx.id, cx.today))
    {
        reasons.push(Reason { rule: guard.rule.to_owned(), message });
    }
}

/// Whether a segregation rule is waived for a record on a day (4.0).
#[must_use]
pub fn waived(isms: &Isms, rule: &str, id: Id, day: Date) -> bool {
    let id = id.to_string();
    isms.all::<SodWaiver>().iter().any(|w| {
        *w.rule == *rule
            && *w.record_ref == *id
            && w.approved_by.is_some()
            && w.expires_at.is_some_and(|end| end >= day)
    })
}
