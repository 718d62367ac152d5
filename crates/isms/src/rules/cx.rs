//! What a rule sees: the records with the days from which each counts, the parameters, and the macros of the
//! specification (0.2) as functions that give truth over time.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use crate::{
    Filed, Id, Isms, Kind, Ref, Stored,
    id::ANNEX_A,
    parameters::Parameters,
    reads::{self, Reads},
    records::{
        ApplicabilityDecisionState, Control, Document, DocumentKind, DocumentVersion, DocumentVersionState,
        Person, Role, RoleAssignment, RoleKind,
    },
    rules::{
        controls,
        history::History,
        memo::Memo,
        risks::{Method, RiskFacts},
        row::{Item, Row},
        when::{Count, When},
    },
    time::Date,
};

/// A record and the days on which it is there: from the day it came to be (ruling 9.1).
#[derive(Clone)]
pub struct Seen<'a, T> {
    /// The record.
    pub record: &'a Stored<T>,
    /// The days on which it is there.
    pub there: When,
}

impl<T> std::ops::Deref for Seen<'_, T> {
    type Target = Stored<T>;
    fn deref(&self) -> &Stored<T> {
        self.record
    }
}

/// What rules are computed from.
pub struct Cx<'a> {
    /// The records.
    pub isms: &'a Isms,
    /// The parameters in force.
    pub p: Parameters,
    /// Judgements by row, gathered once.
    pub(super) given: Shared<HashMap<&'a str, Vec<super::Given>>>,
    /// On which days single fields changed.
    pub history: &'a History,
    /// The published versions of it over time, looked up once.
    pub(super) published: Shared<super::controls::Published>,
    /// Open findings by criterion, gathered once.
    pub(super) findings: Shared<HashMap<&'a str, Vec<super::findings::Open>>>,
    /// What is known of each live risk, by chunk, gathered once.
    pub(super) risks: Vec<OnceCell<Vec<RiskFacts<'a>>>>,
    /// The risk method in force, looked up once.
    pub(super) method: Shared<Option<Method<'a>>>,
    /// What is kept from one judging to the next.
    memo: RefCell<Memo>,
    /// Whether there is a next judging, and so what is read needs to be known.
    observing: bool,
}

/// What several rules ask for, computed once. Whoever asks reads what it was computed from.
pub(super) struct Shared<T> {
    value: OnceCell<(T, Reads)>,
    observing: bool,
}

impl<T> Shared<T> {
    /// The value, computed if nobody has asked yet.
    pub(super) fn get(&self, compute: impl FnOnce() -> T) -> &T {
        let (value, reads) = self.value.get_or_init(|| watched(self.observing, compute));
        reads::note_all(reads);
        value
    }
}

/// What a computation comes to and, where that needs to be known, what it read.
fn watched<T>(observing: bool, compute: impl FnOnce() -> T) -> (T, Reads) {
    if observing { reads::observe(compute) } else { (compute(), Reads::default()) }
}

impl<'a> Cx<'a> {
    /// The rules' view of a snapshot of which no history is known.
    #[must_use]
    pub fn new(isms: &'a Isms) -> Self {
        static UNKNOWN: LazyLock<History> = LazyLock::new(History::default);
        Self::with(isms, &UNKNOWN)
    }

    /// The rules' view of a snapshot and what the ledger says of single fields.
    #[must_use]
    pub fn with(isms: &'a Isms, history: &'a History) -> Self {
        Self::looking_at(isms, history, Memo::default(), false)
    }

    /// The same, with what is kept of an earlier judging of this organisation.
    #[must_use]
    pub fn after(isms: &'a Isms, history: &'a History, mut memo: Memo) -> Self {
        memo.turn_to(isms);
        Self::looking_at(isms, history, memo, true)
    }

    fn looking_at(isms: &'a Isms, history: &'a History, memo: Memo, observing: bool) -> Self {
        let p = Parameters::of(isms);
        Self {
            isms,
            p,
            given: Shared { value: OnceCell::new(), observing },
            findings: Shared { value: OnceCell::new(), observing },
            history,
            published: Shared { value: OnceCell::new(), observing },
            risks: (0..isms.chunks(Kind::Risk)).map(|_| OnceCell::new()).collect(),
            method: Shared { value: OnceCell::new(), observing },
            memo: RefCell::new(memo),
            observing,
        }
    }

    /// What is kept for the next judging.
    #[must_use]
    pub fn into_memo(self) -> Memo {
        self.memo.into_inner()
    }

    /// A result about a chunk of records, kept as long as nothing changes that was read for it. It is computed by a
    /// plain function, so that nothing comes into it but what it reads itself.
    pub fn keep<T: Send + Sync + 'static>(
        &self,
        what: &'static str,
        chunk: u32,
        compute: fn(&Self, u32) -> T,
    ) -> Arc<T> {
        self.keep_with(what, chunk, || compute(self, chunk))
    }

    /// [`keep`](Self::keep) for who sees to it that `compute` takes in nothing that is not read in it.
    pub(super) fn keep_with<T: Send + Sync + 'static>(
        &self,
        what: &'static str,
        chunk: u32,
        compute: impl FnOnce() -> T,
    ) -> Arc<T> {
        let key = (what, chunk);
        if let Some(kept) = self.memo.borrow().get(key) {
            return kept;
        }
        let (value, reads) = watched(self.observing, compute);
        let value = Arc::new(value);
        self.memo.borrow_mut().put(key, value.clone(), reads);
        value
    }

    /// The days on which a field of a record was made other than it had been, oldest first, as far as the snapshot goes.
    pub fn changes(&self, id: Id, field: &'static str) -> impl Iterator<Item = Date> {
        let rev = self.isms.record(id).map_or(0, |r| r.meta().rev);
        self.history.of(id, field).iter().filter(move |c| c.rev <= rev).map(|c| c.day)
    }

    /// All records of a kind that are not archived.
    pub fn all<T: Filed>(&self) -> impl Iterator<Item = Seen<'a, T>> + use<'a, T> {
        self.isms.all::<T>().iter().map(seen)
    }

    /// The live records of a kind. What ends a life by date alone is for the rule to say.
    pub fn live<T: Filed>(&self) -> impl Iterator<Item = Seen<'a, T>> + use<'a, T> {
        self.isms.all::<T>().live().map(seen)
    }

    /// The controls of Annex A that are live records, by number.
    pub fn annex_a(&self) -> impl Iterator<Item = Seen<'a, Control>> + use<'a> {
        let isms = self.isms;
        (1..=ANNEX_A).filter_map(move |n| isms.get(Ref::<Control>::new(n))).filter(|c| c.live()).map(seen)
    }

    /// The record a reference names, with the days on which it is there.
    #[must_use]
    pub fn find<T: Filed>(&self, reference: Option<Ref<T>>) -> Option<Seen<'a, T>> {
        self.isms.find(reference).map(seen)
    }

    /// Records of kind `T` that refer to `target`.
    pub fn about<T: Filed>(&self, target: Id) -> impl Iterator<Item = Seen<'a, T>> + use<'a, T> {
        crate::views::scores::about::<T>(self.isms, target).map(seen)
    }

    /// The days on which a person belongs to PEOPLE: in scope, begun, not gone (the last day counts).
    #[must_use]
    pub fn counts(&self, person: &Seen<'_, Person>) -> When {
        if person.in_scope != Some(true) {
            return When::never();
        }
        let begun = person.start_date.map_or_else(When::always, When::from);
        let not_gone = person.end_date.map_or_else(When::always, When::until);
        person.there.and(&begun).and(&not_gone)
    }

    /// PEOPLE: everybody with the days on which they count.
    #[must_use]
    pub fn people(&self) -> Vec<(Seen<'a, Person>, When)> {
        self.live::<Person>()
            .map(|p| (p.clone(), self.counts(&p)))
            .filter(|(_, when)| !when.is_never())
            .collect()
    }

    /// The days on which an assignment is current: assigned, and not yet ended (the last day counts).
    #[must_use]
    pub fn current(&self, assignment: &Seen<'_, RoleAssignment>) -> When {
        let begun = assignment.assigned_at.map_or_else(When::always, When::from);
        let not_ended = assignment.end_at.map_or_else(When::always, When::until);
        assignment.there.and(&begun).and(&not_ended)
    }

    /// The days on which somebody has gone: the day after the last one on. `None` if no such person is on record.
    #[must_use]
    pub fn gone(&self, person: Option<Ref<Person>>) -> Option<When> {
        self.isms.part(person?, "end_date", |p| p.end_date.map_or_else(When::never, When::after))
    }

    /// ROLE_OK(kind): a live role of the kind has a current, accepted assignment of somebody in PEOPLE.
    #[must_use]
    pub fn role_ok(&self, kind: RoleKind) -> When {
        When::any(self.holders(kind).into_iter().map(|(a, when)| {
            let accepted = a.accepted_at.map_or_else(When::never, When::from);
            let counts = self.find(a.person_id).map_or_else(When::never, |p| self.counts(&p));
            when.and(&accepted).and(&counts)
        }))
    }

    /// The current assignments of live roles of a kind.
    #[must_use]
    pub fn holders(&self, kind: RoleKind) -> Vec<(Seen<'a, RoleAssignment>, When)> {
        self.live::<Role>()
            .filter(|r| r.kind == Some(kind))
            .flat_map(|r| {
                let id = r.meta.id;
                let mine =
                    self.about::<RoleAssignment>(id).filter(move |a| a.role_id.is_some_and(|x| x.id() == id));
                mine.map(move |a| (a.clone(), self.current(&a).and(&r.there)))
            })
            .collect()
    }

    /// Whether a person belongs to top management: the flag decides, also for those who have left (ruling 9.3).
    #[must_use]
    pub fn is_top(&self, person: Option<Ref<Person>>) -> bool {
        person.and_then(|p| self.isms.part(p, "is_top_management", |p| p.is_top_management)).flatten()
            == Some(true)
    }

    /// CUR(kind): each published version of a live document of a kind with the days on which it is the one in force.
    /// Usually one, from its first effective day on.
    #[must_use]
    pub fn current_versions(&self, kind: DocumentKind) -> Vec<(Seen<'a, DocumentVersion>, When)> {
        let mut versions: Vec<Seen<'a, DocumentVersion>> = self
            .live::<Document>()
            .filter(|d| d.kind == Some(kind))
            .flat_map(|d| {
                let id = d.meta.id;
                let mine = self
                    .about::<DocumentVersion>(id)
                    .filter(move |v| v.document_id.is_some_and(|x| x.id() == id));
                mine.map(move |v| Seen { there: v.there.and(&d.there), ..v })
            })
            .filter(|v| v.state == DocumentVersionState::Published)
            .collect();
        let begins = |v: &Seen<'a, DocumentVersion>| v.effective_from.or(v.published_at).unwrap_or(Date::MIN);
        versions.sort_by_key(|v| (begins(v), v.meta.id.n));
        let mut current = Vec::with_capacity(versions.len());
        for (i, version) in versions.iter().enumerate() {
            let from = version.there.and(&When::from(begins(version)));
            let later = When::any(versions.iter().skip(i + 1).map(|v| v.there.and(&When::from(begins(v)))));
            current.push((version.clone(), from.and_not(&later)));
        }
        current
    }

    /// The days on which CUR(kind) exists.
    #[must_use]
    pub fn has_current(&self, kind: DocumentKind) -> When {
        When::any(self.current_versions(kind).into_iter().map(|(_, when)| when))
    }

    /// SOFT(d, months): see [`Soft`].
    #[must_use]
    pub fn soft(&self, date: Option<Date>, months: i64) -> Soft {
        match date {
            Some(date) => {
                let aged = date.plus_months(months);
                let lapsed = date.plus_months(months * self.p.stale_factor);
                Soft { aged: When::after(aged).and(&When::until(lapsed)), lapsed: When::after(lapsed) }
            }
            None => Soft { aged: When::never(), lapsed: When::always() },
        }
    }

    /// "Past next_review_at": aged from the day after, lapsed once the interval has run out again (ruling 9.3). No date
    /// is lapsed.
    #[must_use]
    pub fn past_due(&self, due: Option<Date>, months: i64) -> Soft {
        let Some(due) = due else { return self.soft(None, 0) };
        let lapsed = due.plus_months(months * (self.p.stale_factor - 1));
        Soft { aged: When::after(due).and(&When::until(lapsed)), lapsed: When::after(lapsed) }
    }

    /// [`past_due`](Self::past_due) of a document version, by the interval of its document.
    #[must_use]
    pub fn review_due(&self, version: &Stored<DocumentVersion>) -> Soft {
        let document = self.isms.find(version.document_id);
        self.past_due(version.next_review_at, self.document_months(document))
    }

    /// Months between reviews of a document: its own, else those of the parameters for its kind.
    #[must_use]
    pub fn document_months(&self, document: Option<&Stored<Document>>) -> i64 {
        let own = document.and_then(|d| d.review_interval_months).map(i64::from);
        own.unwrap_or(match document.and_then(|d| d.kind) {
            Some(DocumentKind::Policy) => self.p.policy_months,
            Some(DocumentKind::Scope) => self.p.scope_months,
            _ => self.p.document_months,
        })
    }

    /// Records with the days on which their last review is too old, and on which it has lapsed.
    #[must_use]
    pub fn reviews<T: Filed>(
        &self,
        of: &[Seen<'_, T>],
        months: i64,
        reviewed: impl Fn(&T) -> Option<Date>,
    ) -> Reviews {
        let mut reviews = Reviews::default();
        for record in of {
            let soft = self.soft(reviewed(record), months);
            let item = |when: &When| Item::new(record.meta.id, "last_reviewed_at", record.there.and(when));
            reviews.past.push(item(&soft.past()));
            reviews.lapsed.push(item(&soft.lapsed));
        }
        reviews
    }
}

/// Records with the days on which the review of each is overdue.
#[derive(Clone, Debug, Default)]
pub struct Reviews {
    /// Aged or lapsed.
    pub past: Vec<Item>,
    /// Lapsed.
    pub lapsed: Vec<Item>,
}

/// An interval that the company set: fresh, then aged, then lapsed (0.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soft {
    /// Days on which it is aged.
    pub aged: When,
    /// Days on which it is lapsed.
    pub lapsed: When,
}

impl Soft {
    /// Days on which it is not fresh any more: aged or lapsed.
    #[must_use]
    pub fn past(&self) -> When {
        self.aged.or(&self.lapsed)
    }
}

/// A record with the days on which it is there.
pub fn seen<T: Filed>(record: &Stored<T>) -> Seen<'_, T> {
    let there = record.meta.there_from.map_or_else(When::always, When::from);
    Seen { record, there }
}

/// Each of several records with the days on which it is the newest by a date; one without counts as the oldest.
#[must_use]
pub fn newest<'a, T: Filed>(
    of: impl IntoIterator<Item = Seen<'a, T>>,
    date: impl Fn(&Seen<'a, T>) -> Option<Date>,
) -> Vec<(Seen<'a, T>, When)> {
    let mut all: Vec<Seen<'a, T>> = of.into_iter().collect();
    all.sort_by_cached_key(|s| (date(s), s.meta.id.n));
    // A record is there from some day on, so the later ones together are there from the first of their days on.
    let mut later: Option<Date> = None;
    let mut each = Vec::with_capacity(all.len());
    for record in all.into_iter().rev() {
        let first = record.there.turns().first().copied();
        let when = later.map_or_else(|| record.there.clone(), |day| record.there.and(&When::before(day)));
        later = [later, first].into_iter().flatten().min();
        each.push((record, when));
    }
    each.reverse();
    each
}

/// The days before something was done; all, if it never was.
#[must_use]
pub fn not_yet(done: Option<Date>) -> When {
    done.map_or_else(When::always, When::before)
}

/// The days from which something is done; none, if it never was.
#[must_use]
pub fn done_from(done: Option<Date>) -> When {
    done.map_or_else(When::never, When::from)
}

/// How many of several are there over time.
#[must_use]
pub fn counted<T>(of: &[Seen<'_, T>]) -> Count {
    Count::of(of.iter().map(|s| &s.there))
}

impl<'a> Cx<'a> {
    /// The days on which the decision that counts on a control says that it is needed, or that it is not (2.2).
    #[must_use]
    pub fn decided(&self, control: Id, applicable: bool) -> When {
        let Ok(control) = Ref::<Control>::try_from(control) else { return When::never() };
        let decisions = controls::decisions(self, control).into_iter().filter(|(d, _)| {
            d.state != ApplicabilityDecisionState::Undecided && d.applicable == Some(applicable)
        });
        When::any(decisions.map(|(_, when)| when))
    }

    /// The days on which a linked object is dead (ruling 9.4, 4.2c): gone, archived, retired, closed or cancelled, or a
    /// control of Annex A that is decided not to be applicable.
    #[must_use]
    pub fn dead(&self, id: Id) -> When {
        let annex = id.kind == Kind::Control && id.n <= ANNEX_A;
        match self.isms.record(id) {
            Some(record) if record.meta().archived => When::always(),
            Some(record) if matches!(record.state(), Some("retired" | "closed" | "cancelled")) => {
                When::always()
            }
            _ if annex => self.decided(id, false),
            Some(_) => When::never(),
            None => When::always(),
        }
    }
}

impl<T: Filed> Seen<'_, T> {
    /// The record as a reason, on all days on which it is there.
    #[must_use]
    pub fn item(&self, field: &'static str) -> Item {
        Item::new(self.meta.id, field, self.there.clone())
    }

    /// The record as a reason, on those of some days on which it is there.
    #[must_use]
    pub fn on(&self, field: &'static str, when: &When) -> Item {
        Item::new(self.meta.id, field, self.there.and(when))
    }
}

/// The first of several fields that is wrong: a reason about any of them names the one to be mended.
#[must_use]
pub fn first_of<const N: usize>(fields: [(&'static str, bool); N]) -> Option<&'static str> {
    fields.into_iter().find_map(|(field, wrong)| wrong.then_some(field))
}

/// The days on which any of several records is there.
#[must_use]
pub fn exists<'s, 'a: 's, T: 's + 'a>(of: impl IntoIterator<Item = &'s Seen<'a, T>>) -> When {
    When::any(of.into_iter().map(|s| s.there.clone()))
}

impl<'a> Cx<'a> {
    /// HARD(d, months): an interval that the standard wants kept; aged are the days of grace, lapsed those after them.
    #[must_use]
    pub fn hard(&self, date: Option<Date>, months: i64) -> Soft {
        let Some(date) = date else { return self.soft(None, months) };
        let due = date.plus_months(months);
        let end = due.plus_days(self.p.hard_grace_days);
        Soft { aged: When::between(due.plus_days(1), end), lapsed: When::after(end) }
    }

    /// Mandatory roles with the days on which nobody is assigned to them (5.3 U1, 7.1 P2).
    #[must_use]
    pub fn vacant_roles(&self) -> Vec<Item> {
        let vacant = |role: Seen<'a, Role>| {
            let holders = self
                .about::<RoleAssignment>(role.meta.id)
                .filter(|a| a.role_id.is_some_and(|r| r.id() == role.meta.id))
                .map(|a| self.current(&a));
            role.on("mandatory", &When::any(holders).not())
        };
        self.live::<Role>().filter(|r| r.mandatory == Some(true)).map(vacant).collect()
    }
}

/// U0 and S1 of records that are looked at in an interval the company set: unmet while all have lapsed, stale while one
/// is past its date. `many` is what they are called, for one and for several.
#[must_use]
pub fn reviewed<'a, T: Filed>(
    row: Row,
    of: &[Seen<'a, T>],
    field: &'static str,
    many: &str,
    soft: impl Fn(&Seen<'a, T>) -> Soft,
) -> Row {
    row.every(
        "U0",
        format!("the {{m}} {many} [was|were] looked at by nobody in twice the interval"),
        of.iter().map(|s| s.on(field, &soft(s).lapsed)).collect(),
        counted(of),
    )
    .any(
        "S1",
        format!("the review of {{n}} {many} is overdue"),
        of.iter().map(|s| s.on(field, &soft(s).past())).collect(),
    )
}
