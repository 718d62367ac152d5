//! The message of 0.5: why a row or control stands as it does, as data with fixed parts and as one sentence. It names
//! records, says what was expected and what to do next, and never tells a viewer more than they may see.

use std::{cell::OnceCell, collections::HashSet};

use serde::Serialize;
use serde_json::Value;

use super::{Assessment, Condition, Cx, Reason, Sight, Status, Subject, plain::plain};
use crate::{
    AnyRecord, Date, Id, Isms, Kind, Ref,
    records::{Person, RoleKind},
    schema::{Field, label_of},
    views::diff,
};

/// How many records a sentence names before it only counts.
const NAMED: usize = 3;

/// A record that a reason cites.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fact {
    /// Kind of the record.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// The id a loaded file gave it.
    pub local_id: Option<String>,
    /// What people call it.
    pub title: String,
    /// The field that shows it; empty if it is the record as a whole.
    pub field: &'static str,
    /// What the field holds; null if nothing.
    pub value: Value,
    /// Who answers for the record.
    pub owner: Option<String>,
}

/// The numbers of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Numbers {
    /// How many it speaks of.
    pub n: usize,
    /// Out of how many, where that is said.
    pub m: Option<i64>,
    /// The share in percent, to a tenth.
    pub pct: Option<f64>,
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// What: `review`, `close`, `record` ...
    pub verb: String,
    /// On what: the id of a record, a row, or the kind of record that is missing.
    pub target: String,
    /// Who is responsible.
    pub owner: Option<String>,
    /// The id of that person.
    pub owner_id: Option<Id>,
}

/// One reason in full.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The row or control.
    pub requirement: String,
    /// Label of the condition, or a reason code.
    pub label: &'static str,
    /// Row and label: one name for each condition.
    pub code: String,
    /// The status this reason stands for by itself; that of the row where it changes nothing.
    pub status: Status,
    /// Since when it has held without a gap; null if since before every recorded date.
    pub since: Option<Date>,
    /// What is missing, with numbers.
    pub message: String,
    /// The rule in words.
    pub expected: String,
    /// The records that show it.
    pub facts: Vec<Fact>,
    /// How many facts are not shown, because they would tell more about people than the viewer may see.
    pub withheld: usize,
    /// The numbers of the day.
    pub counts: Numbers,
    /// What to do next.
    pub action: Option<Action>,
}

/// Writes findings of one assessment, for one day and one viewer.
pub struct Reporter<'a> {
    cx: Cx<'a>,
    assessment: &'a Assessment,
    day: Date,
    sight: &'a Sight,
    manager: OnceCell<Option<Id>>,
    auditor: OnceCell<Option<Id>>,
}

impl<'a> Reporter<'a> {
    /// A reporter on a snapshot and its assessment.
    #[must_use]
    pub fn new(isms: &'a Isms, assessment: &'a Assessment, day: Date, sight: &'a Sight) -> Self {
        let cx = Cx::new(isms);
        Self { cx, assessment, day, sight, manager: OnceCell::new(), auditor: OnceCell::new() }
    }

    /// Every reason of a row or control, worst first.
    #[must_use]
    pub fn findings(&self, subject: &Subject) -> Vec<Finding> {
        let status = subject.judged.status(self.day);
        subject.judged.reasons(self.day).iter().map(|r| self.finding(subject, status, r)).collect()
    }

    /// The reasons of every row and control that is not as it should be, in the order of the standard.
    #[must_use]
    pub fn all(&self) -> Vec<Finding> {
        let there = self.assessment.subjects().iter().filter(|s| s.there.on(self.day));
        there.flat_map(|s| self.findings(s)).collect()
    }

    fn finding(&self, subject: &Subject, status: Status, reason: &Reason<'_>) -> Finding {
        let condition = reason.condition;
        let personal = is_personal(&subject.judged.id);
        let mut facts = Vec::new();
        let mut withheld = 0;
        let mut n = 0;
        let mut first = None;
        let mut seen = HashSet::new();
        for item in condition.items.iter().filter(|i| i.when.on(self.day)) {
            if !seen.insert((item.id, item.field)) {
                continue;
            }
            n += 1;
            if personal && !self.may_see(item.id) {
                withheld += 1;
                continue;
            }
            first.get_or_insert((item.id, item.field));
            facts.push(self.fact(item.id, item.field));
            // Of a version its document is named (ruling 9.1), and not counted.
            let document =
                self.reference(item.id, "document_id").filter(|_| item.id.kind == Kind::DocumentVersion);
            if let Some(document) = document.filter(|d| seen.insert((*d, ""))) {
                facts.push(self.fact(document, ""));
            }
        }
        // What has no record to be cited is counted by its names.
        let n = if n == 0 { condition.names_on(self.day).count() } else { n };
        let m = condition.of.as_ref().map(|of| of.on(self.day));
        let counts = Numbers { n, m, pct: m.and_then(|m| percent(n, m)) };
        let status = reason.status.unwrap_or(status);
        Finding {
            requirement: subject.requirement.clone(),
            label: condition.label,
            code: format!("{}.{}", subject.requirement, condition.label),
            status,
            since: reason.since,
            message: in_numbers(&condition.what, n, m).replace("{names}", &named(condition, self.day)),
            expected: self.expected(subject, condition, status),
            action: self.action(subject, condition, first),
            facts,
            withheld,
            counts,
        }
    }

    /// Whether a fact that tells who is behind may be shown: everybody's who sees everyone, else only those of people
    /// the viewer may see.
    fn may_see(&self, id: Id) -> bool {
        if id.kind == Kind::Person { self.sight.knows(Some(id)) } else { self.sight.sees(self.cx.isms, id) }
    }

    fn reference(&self, id: Id, field: &str) -> Option<Id> {
        let value = self.cx.isms.record(id)?.field(field)?;
        let first = value.as_array().and_then(|a| a.first()).unwrap_or(&value);
        first.as_str()?.parse().ok()
    }

    fn fact(&self, id: Id, field: &'static str) -> Fact {
        let record = self.cx.isms.record(id);
        let title = match record {
            Some(record) => record.title(),
            // A control of Annex A that nobody has touched has no record.
            None => {
                frameworks::catalogue().control_by_number(id.n).map_or_else(String::new, |c| c.title.clone())
            }
        };
        Fact {
            kind: id.kind.name(),
            id: id.to_string(),
            local_id: record.and_then(|r| r.meta().local_id.as_deref().map(str::to_owned)),
            title,
            field,
            value: record.and_then(|r| value(r, field)).unwrap_or(Value::Null),
            owner: self.owner(id).map(|p| self.cx.isms.title(p)),
        }
    }

    /// Who answers for a record: its owner by the name the kind has for it, else that of what it belongs to.
    fn owner(&self, id: Id) -> Option<Id> {
        const OWNERS: [&str; 6] =
            ["owner_id", "responsible_id", "assignee_id", "lead_auditor_id", "chair_id", "person_id"];
        const PARENTS: [&str; 10] = [
            "document_id",
            "control_id",
            "control_ids",
            "risk_id",
            "nc_id",
            "audit_id",
            "review_id",
            "supplier_id",
            "requirement_id",
            "party_id",
        ];
        let of = |id: Id| {
            if id.kind == Kind::Person {
                return Some(id);
            }
            let has = |name: &&&str| id.kind.info().field(name).is_some();
            OWNERS.iter().filter(has).find_map(|name| self.reference(id, name))
        };
        let owner = of(id).or_else(|| {
            let has = |name: &&&str| id.kind.info().field(name).is_some();
            PARENTS.iter().filter(has).filter_map(|name| self.reference(id, name)).find_map(of)
        });
        owner.filter(|p| p.kind == Kind::Person)
    }

    fn expected(&self, subject: &Subject, condition: &Condition, status: Status) -> String {
        let p = &self.assessment.parameters;
        let row = frameworks::catalogue().requirement(&subject.judged.id);
        match condition.label {
            "PRE" => match row.and_then(|r| r.precondition.as_deref()) {
                Some(text) => format!("something to judge: {}", plain(text, p)),
                None => "something to judge".to_owned(),
            },
            "ATT" => format!(
                "somebody's judgement that it is met: an attestation no older than {} months, or a check in a closed audit no older than {} months",
                p.attest_months, p.audit_months
            ),
            "NC" => "no open nonconformity against it".to_owned(),
            label => {
                let text = match row {
                    Some(row) => row.condition(label).map(|c| c.text.as_str()),
                    None => {
                        let conditions = &frameworks::catalogue().control_rule().conditions;
                        conditions.iter().find(|c| c.label == label).map(|c| c.text.as_str())
                    }
                };
                match (text, label) {
                    (Some(text), _) => format!("{} when {}", status.word(), plain(text, p)),
                    (None, "U0") => {
                        format!("unmet when all of it is past {} times its interval", p.stale_factor)
                    }
                    (None, _) => String::new(),
                }
            }
        }
    }

    fn action(
        &self,
        subject: &Subject,
        condition: &Condition,
        first: Option<(Id, &'static str)>,
    ) -> Option<Action> {
        let put = |verb: &str, target: String, owner: Option<Id>| {
            let named = owner.map(|p| self.cx.isms.title(p));
            Some(Action { verb: verb.to_owned(), target, owner: named, owner_id: owner })
        };
        match (condition.label, first) {
            ("ATT", _) => put("judge", subject.requirement.clone(), self.auditor()),
            (_, Some((id, field))) => {
                let owner = self.owner(id).filter(|p| self.works(*p)).or_else(|| self.manager());
                put(&verb(id.kind, field), id.to_string(), owner)
            }
            (label, None) => {
                let text = frameworks::catalogue()
                    .requirement(&subject.judged.id)
                    .and_then(|r| r.condition(label))
                    .map_or("", |c| c.text.as_str());
                let named = text.split('`').skip(1).step_by(2);
                let kind = named.filter_map(|name| Kind::by_name(name.split('.').next()?)).next();
                match (kind, subject.control) {
                    (_, Some(control)) => put("complete", control.to_string(), self.manager()),
                    (Some(kind), None) => put("record", kind.name().to_owned(), self.manager()),
                    (None, None) => put("complete", subject.requirement.clone(), self.manager()),
                }
            }
        }
    }

    fn works(&self, person: Id) -> bool {
        let person = self.cx.isms.get(Ref::<Person>::new(person.n));
        person.is_some_and(|p| p.end_date.is_none_or(|end| end >= self.day))
    }

    fn holder(&self, kind: RoleKind) -> Option<Id> {
        let held = self.cx.holders(kind);
        held.into_iter().find(|(_, when)| when.on(self.day)).and_then(|(a, _)| Some(a.person_id?.id()))
    }

    /// Who sees to what nobody else answers for.
    fn manager(&self) -> Option<Id> {
        *self.manager.get_or_init(|| self.holder(RoleKind::IsmsConformity))
    }

    fn auditor(&self) -> Option<Id> {
        *self.auditor.get_or_init(|| self.holder(RoleKind::InternalAuditor))
    }

    /// A finding as one sentence.
    #[must_use]
    pub fn sentence(&self, finding: &Finding) -> String {
        let mut said = format!(
            "{} · {} · {}: {}",
            finding.status.word(),
            finding.requirement,
            finding.label,
            finding.message
        );
        if !finding.expected.is_empty() {
            said += &format!(" — expected: {}", finding.expected);
        }
        let mut found: Vec<String> = finding.facts.iter().take(NAMED).map(|f| self.cited(f)).collect();
        let more = finding.facts.len().saturating_sub(NAMED);
        if more > 0 {
            found.push(format!("{more} more"));
        }
        if finding.withheld > 0 {
            let people = if finding.withheld == 1 { "person" } else { "people" };
            found.push(format!("{} {people} you may not see by name", finding.withheld));
        }
        if !found.is_empty() {
            said += &format!(" — found: {}", found.join("; "));
        }
        if let Some(since) = finding.since {
            said += &format!(" — since {since}");
        }
        if let Some(action) = &finding.action {
            let target = match Kind::by_name(&action.target) {
                Some(kind) => with_article(&kind.decl().one.to_lowercase()),
                None => action.target.clone(),
            };
            said += &format!(" — next: {} {target}", action.verb);
            if let Some(owner) = &action.owner {
                said += &format!(", {owner}");
            }
        }
        said
    }

    fn cited(&self, fact: &Fact) -> String {
        let mut said = fact.id.clone();
        if !fact.title.is_empty() {
            said += &format!(" \"{}\"", fact.title);
        }
        if !fact.field.is_empty() {
            let field = Kind::by_name(fact.kind).and_then(|k| k.info().field(fact.field));
            let label =
                field.map_or_else(|| label_of(fact.field), |f: &Field| f.label.clone()).to_lowercase();
            let value = diff::show(self.cx.isms, field, &fact.value);
            said += &if value.is_empty() { format!(", no {label}") } else { format!(", {label} {value}") };
        }
        if let Some(owner) = fact.owner.as_ref().filter(|o| **o != fact.title) {
            said += &format!(", {owner}");
        }
        said
    }
}

/// Rows that judge what single people have or have not done.
fn is_personal(row: &str) -> bool {
    row == "5.2f" || row == "7.5.1a" || row.starts_with("7.2") || row.starts_with("7.3")
}

fn value(record: &dyn AnyRecord, field: &str) -> Option<Value> {
    match field {
        "created_at" => record.meta().created_at.map(|d| Value::String(d.to_string())),
        "updated_at" => record.meta().updated_at.map(|d| Value::String(d.to_string())),
        _ => record.field(field),
    }
}

/// The text of a condition with the numbers of the day: `{n}`, `{m}`, and `[is|are]` for one and for several.
fn in_numbers(what: &str, n: usize, m: Option<i64>) -> String {
    let said = what.replace("{n}", &n.to_string()).replace("{m}", &m.unwrap_or_default().to_string());
    let mut out = String::with_capacity(said.len());
    let mut rest = said.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after.split_once(']').and_then(|(choice, after)| Some((choice.split_once('|')?, after))) {
            Some(((one, several), after)) => {
                out.push_str(if n == 1 { one } else { several });
                rest = after;
            }
            None => {
                out.push('[');
                rest = after;
            }
        }
    }
    out + rest
}

/// "an audit check", "a risk".
fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// The names of a day, in a row; of very many the first ones.
fn named(condition: &Condition, day: Date) -> String {
    const SHOWN: usize = 12;
    let names: Vec<&str> = condition.names_on(day).collect();
    match names.len().checked_sub(SHOWN) {
        Some(more @ 2..) => format!("{} and {more} more", names.get(..SHOWN).unwrap_or_default().join(", ")),
        _ => names.join(", "),
    }
}

/// A share in percent to a tenth; `None` of nothing.
fn percent(n: usize, m: i64) -> Option<f64> {
    let n = i64::try_from(n).ok()?;
    if m <= 0 {
        return None;
    }
    let tenths = u32::try_from((n * 1_000 + m / 2) / m).ok()?;
    Some(f64::from(tenths) / 10.0)
}

/// What is to be done with a record, by the field that shows what is wrong.
fn verb(kind: Kind, field: &str) -> String {
    match (kind, field) {
        (Kind::Nonconformity, "state") => "close",
        (Kind::Attestation | Kind::AuditCheck, "attested_at" | "checked_at" | "verdict" | "result") => {
            "judge anew after"
        }
        (Kind::StoreCheck, "at") => "check anew after",
        (Kind::Person, "end_date") => "hand over the duties of",
        (Kind::Evidence, _) => "collect anew",
        (Kind::Asset | Kind::Supplier, "added_at" | "value_c" | "value_i" | "value_a") => {
            "assess the risks of"
        }
        (Kind::EvidenceRequirement, "") => "collect evidence for",
        (_, "last_reviewed_at" | "next_review_at" | "decided_at") => "review",
        (_, "expires_at" | "valid_until") => "renew",
        (_, "owner_id" | "responsible_id") => "name an owner for",
        (_, "approver_id" | "approved_by" | "approved_at") => "have approved",
        (_, "published_at") => "publish",
        (_, "due_at" | "completed_at" | "done_at" | "fieldwork_end") => "finish",
        (_, "accepted_at") => "accept",
        (_, "sent_at") => "send anew after",
        (_, "analysed_at" | "measured_at") => "analyse anew after",
        (Kind::Measurement | Kind::MetricAnalysis, "period_end") => "measure anew after",
        (_, "period_end") => "plan what follows",
        (_, "implementation_status") => "put in place",
        (_, "") => "take up",
        (_, field) => {
            let label = kind.info().field(field).map_or_else(|| label_of(field), |f| f.label.clone());
            let label = label.to_lowercase();
            // The label of a day on which something was done is no noun.
            return if field.ends_with("_at") {
                format!("bring “{label}” up to date in")
            } else {
                format!("settle the {label} of")
            };
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts() {
        assert_eq!(in_numbers("{n} of {m} lack it", 2, Some(3)), "2 of 3 lack it");
        assert_eq!(in_numbers("{n} part[y has|ies have] none", 1, None), "1 party has none");
        assert_eq!(in_numbers("{n} part[y has|ies have] none [sic", 2, None), "2 parties have none [sic");
        assert_eq!(percent(49, 52), Some(94.2));
        assert_eq!((percent(1, 6), percent(2, 3)), (Some(16.7), Some(66.7)));
        assert_eq!(percent(1, 0), None);
    }
    #[test]
    fn very_many_names_are_not_all_said() {
        let said = |n: usize| {
            let names = (1..=n).map(|i| (i.to_string(), crate::rules::When::always())).collect();
            let row = crate::rules::Row::new("x").names("P1", "{names}", names);
            row.conditions.first().map(|c| named(c, Date::MIN))
        };
        assert_eq!(said(3).as_deref(), Some("1, 2, 3"));
        assert_eq!(said(13).as_deref(), Some("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13"));
        assert_eq!(said(14).as_deref(), Some("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more"));
    }
}
