//! Today: what waits for one person, what falls due next, and what was changed lately. The gates and the verdicts
//! stand above these on the page and come from the rules.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::place::Place;
use crate::{
    AnyRecord, Date, Id, Isms,
    access::{Action, Actor},
    commands::offers,
    record::is_live_state,
    records::Kind,
    steps::{Duty, Stamp, Step},
};

/// Something that waits for the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where it is done.
    pub place: Place,
    /// The record, if it is one.
    pub id: Option<Id>,
    /// What people call it; "93 applicability decisions" where several wait alike.
    pub title: String,
    /// What is asked: the words on the button.
    pub asked: &'static str,
    /// By when.
    pub due: Option<Date>,
    /// Whether that day has passed.
    pub late: bool,
}

/// A date that comes, or has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The day.
    pub day: Date,
    /// The record.
    pub id: Id,
    /// What people call it.
    pub title: String,
    /// What happens on the day, or did not.
    pub what: &'static str,
    /// Whether it has passed.
    pub late: bool,
}

/// What Today shows besides verdicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// What waits for the viewer, the most urgent first.
    pub waiting: Vec<Waiting>,
    /// Whether more waits than was looked at.
    pub waits_more: bool,
    /// Dates that have passed without the thing done, latest first.
    pub late: Vec<Due>,
    /// Dates within [`AHEAD`] days, soonest first.
    pub next: Vec<Due>,
}

/// How far ahead Today looks, in days.
pub const AHEAD: i64 = 30;
/// How many records are looked at for each reason to wait; more than people can read at once.
const ENOUGH: usize = 300;
/// From how many on records that wait alike are told as one line.
const ALIKE: usize = 5;

/// Fields by which a person is bound to do what comes next.
const BOUND: &[&str] = &["owner_id", "assignee_id", "responsible_id", "author_id", "collected_by"];
/// Fields that say by when something is to be done.
const BY: &[&str] = &["due_at", "target_date", "scheduled_for", "effectiveness_due_at"];
/// Fields in which a step that somebody else waits for writes who took it.
const SIGNED: &[&str] = &["approved_by", "approver_id", "reviewed_by", "accepted_by", "verified_by"];

/// Dates that Today tells: kind, field, the states in which it counts (none: always), what comes and what is past.
type Told = (Kind, &'static str, &'static [&'static str], &'static str, &'static str);
const DATES: &[Told] = &[
    (Kind::Task, "due_at", &["open", "in_progress"], "Task due", "Task overdue"),
    (
        Kind::TreatmentPlan,
        "due_at",
        &["draft", "proposed", "approved", "in_progress"],
        "Treatment due",
        "Treatment overdue",
    ),
    (
        Kind::RiskAcceptance,
        "expires_at",
        &["active"],
        "Acceptance of the risk ends",
        "Acceptance of the risk ended",
    ),
    (Kind::Evidence, "valid_until", &["accepted", "expiring"], "Evidence runs out", "Evidence ran out"),
    (
        Kind::DocumentVersion,
        "next_review_at",
        &["published"],
        "Review of the document due",
        "Review of the document overdue",
    ),
    (
        Kind::RiskMethod,
        "next_review_at",
        &["approved"],
        "Review of the method due",
        "Review of the method overdue",
    ),
    (
        Kind::SoaVersion,
        "next_review_at",
        &["published"],
        "Review of the Statement of Applicability due",
        "Review of the Statement of Applicability overdue",
    ),
    (Kind::SodWaiver, "expires_at", &[], "Waiver ends", "Waiver ended"),
];

/// What Today shows `actor` on a day.
#[must_use]
pub fn today(isms: &Isms, actor: &Actor, day: Date) -> Today {
    let mut found = Found { isms, actor, day, seen: HashSet::new(), list: Vec::new(), more: false };
    found.mine();
    found.waits_for_signature();
    let Found { list, more, .. } = found;
    let (late, next) = dates(isms, day);
    Today { waiting: gather(list, day), waits_more: more, late, next }
}

/// A record that waits, before those that wait alike are told as one.
struct Candidate {
    id: Id,
    state: &'static str,
    step: &'static Step,
    by: Option<Date>,
}

struct Found<'a> {
    isms: &'a Isms,
    actor: &'a Actor,
    day: Date,
    seen: HashSet<Id>,
    list: Vec<Candidate>,
    more: bool,
}

impl Found<'_> {
    /// What the viewer is bound to do: records that name the person, and evidence asked for by requirements that do.
    fn mine(&mut self) {
        let Some(person) = self.actor.person else { return };
        let mut looked_at = 0;
        for backref in self.isms.backrefs(person.id()) {
            let Some(field) = backref.source.kind.info().fields.get(usize::from(backref.field)) else {
                continue;
            };
            if !BOUND.contains(&field.name.as_str()) {
                continue;
            }
            looked_at += usize::from(self.look(backref.source, onward));
            if backref.source.kind == Kind::EvidenceRequirement {
                for request in self.isms.backrefs(backref.source) {
                    if request.source.kind == Kind::Evidence {
                        looked_at += usize::from(self.look(request.source, onward));
                    }
                }
            }
            if looked_at >= ENOUGH {
                self.more = true;
                return;
            }
        }
    }

    /// What others wait for the viewer to approve, accept or review.
    fn waits_for_signature(&mut self) {
        for kind in Kind::ALL.iter().copied().filter(|k| self.actor.may(Action::Step, *k)) {
            let from: Vec<&str> =
                kind.steps().iter().filter(|s| signs(s)).flat_map(|s| s.from).copied().collect();
            if from.is_empty() {
                continue;
            }
            let waiting =
                self.isms.table(kind).all().filter(|r| r.state().is_some_and(|s| from.contains(&s)));
            let ids: Vec<Id> =
                waiting.filter(|r| !r.meta().archived).map(AnyRecord::id).take(ENOUGH + 1).collect();
            self.more |= ids.len() > ENOUGH;
            for id in ids.into_iter().take(ENOUGH) {
                self.look(id, |_, step, _| signs(step));
            }
        }
    }

    /// Notes a record if a step of the right sort is open to the viewer. Answers whether it was worth looking.
    fn look(&mut self, id: Id, right: fn(Kind, &Step, &str) -> bool) -> bool {
        let Some(record) = self.isms.record(id) else { return false };
        let Some(state) = record.state() else { return false };
        if !record.live() || self.seen.contains(&id) || !self.actor.may(Action::Step, id.kind) {
            return false;
        }
        // Asking what is open costs far more than asking whether anything could be.
        if !id.kind.steps().iter().any(|s| s.from.contains(&state) && right(id.kind, s, state)) {
            return false;
        }
        let open = offers(self.isms, self.actor, self.day, record).into_iter();
        if let Some(offer) = open.filter(|o| o.reasons.is_empty()).find(|o| right(id.kind, o.step, state)) {
            self.seen.insert(id);
            let by = BY.iter().find_map(|name| date(record, name));
            self.list.push(Candidate { id, state, step: offer.step, by });
        }
        true
    }
}

/// Whether a step leads on: to a later state of the kind that does not end the record's life.
fn onward(kind: Kind, step: &Step, state: &str) -> bool {
    if !is_live_state(step.to) || step.who == [Duty::Clock].as_slice() {
        return false;
    }
    // States are declared in the order in which they are passed through.
    let states = kind.info().states();
    let place = |name: &str| states.iter().position(|s| s == name);
    place(step.to) > place(state)
}

/// Whether a step puts a signature under the work of somebody else, rather than refusing or ending it.
fn signs(step: &Step) -> bool {
    is_live_state(step.to)
        && step.stamps.iter().any(|(field, stamp)| *stamp == Stamp::Actor && SIGNED.contains(field))
}

fn date(record: &dyn AnyRecord, field: &str) -> Option<Date> {
    record.field(field).as_ref().and_then(Value::as_str)?.parse().ok()
}

/// Tells many records of one kind that wait alike as one line, and puts the most urgent first.
fn gather(list: Vec<Candidate>, day: Date) -> Vec<Waiting> {
    let mut alike: BTreeMap<(Kind, &str, &str), Vec<Candidate>> = BTreeMap::new();
    for candidate in list {
        alike.entry((candidate.id.kind, candidate.step.name, candidate.state)).or_default().push(candidate);
    }
    let mut waiting = Vec::new();
    for ((kind, _, state), group) in alike {
        let late = |by: Option<Date>| by.is_some_and(|d| d < day);
        // Each task is work of its own, however many there are.
        if group.len() > ALIKE && kind != Kind::Task {
            let by = group.iter().filter_map(|c| c.by).min();
            waiting.extend(group.first().map(|first| Waiting {
                place: Place::in_state(kind, &[state]),
                id: None,
                title: format!("{} {}", group.len(), kind.decl().many.to_lowercase()),
                asked: first.step.label,
                due: by,
                late: late(by),
            }));
            continue;
        }
        waiting.extend(group.into_iter().map(|c| Waiting {
            place: Place::Record(c.id),
            id: Some(c.id),
            title: String::new(),
            asked: c.step.label,
            due: c.by,
            late: late(c.by),
        }));
    }
    waiting.sort_by(|a, b| {
        (a.due.is_none(), a.due, a.id.is_some(), a.id).cmp(&(b.due.is_none(), b.due, b.id.is_some(), b.id))
    });
    waiting
}

fn dates(isms: &Isms, day: Date) -> (Vec<Due>, Vec<Due>) {
    let end = day.plus_days(AHEAD);
    let (mut late, mut next) = (Vec::new(), Vec::new());
    for (kind, field, states, comes, past) in DATES {
        for record in isms.table(*kind).all() {
            let counts = !record.meta().archived
                && (states.is_empty() || record.state().is_some_and(|s| states.contains(&s)));
            let Some(on) = counts.then(|| date(record, field)).flatten().filter(|on| *on <= end) else {
                continue;
            };
            let what = if on < day { past } else { comes };
            let due = Due { day: on, id: record.id(), title: String::new(), what, late: on < day };
            if due.late { &mut late } else { &mut next }.push(due);
        }
    }
    late.sort_by(|a, b| (b.day, a.id).cmp(&(a.day, b.id)));
    next.sort_by_key(|d| (d.day, d.id));
    (late, next)
}

impl Today {
    /// Fills in titles of the first `most` of each list, and drops the rest. What is dropped is told by the numbers
    /// given back: waiting, late, next.
    #[must_use]
    pub fn first(mut self, isms: &Isms, most: usize) -> (Self, [usize; 3]) {
        let counts = [self.waiting.len(), self.late.len(), self.next.len()];
        self.waiting.truncate(most);
        self.late.truncate(most);
        self.next.truncate(most);
        for w in &mut self.waiting {
            if let Some(id) = w.id {
                w.title = named(isms, id);
            }
        }
        for due in self.late.iter_mut().chain(&mut self.next) {
            due.title = named(isms, due.id);
        }
        (self, counts)
    }
}

/// What people call a record, and for a version or plan also what it belongs to: "DOC-8 version 2" says little.
fn named(isms: &Isms, id: Id) -> String {
    let title = isms.title(id);
    let of = ["document_id", "risk_id", "document_version_id"].iter().find_map(|name| {
        let value = isms.record(id)?.field(name)?;
        value.as_str()?.parse::<Id>().ok()
    });
    match of.and_then(|of| isms.record(of)) {
        Some(of) => format!("{title}, {}", of.title()),
        None => title,
    }
}

/// One ledger entry, as far as it is told to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Who, as people read it.
    pub who: String,
    /// When.
    pub at: jiff::Timestamp,
    /// Name of the command.
    pub command: String,
    /// The records it wrote.
    pub ids: Vec<Id>,
}

/// Entries of one person and one sort, told together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Who.
    pub who: String,
    /// Name of the command.
    pub command: String,
    /// How many records of its kind it wrote, or how often it was given where it names no kind.
    pub count: usize,
    /// The newest of them.
    pub at: jiff::Timestamp,
    /// The records, the most recently written first, each once.
    pub ids: Vec<Id>,
}

/// Groups entries, given newest first, by who did what.
#[must_use]
pub fn changed(entries: &[Happened]) -> Vec<Changed> {
    let mut order: Vec<(&str, &str)> = Vec::new();
    let mut groups: BTreeMap<(&str, &str), (jiff::Timestamp, usize, Vec<Id>)> = BTreeMap::new();
    for entry in entries {
        let key = (entry.who.as_str(), entry.command.as_str());
        let group = groups.entry(key).or_insert_with(|| {
            order.push(key);
            (entry.at, 0, Vec::new())
        });
        group.1 += 1;
        for id in &entry.ids {
            if !group.2.contains(id) && group.2.len() < ENOUGH {
                group.2.push(*id);
            }
        }
    }
    let told = |key: (&str, &str)| {
        let (at, times, ids) = groups.get(&key)?.clone();
        let of_kind = |kind: Kind| ids.iter().filter(|id| id.kind == kind).count();
        let named = key.1.split('.').next().and_then(Kind::by_name);
        // One record changed five times is one changed record; a step may have written others besides.
        let count = named.map_or(times, of_kind).max(1);
        Some(Changed { who: key.0.to_owned(), command: key.1.to_owned(), count, at, ids })
    };
    order.into_iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        Ref,
        access::{Door, Role},
        commands::Change,
        records::Person,
    };

    fn company(records: &[(&str, Value)]) -> Isms {
        let mut isms = Isms::default();
        for (seq, (id, body)) in records.iter().enumerate() {
            let change = Change { id: id.parse().unwrap(), rev: 1, after: body.as_object().cloned() };
            isms.apply(seq as u64, jiff::Timestamp::UNIX_EPOCH, &change).unwrap();
        }
        isms
    }

    fn actor(person: Option<u32>, roles: &[Role]) -> Actor {
        let person = person.map(Ref::<Person>::new);
        Actor { account: "a-1".to_owned(), person, roles: roles.to_vec(), door: Door::Page }
    }

    fn id(kind: Kind, n: u32) -> String {
        Id { kind, n }.to_string()
    }

    fn day() -> Date {
        "2026-03-01".parse().unwrap()
    }

    fn two_people() -> Vec<(String, Value)> {
        vec![(id(Kind::Person, 1), json!({"name": "Ada"})), (id(Kind::Person, 2), json!({"name": "Bo"}))]
    }

    fn with(more: Vec<(String, Value)>) -> Isms {
        let all: Vec<(String, Value)> = two_people().into_iter().chain(more).collect();
        company(&all.iter().map(|(id, v)| (id.as_str(), v.clone())).collect::<Vec<_>>())
    }

    fn lines(isms: &Isms, actor: &Actor) -> Vec<(String, &'static str, bool)> {
        let (today, _) = today(isms, actor, day()).first(isms, 50);
        today.waiting.into_iter().map(|w| (w.title, w.asked, w.late)).collect()
    }

    #[test]
    fn tasks_wait_for_their_assignee_and_nobody_else() {
        let task = |n: u32, title: &str, who: u32, due: &str, state: &str| {
            let body =
                json!({"title": title, "assignee_id": id(Kind::Person, who), "due_at": due, "state": state});
            (id(Kind::Task, n), body)
        };
        let isms = with(vec![
            task(1, "later", 1, "2026-03-20", "open"),
            task(2, "late", 1, "2026-02-28", "in_progress"),
            task(3, "done", 1, "2026-02-01", "done"),
            task(4, "not mine", 2, "2026-02-01", "open"),
        ]);
        let mine = lines(&isms, &actor(Some(1), &[Role::Contributor]));
        assert_eq!(
            mine.iter().map(|(t, _, late)| (t.as_str(), *late)).collect::<Vec<_>>(),
            [("late", true), ("later", false)]
        );
        assert_eq!(lines(&isms, &actor(None, &[Role::Contributor])), []);
        // A reader may take no step, so nothing waits.
        assert_eq!(lines(&isms, &actor(Some(1), &[Role::Reader])), []);
    }

    #[test]
    fn evidence_waits_for_a_reviewer_who_did_not_collect_it() {
        let evidence = json!({
            "title": "Access review", "state": "collected", "collected_by": id(Kind::Person, 1),
            "collected_at": "2026-02-01", "url": "https://example.org/x",
        });
        let isms = with(vec![(id(Kind::Evidence, 1), evidence)]);
        assert_eq!(lines(&isms, &actor(Some(1), &[Role::IsmsManager])), []);
        let for_bo = lines(&isms, &actor(Some(2), &[Role::IsmsManager]));
        assert_eq!(for_bo.iter().map(|(t, ..)| t.as_str()).collect::<Vec<_>>(), ["Access review"]);
    }

    #[test]
    fn many_that_wait_alike_are_one_line() {
        let evidence = |n: u32| {
            let body = json!({
                "title": format!("E{n}"), "state": "collected", "collected_by": id(Kind::Person, 1),
                "collected_at": "2026-02-01", "url": "https://example.org/x",
            });
            (id(Kind::Evidence, n), body)
        };
        let isms = with((1..=20).map(evidence).collect());
        let (today, counts) = today(&isms, &actor(Some(2), &[Role::IsmsManager]), day()).first(&isms, 50);
        assert_eq!(counts[0], 1);
        assert_eq!(today.waiting[0].title, format!("20 {}", Kind::Evidence.decl().many.to_lowercase()));
        assert_eq!(today.waiting[0].place, Place::in_state(Kind::Evidence, &["collected"]));
    }

    #[test]
    fn dates_count_from_the_day_before_to_the_last_of_thirty() {
        let task = |n: u32, due: &str, state: &str| {
            (id(Kind::Task, n), json!({"title": format!("T{n}"), "due_at": due, "state": state}))
        };
        let isms = with(vec![
            task(1, "2026-02-28", "open"),
            task(2, "2026-03-01", "open"),
            task(3, "2026-03-31", "open"),
            task(4, "2026-04-01", "open"),
            task(5, "2026-03-05", "done"),
            (id(Kind::Task, 6), json!({"title": "T6", "due_at": "2026-03-05", "archived": true})),
            (id(Kind::RiskAcceptance, 1), json!({"expires_at": "2026-03-10", "state": "active"})),
            (id(Kind::RiskAcceptance, 2), json!({"expires_at": "2026-03-10", "state": "expired"})),
        ]);
        let (today, _) = today(&isms, &actor(None, &[Role::Reader]), day()).first(&isms, 50);
        let ids = |list: &[Due]| list.iter().map(|d| d.id.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(&today.late), [id(Kind::Task, 1)]);
        assert_eq!(ids(&today.next), [id(Kind::Task, 2), id(Kind::RiskAcceptance, 1), id(Kind::Task, 3)]);
    }

    #[test]
    fn what_changed_is_told_by_who_and_what() {
        let at = |s: i64| jiff::Timestamp::from_second(s).unwrap();
        let entry = |who: &str, s: i64, command: &str, ids: &[Id]| Happened {
            who: who.to_owned(),
            at: at(s),
            command: command.to_owned(),
            ids: ids.to_vec(),
        };
        let risk = |n: u32| Id { kind: Kind::Risk, n };
        let told = changed(&[
            entry("Bo", 9, "risk.update", &[risk(1)]),
            entry("Ada", 8, "risk.create", &[risk(3)]),
            entry("Bo", 7, "risk.update", &[risk(1)]),
            entry("Ada", 6, "risk.create", &[risk(2), Id { kind: Kind::Task, n: 1 }]),
            entry("Ada", 5, "load", &[]),
        ]);
        let told: Vec<_> =
            told.iter().map(|c| (c.who.as_str(), c.command.as_str(), c.count, c.at, c.ids.len())).collect();
        assert_eq!(
            told,
            [
                ("Bo", "risk.update", 1, at(9), 1),
                ("Ada", "risk.create", 2, at(8), 3),
                ("Ada", "load", 1, at(5), 0)
            ]
        );
    }
}
