//! The status rule for every control of Annex A and of the organisation's own (2.2 with its rulings): decided, in place,
//! shown by evidence in date, owned, described, reviewed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{Cx, Item, Judged, Row, Seen, Soft, When, cx::seen, findings};
use crate::{
    Date, Id, Kind, Ref, Stored,
    id::ANNEX_A,
    record::Meta,
    records::{
        Addressed, ApplicabilityDecision, ApplicabilityDecisionState, Control, Document, DocumentVersion,
        DocumentVersionState, Evidence, EvidenceRequirement, EvidenceState, ImplementationStatus,
        PartyRequirement, ReviewResult, SoaVersion, SoaVersionState, TreatmentPlan,
    },
};

/// A control with its status on every day.
#[derive(Clone, Debug)]
pub struct JudgedControl {
    /// The control.
    pub id: Id,
    /// Its status.
    pub judged: Arc<Judged>,
    /// The days on which there is such a control: always for those of Annex A.
    pub there: When,
    /// The organisation's own reference of a control of its own, where it cannot be mistaken for anything else.
    pub reference: Option<String>,
}

/// Judges the 93 controls of Annex A, with or without a record, and then the live ones of the organisation's own.
#[must_use]
pub fn judge(cx: &Cx<'_>) -> Vec<JudgedControl> {
    let annex = cx.keep("Annex A", 0, |cx, _| {
        let controls = (1..=ANNEX_A).map(|n| match annex_a(cx, n) {
            Some(control) => judge_one(cx, control),
            None => judge_one(cx, &never_begun(n)),
        });
        controls.collect::<Vec<_>>()
    });
    let own = (0..cx.isms.chunks(Kind::Control)).map(|chunk| cx.keep("own controls", chunk, own_controls));
    [annex].into_iter().chain(own).flat_map(|chunk| chunk.to_vec()).collect()
}

fn own_controls(cx: &Cx<'_>, chunk: u32) -> Vec<JudgedControl> {
    let own = cx.isms.chunk::<Control>(chunk).filter(|c| c.live() && c.meta.id.n > ANNEX_A);
    own.map(|control| judge_one(cx, control)).collect()
}

fn annex_a<'a>(cx: &Cx<'a>, n: u32) -> Option<&'a Stored<Control>> {
    cx.isms.get(Ref::<Control>::new(n)).filter(|c| !c.meta.archived)
}

/// A control of Annex A without a record is taken as the catalogue's: never begun, no owner (ruling 9.1).
fn never_begun(n: u32) -> Stored<Control> {
    let meta = Meta {
        id: Id { kind: Kind::Control, n },
        rev: 0,
        seq: 0,
        recorded: jiff::Timestamp::UNIX_EPOCH,
        created_at: None,
        created_by: None,
        updated_at: None,
        there_from: None,
        local_id: None,
        archived: false,
    };
    Stored { meta, body: Control::default() }
}

/// What speaks of one control.
struct Register<'a, 'c> {
    cx: &'c Cx<'a>,
    /// Each decision with the days on which it is the one that counts.
    decisions: Vec<(&'a Stored<ApplicabilityDecision>, When)>,
    /// Live plans and requirements that need the control.
    needs: Vec<Item>,
    /// Live evidence requirements.
    asked: Vec<Asked<'a>>,
    /// Accepted evidence that no live requirement of the control asked for.
    loose: Vec<Proof>,
}

/// An evidence requirement and what was accepted for it.
struct Asked<'a> {
    requirement: &'a Stored<EvidenceRequirement>,
    proofs: Vec<Proof>,
}

/// A piece of evidence that was accepted and not withdrawn.
#[derive(Clone, Copy)]
struct Proof {
    id: Id,
    /// The day from which it is there.
    from: Date,
    /// The last day it counts. Where nothing says when it was made, it never did.
    end: Date,
}

fn judge_one(cx: &Cx<'_>, control: &Stored<Control>) -> JudgedControl {
    let id = control.meta.id;
    let (asked, loose) = evidence(cx, control.reference());
    let register =
        Register { cx, decisions: decisions(cx, control.reference()), needs: needs(cx, id), asked, loose };
    let name = id.to_string();
    let (row, left_out) = register.row(control);
    // A finding names the id, or the organisation's own reference.
    let own = control.r#ref.trim();
    let names: &[&str] = if own.is_empty() || own == name { &[&name] } else { &[&name, own] };
    let mut judged = Judged::new(row, findings::capped(cx, names)).named(name.clone());
    if !left_out.is_never() {
        judged = judged.excluded(left_out);
    }
    let there = if id.n <= ANNEX_A { When::always() } else { seen(control).there };
    let clear = |r: &&str| !r.is_empty() && !frameworks::catalogue().resolves(r) && r.parse::<Id>().is_err();
    let reference = Some(own).filter(|_| id.n > ANNEX_A).filter(clear).map(str::to_owned);
    JudgedControl { id, judged: Arc::new(judged), there, reference }
}

impl<'a> Register<'a, '_> {
    /// The conditions of a control, and the days on which it is left out for a reason that holds.
    fn row(&self, control: &Stored<Control>) -> (Row, When) {
        let id = control.meta.id;
        let about = |field, when: &When| vec![Item::new(id, field, when.clone())];
        let mut conditions = Conditions(Row::new(""));
        let decided = self.decided();
        let undecided = decided.applicable.or(&decided.excluded).or(&decided.unfounded).not();
        conditions.add(
            "EXCL",
            decided.unfounded.clone(),
            "left out without a justification, or although a plan or requirement needs it",
            decided.objections,
        );
        conditions.add(
            "U1",
            undecided.clone(),
            "nobody has decided whether this control applies",
            about("", &undecided),
        );
        let status = control.implementation_status.unwrap_or(ImplementationStatus::NotStarted);
        if status == ImplementationStatus::NotStarted {
            let when = &decided.applicable;
            let items = about("implementation_status", when);
            conditions.add("U2", when.clone(), "the control applies, and nobody has begun with it", items);
        }
        let proof = self.proof(control);
        if status == ImplementationStatus::Implemented {
            let never = proof.ever.not();
            let items = about("implementation_status", &never);
            conditions.add(
                "U3",
                never,
                "said to be in place, and no evidence was ever accepted for it",
                items,
            );
        }
        match status {
            ImplementationStatus::Planned => {
                let always = When::always();
                let items = about("implementation_status", &always);
                conditions.add("P1", always, "planned, and not in place yet", items);
            }
            ImplementationStatus::Partly => {
                let always = When::always();
                let items = about("implementation_status", &always);
                conditions.add("P1", always, "in place only in part", items);
            }
            ImplementationStatus::NotStarted | ImplementationStatus::Implemented => {}
        }
        conditions.any("P2", "evidence that is asked for is missing, or long out of date", proof.missing);
        if control.review_result == Some(ReviewResult::NotEffective) {
            let since = control.last_reviewed_at.map_or_else(When::always, When::from);
            let items = about("review_result", &since);
            conditions.add("P3", since, "its last review found that it does not work", items);
        }
        self.owner(control, &mut conditions);
        self.described(control, &mut conditions, "P5");
        self.reviewed(control, &mut conditions);
        conditions.any("S2", "the newest evidence for it has run out", proof.expired);
        self.described(control, &mut conditions, "S3");
        (conditions.0, decided.excluded)
    }

    fn owner(&self, control: &Stored<Control>, conditions: &mut Conditions) {
        let id = control.meta.id;
        match control.owner_id.zip(self.cx.gone(control.owner_id)) {
            None => {
                let items = vec![Item::new(id, "owner_id", When::always())];
                conditions.add("P4", When::always(), "nobody owns it", items);
            }
            Some((owner, gone)) => {
                let items = [(id, "owner_id"), (owner.id(), "end_date")];
                let items = items.into_iter().map(|(id, field)| Item::new(id, field, gone.clone())).collect();
                conditions.add("P4", gone, "its owner has left", items);
            }
        }
    }

    /// P5 and S3: what is wrong with the documents that describe the control.
    fn described(&self, control: &Stored<Control>, conditions: &mut Conditions, label: &'static str) {
        let mut items = Vec::new();
        for document in &control.document_ids {
            let versions = versions(self.cx, *document);
            if label == "P5" {
                let missing = When::any(versions.iter().map(|(_, when)| when.clone())).not();
                items.push(Item::new(document.id(), "", missing));
            } else {
                let past = |v: &Stored<DocumentVersion>| self.cx.review_due(v).past();
                let overdue = versions
                    .iter()
                    .map(|(v, when)| Item::new(v.meta.id, "next_review_at", when.and(&past(v.record))));
                items.extend(overdue);
            }
        }
        let what = if label == "P5" {
            "{n} of the documents that describe it [has|have] no published version"
        } else {
            "{n} of the documents that describe it [is past its|are past their] review"
        };
        conditions.any(label, what, items);
    }

    /// P6 and S1: an old review is stale, one that lapsed or never was leaves the control partly in order.
    fn reviewed(&self, control: &Stored<Control>, conditions: &mut Conditions) {
        let months = self.interval(control);
        let soft = self.cx.soft(control.last_reviewed_at, months);
        let Soft { lapsed, .. } = soft;
        let item = |when: &When| vec![Item::new(control.meta.id, "last_reviewed_at", when.clone())];
        let what = match control.last_reviewed_at {
            Some(_) => format!(
                "its last review is more than {} months old, {} times the interval",
                months * self.cx.p.stale_factor,
                self.cx.p.stale_factor
            ),
            None => "it was never reviewed".to_owned(),
        };
        let items = item(&lapsed);
        conditions.add("P6", lapsed, what, items);
        if let Some(last) = control.last_reviewed_at {
            let overdue = When::after(last.plus_months(months));
            let items = item(&overdue);
            conditions.add("S1", overdue, format!("its last review is more than {months} months old"), items);
        }
    }

    /// Months between reviews, and how long evidence counts: the control's own, else Table B's; for controls of the
    /// organisation's own without either, the default of evidence.
    fn interval(&self, control: &Stored<Control>) -> i64 {
        Control::interval_months(control).unwrap_or(self.cx.p.evidence_months)
    }

    fn decided(&self) -> Decided {
        let mut decided = Decided::default();
        let needs = &self.needs;
        let needed = When::any(needs.iter().map(|n| n.when.clone()));
        for (decision, when) in &self.decisions {
            match decision.applicable {
                _ if decision.state == ApplicabilityDecisionState::Undecided => {}
                None => {}
                Some(true) => decided.applicable = decided.applicable.or(when),
                Some(false) if decision.justification.is_empty() => {
                    decided.unfounded = decided.unfounded.or(when);
                    decided.objections.push(Item::new(decision.meta.id, "justification", when.clone()));
                }
                Some(false) => {
                    decided.excluded = decided.excluded.or(&when.and_not(&needed));
                    decided.unfounded = decided.unfounded.or(&when.and(&needed));
                }
            }
        }
        if !decided.unfounded.is_never() {
            decided.objections.extend(needs.iter().map(|n| n.within(&decided.unfounded)));
        }
        decided
    }

    fn proof(&self, control: &Stored<Control>) -> Proven {
        let (asked, loose) = (&self.asked, &self.loose);
        let all = loose.iter().chain(asked.iter().flat_map(|a| &a.proofs));
        let ever = all.map(|p| p.from).min().map_or_else(When::never, When::from);
        let mut proven = Proven { ever, expired: Vec::new(), missing: Vec::new() };
        let months = self.interval(control);
        for Asked { requirement, proofs } in asked {
            let there = seen(*requirement).there;
            let first = proofs.iter().map(|p| p.from).min();
            // While nothing at all was accepted, that is U3's to say.
            let none = first.map_or_else(When::always, When::before).and(&proven.ever).and(&there);
            if !none.is_never() {
                proven.missing.push(Item::new(requirement.meta.id, "", none));
            }
            let months = requirement.frequency_months.map_or(months, i64::from);
            proven.age(proofs, months, &there);
        }
        // What nobody asked for counts as one requirement with the control's interval (ruling 9.4).
        proven.age(loose, months, &When::always());
        proven
    }
}

/// What was decided on a control.
#[derive(Default)]
struct Decided {
    applicable: When,
    /// Left out, for a reason that holds.
    excluded: When,
    /// Left out, and it should not be.
    unfounded: When,
    /// What speaks against leaving it out.
    objections: Vec<Item>,
}

/// What evidence says of a control.
struct Proven {
    /// The days from which on some was accepted.
    ever: When,
    /// Newest evidence of a requirement that expired by no more than one interval.
    expired: Vec<Item>,
    /// Requirements without evidence, and newest evidence that expired longer ago.
    missing: Vec<Item>,
}

impl Proven {
    /// Takes in the evidence of one requirement, asked for on some days.
    fn age(&mut self, proofs: &[Proof], months: i64, asked: &When) {
        for (proof, last) in newest(proofs) {
            // What ran out before every date did so with its grace.
            let grace = if proof.end == Date::MIN { Date::MIN } else { proof.end.plus_months(months) };
            let overdue = |first: Date, last: Date| {
                if first > last { When::never() } else { When::between(first, last).and(asked) }
            };
            let put = |into: &mut Vec<Item>, when: When| {
                if !when.is_never() {
                    into.push(Item::new(proof.id, "valid_until", when));
                }
            };
            if proof.end < last {
                put(&mut self.expired, overdue(proof.from.max(next(proof.end)), last.min(grace)));
            }
            if grace < last {
                put(&mut self.missing, overdue(proof.from.max(next(grace)), last));
            }
        }
    }
}

fn next(day: Date) -> Date {
    if day == Date::MIN { day } else { day.plus_days(1) }
}

/// Of the evidence for one thing, each that counts longest of those there, with the last day on which it does.
fn newest(proofs: &[Proof]) -> Vec<(Proof, Date)> {
    let mut by_day: Vec<Proof> = proofs.to_vec();
    by_day.sort_by_key(|p| (p.from, std::cmp::Reverse(p.end), p.id.n));
    let mut steps: Vec<Proof> = Vec::new();
    for proof in by_day {
        if steps.last().is_none_or(|s| proof.end > s.end) {
            steps.push(proof);
        }
    }
    let until: Vec<Date> = steps.iter().skip(1).map(|s| s.from.plus_days(-1)).chain([Date::MAX]).collect();
    steps.into_iter().zip(until).collect()
}

/// A row in the making; conditions that can never be true are left out.
struct Conditions(Row);

impl Conditions {
    fn add(&mut self, label: &'static str, when: When, what: impl Into<String>, items: Vec<Item>) {
        if !when.is_never() {
            let row = std::mem::replace(&mut self.0, Row::new(""));
            self.0 = row.when(label, when, what, items);
        }
    }

    fn any(&mut self, label: &'static str, what: &str, mut items: Vec<Item>) {
        items.retain(|i| !i.when.is_never());
        let when = When::any(items.iter().map(|i| i.when.clone()));
        self.add(label, when, what, items);
    }
}

/// The published versions of the Statement of Applicability with the days on which each is in force, and the days on
/// which none is.
pub(super) struct Published {
    in_force: HashMap<Id, When>,
    none: When,
}

fn published(cx: &Cx<'_>) -> Published {
    let mut versions: Vec<&Stored<SoaVersion>> =
        cx.isms.all::<SoaVersion>().iter().filter(|v| v.state == SoaVersionState::Published).collect();
    versions.sort_by_key(|v| (v.published_at, v.meta.id.n));
    let begins =
        |v: &Stored<SoaVersion>| seen(v).there.and(&v.published_at.map_or_else(When::always, When::from));
    let mut later = When::never();
    let mut in_force: HashMap<Id, When> = HashMap::new();
    for version in versions.iter().rev() {
        let begun = begins(version);
        in_force.insert(version.meta.id, begun.and_not(&later));
        later = later.or(&begun);
    }
    Published { in_force, none: later.not() }
}

/// The decision on a control: the entry of the published Statement of Applicability, or, on days on which none is
/// published, the newest by date of decision (2.2, ruling 9.4).
pub(super) fn decisions<'a>(
    cx: &Cx<'a>,
    control: Ref<Control>,
) -> Vec<(&'a Stored<ApplicabilityDecision>, When)> {
    let Published { in_force, none } = cx.published.get(|| published(cx));
    // By the version they are entries of; those that count where none is published stand under none.
    let mut groups: BTreeMap<Option<Id>, Vec<Seen<'a, ApplicabilityDecision>>> = BTreeMap::new();
    let all = cx.about::<ApplicabilityDecision>(control.id()).map(|d| d.record);
    let counting = |d: &&Stored<ApplicabilityDecision>| {
        d.control_id == Some(control) && d.state != ApplicabilityDecisionState::Superseded
    };
    for record in all.filter(counting) {
        let seen = Seen { record, there: from_day(record, &[record.decided_at]) };
        let version = record.soa_version_id.map(|v| v.id()).filter(|v| in_force.contains_key(v));
        if version.is_some() {
            groups.entry(version).or_default().push(seen.clone());
        }
        if !none.is_never() {
            groups.entry(None).or_default().push(seen);
        }
    }
    let mut decisions = Vec::new();
    for (version, mut entries) in groups {
        let counts = version.map_or(none, |v| in_force.get(&v).unwrap_or(none));
        entries.sort_by_key(|d| (d.decided_at, d.meta.id.n));
        // Of several on one control the newest counts from its day on.
        let mut later = counts.not();
        for decision in entries.iter().rev() {
            let when = decision.there.and_not(&later);
            later = later.or(&decision.there);
            if !when.is_never() {
                decisions.push((decision.record, when));
            }
        }
    }
    decisions
}

/// The days from which on a record is there: as [`seen`], for kinds of which there can be very many, whose events are
/// named here.
fn from_day<T: crate::Filed>(record: &Stored<T>, events: &[Option<Date>]) -> When {
    first_day(record, events).map_or_else(When::always, When::from)
}

fn first_day<T: crate::Filed>(record: &Stored<T>, events: &[Option<Date>]) -> Option<Date> {
    events.iter().copied().chain([record.meta.created_at]).flatten().max()
}

/// What needs a control: live treatment plans, and requirements that the ISMS takes care of.
fn needs(cx: &Cx<'_>, control: Id) -> Vec<Item> {
    let plans = cx.about::<TreatmentPlan>(control).filter(|p| p.live());
    let plans = plans.filter(|p| p.control_ids.iter().any(|c| c.id() == control));
    let requirements = cx.about::<PartyRequirement>(control).filter(|r| r.live());
    let requirements = requirements
        .filter(|r| r.addressed() == Addressed::Yes)
        .filter(|r| r.linked_object_ids.contains(&control));
    let plans = plans.map(|p| p.item("control_ids"));
    plans.chain(requirements.map(|r| r.item("linked_object_ids"))).collect()
}

/// Accepted evidence for a control: for what a live requirement asked, and beside that.
fn evidence<'a>(cx: &Cx<'a>, control: Ref<Control>) -> (Vec<Asked<'a>>, Vec<Proof>) {
    let mut asked: Vec<Asked<'a>> = Vec::new();
    let mut loose: BTreeMap<Id, Proof> = BTreeMap::new();
    let requirements = cx.about::<EvidenceRequirement>(control.id());
    for requirement in requirements.map(|r| r.record).filter(|r| r.control_id == Some(control)) {
        let of = cx.about::<Evidence>(requirement.meta.id);
        let of = of.filter(|e| e.requirement_id == Some(requirement.reference()));
        let proofs = of.filter_map(|e| proof(cx, e.record));
        if requirement.live() {
            asked.push(Asked { requirement, proofs: proofs.collect() });
        } else {
            // Of a requirement that asks no longer, the control stays shown by what was accepted for it.
            loose.extend(proofs.map(|p| (p.id, p)));
        }
    }
    for evidence in cx.about::<Evidence>(control.id()).filter(|e| e.control_ids.contains(&control)) {
        let wanted = asked.iter().any(|a| evidence.requirement_id == Some(a.requirement.reference()));
        if !wanted {
            loose.extend(proof(cx, evidence.record).map(|p| (p.id, p)));
        }
    }
    (asked, loose.into_values().collect())
}

/// A piece of evidence as proof, if it was accepted and not withdrawn.
fn proof(cx: &Cx<'_>, evidence: &Stored<Evidence>) -> Option<Proof> {
    use EvidenceState::{Accepted, Expired, Expiring};
    if !matches!(evidence.state, Accepted | Expiring | Expired) {
        return None;
    }
    let from = first_day(evidence, &[evidence.collected_at, evidence.reviewed_at]);
    Some(Proof {
        id: evidence.meta.id,
        from: from.unwrap_or(Date::MIN),
        end: evidence.ends(cx.isms).unwrap_or(Date::MIN),
    })
}

/// The published versions of a live document, each with the days on which it is the one in force.
fn versions<'a>(cx: &Cx<'a>, document: Ref<Document>) -> Vec<(Seen<'a, DocumentVersion>, When)> {
    if !cx.isms.get(document).is_some_and(|d| d.live()) {
        return Vec::new();
    }
    let mut versions: Vec<Seen<'a, DocumentVersion>> = cx
        .about::<DocumentVersion>(document.id())
        .filter(|v| v.document_id == Some(document) && v.state == DocumentVersionState::Published)
        .collect();
    versions.sort_by_key(|v| (begins(v), v.meta.id.n));
    let mut later = When::never();
    let mut periods: Vec<(Seen<'a, DocumentVersion>, When)> = Vec::with_capacity(versions.len());
    for version in versions.into_iter().rev() {
        let begun = version.there.and(&When::from(begins(&version)));
        let when = begun.and_not(&later);
        later = later.or(&begun);
        periods.push((version, when));
    }
    periods
}

fn begins(version: &Stored<DocumentVersion>) -> Date {
    version.published_at.or(version.effective_from).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record as _;

    #[test]
    fn events_named_here_are_those_of_the_declarations() {
        assert_eq!(Evidence::DECL.events, ["collected_at", "reviewed_at"]);
        assert_eq!(ApplicabilityDecision::DECL.events, ["decided_at"]);
    }

    #[test]
    fn the_newest_evidence_is_the_one_that_counts_longest_of_those_there() {
        let day = |n: i8| Date::new(2026, 1, n).unwrap();
        let proof = |n: u32, from: i8, end: i8| Proof {
            id: Id { kind: Kind::Evidence, n },
            from: day(from),
            end: day(end),
        };
        let steps = newest(&[proof(1, 10, 20), proof(2, 2, 9), proof(3, 4, 8), proof(4, 2, 5)]);
        let steps: Vec<(u32, Date)> = steps.iter().map(|(p, last)| (p.id.n, *last)).collect();
        assert_eq!(steps, [(2, day(9)), (1, Date::MAX)]);
        assert!(newest(&[]).is_empty());
    }
}
