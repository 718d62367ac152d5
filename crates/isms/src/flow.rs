//! What the records of the certification cycle share: names for references, values filled in by themselves, commands
//! that follow from steps, and the questions their guards ask of people.

use serde_json::{Map, Value};

use crate::{
    Isms,
    access::{Actor, Role},
    commands::{Command, Reason, Target},
    id::{Id, Ref},
    record::Filed,
    records::{OrgProfile, Person, Risk, RiskAssessment, TreatmentPlan},
    schema::{self, label_of},
    time::Date,
    views::scores,
};

/// Up to so many people an organisation may let one person do what otherwise takes two (8, decision 3).
pub(crate) const SMALL: u32 = 25;

/// A reference as part of a title: its id, or a dash where there is none.
pub(crate) fn name_of<T: Filed>(reference: Option<Ref<T>>) -> String {
    reference.map_or_else(|| "–".to_owned(), |r| r.to_string())
}

/// Writes `value` unless the field says something already.
pub(crate) fn default_value(fields: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    if fields.get(name).is_none_or(schema::is_empty) {
        fields.insert(name.to_owned(), value.into());
    }
}

/// Writes a day unless the field says something already.
pub(crate) fn default_date(fields: &mut Map<String, Value>, name: &str, day: Date) {
    default_value(fields, name, day.to_string());
}

/// Writes the person who acts, if the account has one, unless the field says something already.
pub(crate) fn default_person(fields: &mut Map<String, Value>, name: &str, actor: &Actor) {
    if let Some(person) = actor.person {
        default_value(fields, name, person.to_string());
    }
}

/// The record of kind `T` a field refers to.
pub(crate) fn referred<T: Filed>(fields: &Map<String, Value>, name: &str) -> Option<Ref<T>> {
    fields.get(name)?.as_str()?.parse::<Id>().ok()?.try_into().ok()
}

/// The number after the highest whole number among `numbers`: of 1, 2.3 and "final" it is 3.
pub(crate) fn next_number<'a>(numbers: impl Iterator<Item = &'a str>) -> String {
    let highest = numbers.filter_map(|n| n.split('.').next()?.trim().parse::<u32>().ok()).max();
    highest.unwrap_or(0).saturating_add(1).to_string()
}

/// Orders version numbers as people do: part by part, whole numbers by value.
pub(crate) fn version_order(a: &str, b: &str) -> std::cmp::Ordering {
    let parts = |s: &str| -> Vec<(u64, String)> {
        s.split(['.', '-']).map(|p| (p.parse().unwrap_or(u64::MAX), p.to_owned())).collect()
    };
    parts(a).cmp(&parts(b))
}

/// Two people named, and they are one.
pub(crate) fn same(a: Option<Ref<Person>>, b: Option<Ref<Person>>) -> bool {
    a.is_some() && a == b
}

/// Whether a person belongs to top management.
pub(crate) fn is_top(isms: &Isms, person: Option<Ref<Person>>) -> bool {
    isms.find(person).is_some_and(|p| p.is_top_management == Some(true))
}

/// Whether the organisation is small enough to waive a segregation of duties at all.
pub(crate) fn is_small(isms: &Isms, day: Date) -> bool {
    let people = || isms.all::<Person>().iter().filter(|p| p.counts_on(day)).count();
    let headcount = isms.single::<OrgProfile>().and_then(|o| o.headcount);
    headcount.unwrap_or_else(|| u32::try_from(people()).unwrap_or(u32::MAX)) <= SMALL
}

/// Empties fields of a record, in the same transaction.
pub(crate) fn clear(id: Id, names: &[&'static str]) -> Command {
    Command::update(id, names.iter().map(|n| (*n, Value::Null)))
}

/// Whether somebody may score and evaluate a risk: its owner, who carries out its plan or the assessment, who brought it
/// in, and an ISMS manager.
#[must_use]
pub fn may_judge(isms: &Isms, actor: &Actor, risk: Id) -> bool {
    let me = actor.person;
    let Some(risk) = risk.try_into().ok().and_then(|r: Ref<Risk>| isms.get(r)) else { return true };
    let mine = risk.meta.created_by.as_deref() == Some(actor.name().as_str());
    let plan = |p: &TreatmentPlan| same(p.responsible_id, me);
    let assessment = RiskAssessment::running(isms).and_then(|a| isms.get(a));
    actor.has(Role::IsmsManager)
        || mine
        || same(risk.owner_id, me)
        || scores::about::<TreatmentPlan>(isms, risk.meta.id).any(|p| plan(p))
        || assessment.is_some_and(|a| same(a.performed_by, me))
}

/// What speaks against a judgement on a risk that is entered by hand: judgements are for some, in their own name, of a
/// day that has come. Others' are loaded.
pub(crate) fn judged(
    isms: &Isms,
    actor: &Actor,
    today: Date,
    risk: Option<Ref<Risk>>,
    (field, by): (&str, Option<Ref<Person>>),
    day: Option<Date>,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if risk.is_some_and(|risk| !may_judge(isms, actor, risk.id())) {
        let whose = "a risk is judged by its owner, who treats it, who assesses, who brought it in, or an ISMS manager";
        reasons.push(Reason::new("who", whose));
    }
    if by != actor.person {
        let own = format!("\"{}\" is yourself: nobody judges a risk in another's name", label_of(field));
        reasons.push(Reason::new("who", own));
    }
    if day.is_some_and(|day| day > today) {
        reasons.push(Reason::new("6.1.2", "the day of a judgement has not come yet"));
    }
    reasons
}

/// A step that follows from another.
pub(crate) fn follow(id: Id, step: &str) -> Command {
    Command::step(id, step, [])
}

/// A step taken by the clock, with the reason people read in the history.
pub(crate) fn by_clock(id: Id, step: &str, comment: String) -> Command {
    Command::Step { target: Target::Id(id), rev: None, step: step.to_owned(), fields: Map::new(), comment }
}

/// Fields among `names` that a change by hand made different.
pub(crate) fn changed<'n, T: serde::Serialize>(before: &T, after: &T, names: &[&'n str]) -> Vec<&'n str> {
    let value = |record: &T, name: &str| crate::pick::pick(record, name);
    names.iter().copied().filter(|name| value(before, name) != value(after, name)).collect()
}

/// The refusal to change `names` by hand in the present state, if any of them was changed.
pub(crate) fn only_by_step<T: serde::Serialize>(
    before: &T,
    after: &T,
    names: &[&str],
    rule: &str,
    how: &str,
) -> Vec<Reason> {
    let fields = changed(before, after, names);
    if fields.is_empty() {
        Vec::new()
    } else {
        let labels: Vec<String> = fields.iter().map(|name| label_of(name).to_lowercase()).collect();
        vec![Reason::new(rule, format!("{} cannot be changed now: {how}", labels.join(", ")))]
    }
}

/// An error unless `holds`.
pub(crate) fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

/// Several findings as one reason: the first few, and how many more.
pub(crate) fn none_of(findings: Vec<String>) -> Result<(), String> {
    const SHOWN: usize = 5;
    match findings.len() {
        0 => Ok(()),
        n if n <= SHOWN => Err(findings.join("; ")),
        n => Err(format!(
            "{}; and {} more",
            findings.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; "),
            n - SHOWN
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_on_and_sort_as_people_do() {
        assert_eq!(next_number(["1", "2.3", "final"].into_iter()), "3");
        assert_eq!(next_number(std::iter::empty()), "1");
        assert!(version_order("1.10", "1.9").is_gt());
        assert!(version_order("2", "1.9").is_gt());
        assert!(version_order("1.2", "1.2").is_eq());
    }

    #[test]
    fn long_lists_of_findings_are_counted() {
        assert_eq!(none_of(Vec::new()), Ok(()));
        assert_eq!(
            none_of((0..7).map(|i| i.to_string()).collect()),
            Err("0; 1; 2; 3; 4; and 2 more".to_owned())
        );
    }
}
