//! The Statement of Applicability (6.1.3 d), compiled from risks and obligations: for each control what the records
//! say about why it is needed, what was decided, and where the two disagree. Columns are those of specification 6.1.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::{
    Date, Id, Isms, Ref, Stored,
    id::ANNEX_A,
    records::{
        Addressed, ApplicabilityDecision, Control, Document, DocumentKind, Evidence, EvidenceState,
        OrgProfile, PartyRequirement, Person, ReasonCode, RequirementKind, Risk, ScopeItem, SoaVersion,
        SoaVersionState, TreatmentPlan, TreatmentPlanState,
    },
    words::in_words,
};

/// The Statement of Applicability on a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Soa {
    /// Name of the organisation.
    pub organisation: String,
    /// The scope in words; empty if none is recorded.
    pub scope: String,
    /// The day it describes.
    pub as_of: Date,
    /// The version shown: the one asked for, else the draft in work, else the published one.
    pub version: Option<SoaVersionView>,
    /// Controls of Annex A in their order, then custom ones.
    pub rows: Vec<SoaRow>,
    /// Where decisions and records disagree; must be empty before approval.
    pub problems: Vec<SoaProblem>,
}

/// The version a Statement of Applicability belongs to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoaVersionView {
    /// Record id.
    pub id: Id,
    /// Version number as people write it.
    pub number: String,
    /// draft, approved, published or superseded.
    pub state: String,
    /// Who wrote it.
    pub author: String,
    /// Who approved it; empty if nobody has.
    pub approver: String,
    /// When it was approved.
    pub approved_at: Option<Date>,
    /// When it was published.
    pub published_at: Option<Date>,
    /// When it is to be looked at again.
    pub next_review_at: Option<Date>,
}

/// One control in the Statement of Applicability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoaRow {
    /// The control.
    pub control: Id,
    /// Its reference: `A.5.9`, `C-1`, or the organisation's own for custom controls.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Theme of Annex A (`Organizational`, `People`, `Physical`, `Technological`) or `Own controls`.
    pub theme: String,
    /// Whether it is the organisation's own rather than from Annex A.
    pub custom: bool,
    /// The decision behind the row, if there is one.
    pub decision: Option<Id>,
    /// State of the decision; `undecided` if there is none.
    pub decision_state: String,
    /// Whether the control applies; `None` while undecided.
    pub applicable: Option<bool>,
    /// Why records say it is needed: risks being treated with it, requirements addressed by it.
    pub drivers: Vec<Driver>,
    /// Reason codes of the decision: risk, legal, contractual, business, baseline.
    pub reason_codes: Vec<String>,
    /// The justification in words, for including or for leaving out.
    pub justification: String,
    /// Implementation status that the version states, else the one now.
    pub status: String,
    /// Implementation status in the register now.
    pub status_now: String,
    /// When what is not implemented is planned to be: latest due date of the plans that need it.
    pub target_date: Option<Date>,
    /// Who owns the control.
    pub owner: String,
    /// How it is done, in a line.
    pub how: String,
    /// Documents that describe it: id and title.
    pub documents: Vec<(Id, String)>,
    /// The newest accepted evidence: id, title and last day of validity.
    pub evidence: Option<(Id, String, Option<Date>)>,
    /// Who carries it out besides the organisation: outside parties of the scope's interfaces, from their descriptions.
    pub carried_out_by: String,
    /// Who decided, and when.
    pub decided_by: String,
    /// The day of the decision.
    pub decided_at: Option<Date>,
    /// What differs from the version before; empty if nothing does.
    pub changes: Vec<String>,
}

/// A record that needs a control.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Driver {
    /// Reason code it stands for: `risk`, `legal`, `contractual` or `business`.
    pub code: String,
    /// The risk or requirement.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// The treatment plan through which a risk needs the control.
    pub via: Option<Id>,
}

/// A disagreement between decisions and records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SoaProblem {
    /// The control, if it concerns one.
    pub control: Option<Id>,
    /// Name of the check: `undecided`, `no_driver`, `excluded_but_needed`, `no_justification`, `no_reason`,
    /// `status_drift`, `custom_missing`.
    pub check: String,
    /// What is wrong, as a sentence that names the records.
    pub message: String,
    /// Whether it blocks approval.
    pub blocks: bool,
}

/// The Statement of Applicability of a version (the draft or approved one in work, else the published one, if none is
/// named) as the records stand, on a day.
#[must_use]
pub fn soa(isms: &Isms, version: Option<Ref<SoaVersion>>, day: Date) -> Soa {
    let version = version.and_then(|v| isms.get(v)).or_else(|| in_work(isms)).or_else(|| published(isms));
    let before = version.and_then(|v| previous(isms, v)).map(|v| decisions(isms, v)).unwrap_or_default();
    let decisions = version.map(|v| decisions(isms, v)).unwrap_or_default();
    let drivers = drivers(isms);
    let proofs = proofs(isms);
    let frozen =
        version.is_some_and(|v| matches!(v.state, SoaVersionState::Published | SoaVersionState::Superseded));
    let mut rows = Vec::new();
    for control in isms.all::<Control>().iter() {
        let id = control.meta.id;
        let decision = decisions.get(&id).copied();
        if !control.live() && decision.is_none() {
            continue;
        }
        let needed_by = drivers.get(&id).cloned().unwrap_or_default();
        let mut row = row(isms, control, decision, needed_by, frozen);
        row.evidence = proofs.get(&id).map(|e| (e.meta.id, e.title.to_string(), e.valid_until));
        row.changes = changes(before.get(&id).copied(), decision, !before.is_empty());
        rows.push(row);
    }
    let problems = problems(&rows, version.is_some());
    Soa {
        organisation: isms.single::<OrgProfile>().map_or_else(String::new, |o| o.name.to_string()),
        scope: scope(isms),
        as_of: day,
        version: version.map(|v| version_view(isms, v)),
        rows,
        problems,
    }
}

/// The version being prepared, if any.
#[must_use]
pub fn in_work(isms: &Isms) -> Option<&Stored<SoaVersion>> {
    isms.all::<SoaVersion>()
        .iter()
        .filter(|v| matches!(v.state, SoaVersionState::Draft | SoaVersionState::Approved))
        .max_by_key(|v| v.meta.id.n)
}

/// The version in force, if any.
#[must_use]
pub fn published(isms: &Isms) -> Option<&Stored<SoaVersion>> {
    isms.all::<SoaVersion>()
        .iter()
        .filter(|v| v.state == SoaVersionState::Published)
        .max_by_key(|v| (v.published_at, v.meta.id.n))
}

/// The version in force on a day, if any: published by then, and of several the newest.
#[must_use]
pub fn in_force(isms: &Isms, day: Date) -> Option<&Stored<SoaVersion>> {
    isms.all::<SoaVersion>()
        .iter()
        .filter(|v| match v.state {
            SoaVersionState::Published => v.published_at.is_none_or(|d| d <= day),
            SoaVersionState::Superseded => v.published_at.is_some_and(|d| d <= day),
            SoaVersionState::Draft | SoaVersionState::Approved => false,
        })
        .max_by_key(|v| (v.state == SoaVersionState::Published, v.published_at, v.meta.id.n))
}

/// The version of which a file is made that leaves the organisation: the one asked for by number, id or as `draft`; if
/// none is, the one in force on the day, for that is what was approved. Without one, the version in work, if any.
///
/// # Errors
/// If there is no such version, as a sentence.
pub fn chosen(isms: &Isms, asked: &str, day: Date) -> Result<Option<Ref<SoaVersion>>, String> {
    let asked = asked.trim();
    let found = match asked {
        "" => in_force(isms, day).or_else(|| in_work(isms)),
        "draft" => match in_work(isms) {
            Some(version) => Some(version),
            None => {
                return Err("There is no version of the Statement of Applicability in work.".to_owned());
            }
        },
        asked => {
            let numbered = isms.all::<SoaVersion>().iter().filter(|v| v.number.trim() == asked);
            let named = || isms.get::<SoaVersion>(asked.parse::<Id>().ok()?.try_into().ok()?);
            match numbered.max_by_key(|v| v.meta.id.n).or_else(named) {
                Some(version) => Some(version),
                None => {
                    return Err(format!(
                        "There is no version {} of the Statement of Applicability.",
                        crate::schema::shorten(asked)
                    ));
                }
            }
        }
    };
    Ok(found.map(Stored::reference))
}

/// The version that was in force before `version`.
fn previous<'a>(isms: &'a Isms, version: &Stored<SoaVersion>) -> Option<&'a Stored<SoaVersion>> {
    isms.all::<SoaVersion>()
        .iter()
        .filter(|v| matches!(v.state, SoaVersionState::Published | SoaVersionState::Superseded))
        .filter(|v| v.meta.id.n < version.meta.id.n)
        .max_by_key(|v| v.meta.id.n)
}

/// The decisions of a version, by control.
#[must_use]
pub fn decisions<'a>(
    isms: &'a Isms,
    version: &Stored<SoaVersion>,
) -> BTreeMap<Id, &'a Stored<ApplicabilityDecision>> {
    super::scores::about::<ApplicabilityDecision>(isms, version.meta.id)
        .filter(|d| d.soa_version_id.is_some_and(|v| v.id() == version.meta.id))
        .filter_map(|d| Some((d.control_id?.id(), d)))
        .collect()
}

/// What needs each control: risks treated or kept down with it, requirements that the ISMS meets through it.
#[must_use]
pub fn drivers(isms: &Isms) -> HashMap<Id, Vec<Driver>> {
    let mut needed: HashMap<Id, Vec<Driver>> = HashMap::new();
    let mut add = |control: Id, driver: Driver| {
        let drivers = needed.entry(control).or_default();
        if !drivers.iter().any(|d| d.id == driver.id && d.code == driver.code) {
            drivers.push(driver);
        }
    };
    for plan in isms.all::<TreatmentPlan>().live().filter(|p| p.state != TreatmentPlanState::Cancelled) {
        let Some(risk) = isms.find(plan.risk_id).filter(|r| r.live()) else { continue };
        for control in &plan.control_ids {
            add(control.id(), risk_driver(risk, Some(plan.meta.id)));
        }
    }
    for risk in isms.all::<Risk>().live() {
        for control in &risk.existing_control_ids {
            add(control.id(), risk_driver(risk, None));
        }
    }
    for requirement in
        isms.all::<PartyRequirement>().live().filter(|r| r.addressed_via_isms == Some(Addressed::Yes))
    {
        let code = match requirement.kind {
            Some(RequirementKind::Legal | RequirementKind::Regulatory) => ReasonCode::Legal,
            Some(RequirementKind::Contractual) => ReasonCode::Contractual,
            Some(RequirementKind::Expectation) | None => ReasonCode::Business,
        };
        for control in requirement.linked_object_ids.iter().filter(|id| id.kind == crate::Kind::Control) {
            add(
                *control,
                Driver {
                    code: code.as_str().to_owned(),
                    id: requirement.meta.id,
                    title: crate::schema::shorten(&requirement.text),
                    via: None,
                },
            );
        }
    }
    for drivers in needed.values_mut() {
        drivers.sort();
    }
    needed
}

fn risk_driver(risk: &Stored<Risk>, via: Option<Id>) -> Driver {
    Driver {
        code: ReasonCode::Risk.as_str().to_owned(),
        id: risk.meta.id,
        title: risk.title.to_string(),
        via,
    }
}

/// The newest accepted evidence of each control.
fn proofs(isms: &Isms) -> HashMap<Id, &Stored<Evidence>> {
    let mut newest: HashMap<Id, &Stored<Evidence>> = HashMap::new();
    let accepted = |e: &&Stored<Evidence>| {
        matches!(e.state, EvidenceState::Accepted | EvidenceState::Expiring | EvidenceState::Expired)
    };
    for evidence in isms.all::<Evidence>().iter().filter(accepted) {
        for control in &evidence.control_ids {
            let kept = newest.entry(control.id()).or_insert(evidence);
            if (evidence.valid_until, evidence.meta.id.n) > (kept.valid_until, kept.meta.id.n) {
                *kept = evidence;
            }
        }
    }
    newest
}

fn row(
    isms: &Isms,
    control: &Stored<Control>,
    decision: Option<&Stored<ApplicabilityDecision>>,
    drivers: Vec<Driver>,
    frozen: bool,
) -> SoaRow {
    let id = control.meta.id;
    let custom = id.n > ANNEX_A;
    let reference = if control.r#ref.is_empty() { id.to_string() } else { control.r#ref.to_string() };
    let theme = frameworks::catalogue().control_by_number(id.n).map_or("Own controls", |c| c.theme.label());
    let status_now = control.implementation_status.map_or("not_started", |s| s.as_str()).to_owned();
    let stated = decision.and_then(|d| d.implementation_status_at_version).filter(|_| frozen);
    let target_date = if status_now == "implemented" {
        None
    } else {
        let plans =
            drivers.iter().filter_map(|d| d.via).filter_map(|p| isms.get::<TreatmentPlan>(Ref::new(p.n)));
        plans.filter(|p| p.completed_at.is_none()).filter_map(|p| p.due_at).max()
    };
    SoaRow {
        control: id,
        theme: theme.to_owned(),
        custom,
        title: control.title.to_string(),
        decision: decision.map(|d| d.meta.id),
        decision_state: decision.map_or("undecided", |d| d.state.as_str()).to_owned(),
        applicable: decision.and_then(|d| d.applicable),
        reason_codes: decision
            .map(|d| d.reason_codes.iter().map(|c| c.as_str().to_owned()).collect())
            .unwrap_or_default(),
        justification: decision.map_or_else(String::new, |d| d.justification.to_string()),
        status: stated.map_or_else(|| status_now.clone(), |s| s.as_str().to_owned()),
        status_now,
        target_date,
        owner: person(isms, control.owner_id),
        how: control.implementation_note.to_string(),
        documents: control.document_ids.iter().map(|d| (d.id(), isms.title(d.id()))).collect(),
        evidence: None,
        carried_out_by: carried_out_by(isms, &reference),
        decided_by: person(isms, decision.and_then(|d| d.decided_by)),
        decided_at: decision.and_then(|d| d.decided_at),
        changes: Vec::new(),
        drivers,
        reference,
    }
}

fn person(isms: &Isms, person: Option<Ref<Person>>) -> String {
    isms.find(person).map_or_else(String::new, |p| p.name.to_string())
}

/// Outside parties whose interface description names the control.
fn carried_out_by(isms: &Isms, reference: &str) -> String {
    let names = |item: &&Stored<ScopeItem>| {
        let text = item.control_description.as_str();
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
            .any(|word| word.trim_end_matches('.') == reference)
    };
    let mut parties: Vec<String> = isms
        .all::<ScopeItem>()
        .live()
        .filter(names)
        .map(|item| item.external_party_id.map_or_else(|| item.name.to_string(), |p| isms.title(p.id())))
        .collect();
    parties.sort();
    parties.dedup();
    parties.join(", ")
}

fn version_view(isms: &Isms, version: &Stored<SoaVersion>) -> SoaVersionView {
    SoaVersionView {
        id: version.meta.id,
        number: version.number.to_string(),
        state: version.state.as_str().to_owned(),
        author: person(isms, version.author_id),
        approver: person(isms, version.approved_by),
        approved_at: version.approved_at,
        published_at: version.published_at,
        next_review_at: version.next_review_at,
    }
}

/// The scope in words: what the scope document's record says is in it, from the scope items.
fn scope(isms: &Isms) -> String {
    let named = |kinds: &[&str]| -> Vec<String> {
        isms.all::<ScopeItem>()
            .live()
            .filter(|i| i.in_scope == Some(true) && i.kind.is_some_and(|k| kinds.contains(&k.as_str())))
            .map(|i| i.name.to_string())
            .collect()
    };
    let mut sentences = Vec::new();
    for (lead, kinds) in [
        ("Products and processes", &["product", "process"][..]),
        ("Units and sites", &["org_unit", "site"]),
        ("Information and technology", &["information", "technology"]),
    ] {
        let names = named(kinds);
        if !names.is_empty() {
            sentences.push(format!("{lead}: {}.", names.join(", ")));
        }
    }
    let document = isms.all::<Document>().live().find(|d| d.kind == Some(DocumentKind::Scope));
    if let Some(document) = document {
        sentences.push(format!("The scope statement is document {}.", document.meta.id));
    }
    sentences.join(" ")
}

/// What differs between a control's decision in the version before and in this one.
fn changes(
    before: Option<&Stored<ApplicabilityDecision>>,
    now: Option<&Stored<ApplicabilityDecision>>,
    compared: bool,
) -> Vec<String> {
    if !compared {
        return Vec::new();
    }
    let yes_no = |d: &Stored<ApplicabilityDecision>| match d.applicable {
        Some(true) => "applicable",
        Some(false) => "excluded",
        None => "undecided",
    };
    match (before, now) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec!["new in this version".to_owned()],
        (Some(_), None) => vec!["was decided before, not in this version".to_owned()],
        (Some(b), Some(n)) => {
            let mut found = Vec::new();
            if b.applicable != n.applicable {
                found.push(format!("{} before, now {}", yes_no(b), yes_no(n)));
            }
            if b.reason_codes != n.reason_codes {
                found.push("other reasons".to_owned());
            }
            if b.justification != n.justification {
                found.push("other justification".to_owned());
            }
            let status = |d: &Stored<ApplicabilityDecision>| d.implementation_status_at_version;
            if let (Some(old), Some(new)) = (status(b), status(n))
                && old != new
            {
                found.push(format!("{} before, now {}", in_words(old.as_str()), in_words(new.as_str())));
            }
            found
        }
    }
}

/// The checks of 6.1: what must be mended before approval, and what should be looked at.
fn problems(rows: &[SoaRow], has_version: bool) -> Vec<SoaProblem> {
    let mut found = Vec::new();
    for row in rows {
        let mut add = |check: &str, blocks: bool, message: String| {
            found.push(SoaProblem { control: Some(row.control), check: check.to_owned(), message, blocks });
        };
        let needed = || {
            let names: Vec<String> = row
                .drivers
                .iter()
                .map(|d| d.via.map_or_else(|| d.id.to_string(), |plan| format!("{} (plan {plan})", d.id)))
                .collect();
            names.join(", ")
        };
        match row.applicable {
            None => {
                if has_version || !row.drivers.is_empty() {
                    add("undecided", true, format!("{} {} is not decided", row.reference, row.title));
                }
            }
            Some(true) => {
                if row.drivers.is_empty() && !row.reason_codes.iter().any(|c| c == "baseline") {
                    add(
                        "no_driver",
                        false,
                        format!(
                            "{} applies, but no risk being treated and no requirement needs it",
                            row.reference
                        ),
                    );
                }
                if row.reason_codes.is_empty() {
                    add("no_reason", true, format!("{} applies without a reason code", row.reference));
                }
                if row.justification.trim().is_empty() {
                    add(
                        "no_justification",
                        true,
                        format!("{} applies without a justification", row.reference),
                    );
                }
            }
            Some(false) => {
                if !row.drivers.is_empty() {
                    add(
                        "excluded_but_needed",
                        true,
                        format!("{} is excluded, but needed by {}", row.reference, needed()),
                    );
                }
                if row.justification.trim().is_empty() {
                    add(
                        "no_justification",
                        true,
                        format!("{} is excluded without a justification", row.reference),
                    );
                }
            }
        }
        if row.applicable == Some(true) && row.status != row.status_now {
            add(
                "status_drift",
                false,
                format!(
                    "{} is stated as {}, and is {} now",
                    row.reference,
                    in_words(&row.status),
                    in_words(&row.status_now)
                ),
            );
        }
    }
    found
}

/// A row that differs between two statements.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoaDifference {
    /// The control.
    pub control: Id,
    /// Its reference.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// What differs: column, before, after.
    pub columns: Vec<(String, String, String)>,
}

/// What changed from one statement to another, row by row.
#[must_use]
pub fn compare(before: &Soa, after: &Soa) -> Vec<SoaDifference> {
    let old: HashMap<Id, &SoaRow> = before.rows.iter().map(|r| (r.control, r)).collect();
    let mut differences = Vec::new();
    for row in &after.rows {
        let mut columns = Vec::new();
        let mut column = |name: &str, get: &dyn Fn(&SoaRow) -> String| {
            let was = old.get(&row.control).map_or_else(String::new, |r| get(r));
            let is = get(row);
            if was != is {
                columns.push((name.to_owned(), was, is));
            }
        };
        column("Applicable", &|r| match r.applicable {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => "undecided".to_owned(),
        });
        column("Reasons", &|r| r.reason_codes.join(", "));
        column("Needed by", &|r| r.drivers.iter().map(|d| d.id.to_string()).collect::<Vec<_>>().join(", "));
        column("Justification", &|r| r.justification.clone());
        column("Status", &|r| in_words(&r.status));
        column("Owner", &|r| r.owner.clone());
        column("How", &|r| r.how.clone());
        if !columns.is_empty() {
            differences.push(SoaDifference {
                control: row.control,
                reference: row.reference.clone(),
                title: row.title.clone(),
                columns,
            });
        }
    }
    for row in before.rows.iter().filter(|r| !after.rows.iter().any(|a| a.control == r.control)) {
        differences.push(SoaDifference {
            control: row.control,
            reference: row.reference.clone(),
            title: row.title.clone(),
            columns: vec![("Control".to_owned(), "there".to_owned(), "gone".to_owned())],
        });
    }
    differences
}
