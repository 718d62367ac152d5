//! The three gates (0.6 with its rulings): ready for Stage 1, for Stage 2, for surveillance. Each is open on the days on
//! which nothing blocks it; what blocks it is a row, a control, or a sentence that names the records.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::{Cx, Item, Judged, Seen, Status, When, controls::JudgedControl};
use crate::{
    Date, Id, Kind,
    records::{
        Audit, AuditCheck, AuditKind, AuditProgramme, AuditState, Certification, CheckResult,
        CorrectiveAction, CorrectiveActionState, Evidence, EvidenceState, FindingSource, Grade, InputCode,
        IsmsProcess, ManagementReview, Nonconformity, ReviewInput, SoaVersion, SoaVersionState,
    },
    rows,
    views::soa,
};

/// Rows that Stage 1 looks at; where a row has letters of its own, these as well.
const STAGE_1: &[&str] = &[
    "4.1", "4.1-A1", "4.2a", "4.2b", "4.2c", "4.3", "5.2a", "5.2b", "5.2c", "5.2d", "5.2e", "5.3", "6.1.2",
    "6.1.3", "6.2a", "6.2g", "7.5.2c",
];
/// Clauses and rows that a surveillance audit always looks at.
const SURVEILLANCE: &[&str] = &["8", "9", "10", "6.1.3d"];

/// Something that keeps a gate shut on some days.
#[derive(Clone, Debug)]
pub struct Block {
    /// The row or control that is not good enough, or a sentence.
    what: String,
    /// The days on which it does.
    when: When,
    /// Records to be named after the sentence, with the days on which they are.
    items: Vec<Item>,
}

/// One gate over time.
#[derive(Clone, Debug)]
pub struct Gate {
    /// `stage1`, `stage2`, `surveillance`.
    pub name: &'static str,
    /// What people read.
    pub title: &'static str,
    blocks: Vec<Block>,
    open: When,
}

/// A gate on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateState {
    /// `stage1`, `stage2`, `surveillance`.
    pub gate: &'static str,
    /// What people read.
    pub title: &'static str,
    /// Whether nothing blocks it.
    pub open: bool,
    /// Since when it is open or shut without a gap; `None` if since before every recorded date.
    pub since: Option<Date>,
    /// The next day on which that changes with no new record; `None` if none within five years.
    pub next_change_at: Option<Date>,
    /// What blocks it: ids of rows and controls, and sentences that name records.
    pub blocked_by: Vec<String>,
}

impl Gate {
    fn new(name: &'static str, title: &'static str, mut blocks: Vec<Block>) -> Self {
        blocks.retain(|b| !b.when.is_never());
        let open = When::any(blocks.iter().map(|b| b.when.clone())).not();
        Self { name, title, blocks, open }
    }

    /// The days on which it is open.
    #[must_use]
    pub fn open(&self) -> &When {
        &self.open
    }

    /// The gate on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> GateState {
        let open = self.open.on(day);
        let run = if open { self.open.clone() } else { self.open.not() };
        let last = day.plus_months(super::judge::HORIZON);
        GateState {
            gate: self.name,
            title: self.title,
            open,
            since: run.since(day).filter(|d| *d != Date::MIN),
            next_change_at: run.next_turn(day).filter(|d| *d <= last),
            blocked_by: self.blocks.iter().filter(|b| b.when.on(day)).map(|b| b.on(day)).collect(),
        }
    }
}

impl Block {
    fn row(judged: &Judged) -> Self {
        Self { what: judged.id.clone(), when: judged.days(Status::Unmet), items: Vec::new() }
    }

    fn sentence(what: impl Into<String>, when: When) -> Self {
        Self { what: what.into(), when, items: Vec::new() }
    }

    fn about(what: impl Into<String>, items: Vec<Item>) -> Self {
        let when = When::any(items.iter().map(|i| i.when.clone()));
        Self { what: what.into(), when, items }
    }

    fn on(&self, day: Date) -> String {
        let ids: Vec<String> =
            self.items.iter().filter(|i| i.when.on(day)).map(|i| i.id.to_string()).collect();
        if ids.is_empty() { self.what.clone() } else { format!("{}: {}", self.what, ids.join(", ")) }
    }
}

/// The gates, in the order of the certification.
#[must_use]
pub fn gates(cx: &Cx<'_>, judged: &[Judged], controls: &[JudgedControl]) -> Vec<Gate> {
    let scored: Vec<&Judged> = judged
        .iter()
        .filter(|j| frameworks::catalogue().requirement(&j.id).is_none_or(|r| !r.advisory))
        .collect();
    vec![
        Gate::new("stage1", "Ready for Stage 1", stage_1(cx, &scored)),
        Gate::new("stage2", "Ready for Stage 2", stage_2(cx, &scored, controls)),
        Gate::new("surveillance", "Ready for surveillance", surveillance(cx, &scored)),
    ]
}

fn stage_1(cx: &Cx<'_>, scored: &[&Judged]) -> Vec<Block> {
    let asked = |id: &str| STAGE_1.iter().any(|r| rows::covers(r, id));
    let mut blocks: Vec<Block> = scored.iter().filter(|j| asked(&j.id)).map(|j| Block::row(j)).collect();
    if let Some(row) = scored.iter().find(|j| j.id == "7.5.1a") {
        blocks.push(Block { when: mandatory_as_far_as_due(cx, row), ..Block::row(row) });
    }
    let programme = When::any(cx.live::<AuditProgramme>().map(|p| p.there));
    blocks.push(Block::sentence("there is no audit programme", programme.not()));
    // Held ones count as well; a date to come is a date, so it is the record that has to be there.
    let dated = cx.isms.all::<ManagementReview>().iter().filter(|r| r.scheduled_for.or(r.held_at).is_some());
    let review = When::any(dated.map(|r| r.meta.created_at.map_or_else(When::always, When::from)));
    blocks.push(Block::sentence("no date is set for a management review", review.not()));
    blocks
}

/// The days on which 7.5.1a blocks Stage 1: items 10 to 16 of the mandatory set count only after their first planned
/// date (ruling 9.2). What a finding says of the row counts in any case.
fn mandatory_as_far_as_due(cx: &Cx<'_>, row: &Judged) -> When {
    let items = super::mandatory::items(cx);
    let missing = When::any(items.iter().map(|item| item.never.clone()));
    let due = When::any(items.iter().map(|item| item.never.and_not(&item.not_due())));
    let found = When::any(super::findings::capped(cx, &[&row.id]).unmet_findings.into_iter().map(|c| c.when));
    row.days(Status::Unmet).and(&due.or(&found).or(&missing.not()))
}

fn stage_2(cx: &Cx<'_>, scored: &[&Judged], controls: &[JudgedControl]) -> Vec<Block> {
    let mut blocks: Vec<Block> = scored.iter().map(|j| Block::row(j)).collect();
    let full = full_audits(cx, scored);
    let audited = When::any(full.iter().map(|(_, when)| when.clone()));
    blocks.push(Block::sentence(
        "no closed internal audit has checked every requirement of clauses 4 to 10",
        audited.not(),
    ));
    let reviewed = When::any(complete_reviews(cx).into_iter().map(|(review, when)| {
        let after = full.iter().filter(|(audit, _)| {
            review.held_at.zip(audit.report_issued_at).is_some_and(|(held, issued)| held > issued)
        });
        when.and(&When::any(after.map(|(_, when)| when.clone())))
    }));
    blocks.push(Block::sentence(
        "no management review with all ten inputs was held after that audit",
        reviewed.not(),
    ));
    let majors = cx
        .live::<Nonconformity>()
        .filter(|n| n.grade == Some(Grade::Major))
        .map(|n| Item::new(n.meta.id, "state", n.there))
        .collect();
    blocks.push(Block::about("major nonconformities are open", majors));
    blocks.extend(controls.iter().filter(|c| !c.judged.unmet().is_never()).map(|c| {
        let row = Block::row(&c.judged);
        Block { when: row.when.and(&c.there), ..row }
    }));
    let days = cx.p.preop_days;
    let operated = first_operation(cx).map_or_else(When::never, |first| When::from(first.plus_days(days)));
    blocks.push(Block::sentence(
        format!(
            "records of operation do not reach back {days} days yet, which certification bodies like to see"
        ),
        operated.not(),
    ));
    blocks
}

/// Closed internal audits with the days on which each has checked all scored rows.
fn full_audits<'a>(cx: &Cx<'a>, scored: &[&Judged]) -> Vec<(Seen<'a, Audit>, When)> {
    let closed =
        cx.all::<Audit>().filter(|a| a.kind == Some(AuditKind::Internal) && a.state == AuditState::Closed);
    closed
        .map(|audit| {
            let begun = audit.report_issued_at.or(audit.fieldwork_end).map_or_else(When::always, When::from);
            let mut checked: HashMap<&str, When> = HashMap::new();
            for check in cx.about::<AuditCheck>(audit.meta.id) {
                let tested = check.result.is_some_and(|r| r != CheckResult::NotTested);
                if tested && check.audit_id.is_some_and(|a| a.id() == audit.meta.id) {
                    let reference = check.record.requirement_ref.as_str();
                    let when = checked.entry(reference).or_default();
                    *when = when.or(&check.there);
                }
            }
            // As in 9.2.1a: who checked a clause has checked all its rows.
            let of_row = |id: &str| {
                let under = frameworks::above(id).filter_map(|reference| checked.get(reference));
                When::any(under.cloned())
            };
            let all = When::all(scored.iter().map(|j| of_row(&j.id)));
            let when = audit.there.and(&begun).and(&all);
            (audit, when)
        })
        .collect()
}

/// Management reviews that were held, with the days from which on all ten inputs are there.
fn complete_reviews<'a>(cx: &Cx<'a>) -> Vec<(Seen<'a, ManagementReview>, When)> {
    let held = cx.all::<ManagementReview>().filter(|r| r.held_at.is_some());
    held.map(|review| {
        let inputs: Vec<Seen<'a, ReviewInput>> = cx
            .about::<ReviewInput>(review.meta.id)
            .filter(|i| i.review_id.is_some_and(|r| r.id() == review.meta.id))
            .collect();
        let of_code = |code: InputCode| {
            When::any(inputs.iter().filter(|i| i.code == Some(code)).map(|i| i.there.clone()))
        };
        let when = review.there.and(&When::all(InputCode::ALL.iter().map(|code| of_code(*code))));
        (review, when)
    })
    .collect()
}

/// The first day of which accepted evidence or a process that ran speaks.
fn first_operation(cx: &Cx<'_>) -> Option<Date> {
    fn first_proof(cx: &Cx<'_>, chunk: u32) -> Option<Date> {
        use EvidenceState::{Accepted, Expired, Expiring};
        let accepted = cx.isms.chunk::<Evidence>(chunk);
        let accepted = accepted.filter(|e| matches!(e.state, Accepted | Expiring | Expired));
        accepted.filter_map(|e| e.period_from.or(e.period_to).or(e.collected_at)).min()
    }
    let chunks = 0..cx.isms.chunks(Kind::Evidence);
    let proofs = chunks.filter_map(|chunk| *cx.keep("first proof", chunk, first_proof));
    let processes = || cx.isms.all::<IsmsProcess>().live();
    let last = processes().filter_map(|p| p.last_operated_at);
    let records = processes().flat_map(|p| &p.operation_record_ids).filter_map(|id| cx.isms.record(*id));
    let records = records.filter(|r| !r.meta().archived).filter_map(super::operation::day_of);
    proofs.chain(last).chain(records).min()
}

fn surveillance(cx: &Cx<'_>, scored: &[&Judged]) -> Vec<Block> {
    let asked = |id: &str| {
        let clause = id.split('.').next().unwrap_or_default();
        SURVEILLANCE.iter().any(|r| *r == id || *r == clause)
    };
    let mut blocks: Vec<Block> = scored.iter().filter(|j| asked(&j.id)).map(|j| Block::row(j)).collect();
    let unmet =
        |row: &str| scored.iter().find(|j| j.id == row).map_or_else(When::never, |j| j.days(Status::Unmet));
    blocks.push(Block::about(
        "findings of the certification body have no corrective action",
        cx.live::<Nonconformity>()
            .filter(|n| n.source_kind == Some(FindingSource::CertificationAudit))
            .filter(|n| matches!(n.grade, Some(Grade::Major | Grade::Minor)))
            .map(|n| Item::new(n.meta.id, "state", n.there.and_not(&answered(cx, &n))))
            .filter(|i| !i.when.is_never())
            .collect(),
    ));
    // Where the row says already that the audit or the review is overdue, it is not said twice.
    let audit = yearly(
        cx.all::<Audit>()
            .filter(|a| a.kind == Some(AuditKind::Internal) && a.state == AuditState::Closed)
            .filter_map(|a| Some((a.there.clone(), a.fieldwork_end.or(a.report_issued_at)?))),
    );
    blocks.push(Block::sentence(
        "no internal audit was carried out in the last twelve months",
        audit.not().and_not(&unmet("9.2.1a")),
    ));
    let review = yearly(cx.all::<ManagementReview>().filter_map(|r| Some((r.there.clone(), r.held_at?))));
    blocks.push(Block::sentence(
        "no management review was held in the last twelve months",
        review.not().and_not(&unmet("9.3.1")),
    ));
    blocks.push(certified_soa(cx));
    blocks
}

/// The days on which something that happened on these days lies no more than twelve months back.
fn yearly(happened: impl Iterator<Item = (When, Date)>) -> When {
    When::any(happened.map(|(there, day)| there.and(&When::between(day, day.plus_months(12)))))
}

/// The days on which a finding has an answer: a corrective action is proposed, or it is settled that none is needed.
fn answered(cx: &Cx<'_>, finding: &Seen<'_, Nonconformity>) -> When {
    if finding.action_needed == Some(false) && !finding.action_rationale.is_empty() {
        return When::always();
    }
    When::any(
        cx.about::<CorrectiveAction>(finding.meta.id)
            .filter(|a| a.nc_id.is_some_and(|n| n.id() == finding.meta.id))
            .filter(|a| a.state != CorrectiveActionState::Cancelled)
            .map(|a| a.there),
    )
}

/// The certificate names the published Statement of Applicability, or the body was told of it since.
fn certified_soa(cx: &Cx<'_>) -> Block {
    let certificates: Vec<Seen<'_, Certification>> = cx.live::<Certification>().collect();
    let any = When::any(certificates.iter().map(|c| c.there.clone()));
    if certificates.is_empty() {
        return Block::sentence("no certification is recorded", any.not());
    }
    let published: Vec<&crate::Stored<SoaVersion>> = soa::published(cx.isms).into_iter().collect();
    let same: HashSet<Id> = published.iter().map(|v| v.meta.id).collect();
    let settled = When::any(certificates.iter().map(|c| {
        let named = c.soa_version_id.is_some_and(|v| same.contains(&v.id()));
        let told = published.iter().any(|v| c.informed_at.is_some() && c.informed_at >= v.published_at);
        let since = if named { When::always() } else { c.informed_at.map_or_else(When::never, When::from) };
        if named || told { c.there.and(&since) } else { When::never() }
    }));
    let items = published
        .iter()
        .filter(|v| v.state == SoaVersionState::Published)
        .map(|v| Item::new(v.meta.id, "", When::always()))
        .collect();
    let what = "the certificate names another version of the Statement of Applicability than the published one, and the certification body was not told";
    Block { what: what.to_owned(), when: settled.not(), items }
}
