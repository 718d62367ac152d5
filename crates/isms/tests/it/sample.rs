//! The sample company loads on any day without a problem, and holds what the specification says it holds (7.1).

use std::collections::{BTreeMap, BTreeSet};

use isms::{
    Command, Date, Isms, Kind, Refusal, access::Actor, commands::Now, load::LoadDocument, records::Task,
    sample,
};

/// An ordinary day, a day before whose last twelve months lies no leap day, and a leap day.
const DAYS: [&str; 3] = ["2025-06-14", "2026-11-23", "2024-02-29"];

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn loaded(document: LoadDocument, today: Date) -> Isms {
    let now = Now { at: "2020-01-01T00:00:00Z".parse().unwrap(), today };
    match isms::decide(&Isms::default(), &Actor::operator(), now, Command::Load(document)) {
        Ok(decision) => decision.isms,
        Err(Refusal::Invalid(problems)) => {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
        Err(other) => panic!("{other}"),
    }
}

fn company(today: &str) -> Isms {
    let today = day(today);
    loaded(sample::tarnwick_rota(today).unwrap(), today)
}

#[test]
fn the_sample_company_loads_on_any_day() {
    for today in DAYS {
        let document = sample::tarnwick_rota(day(today)).unwrap();
        assert_eq!(document.as_of, Some(day(today)));
        let later = sample::tarnwick_rota_later(day(today)).unwrap();
        assert_eq!(later.as_of, Some(day(today).plus_days(20)));
        loaded(document, day(today));
        loaded(later, day(today));
    }
}

/// A kind, its number of records, and how many of them stand in which state.
type Volume = (Kind, usize, &'static [(&'static str, usize)]);

/// The volumes of section 7.1. States are left out where the
/// specification gives none.
const VOLUMES: &[Volume] = &[
    (Kind::ContextIssue, 13, &[]),
    (Kind::InterestedParty, 10, &[]),
    (Kind::PartyRequirement, 34, &[]),
    (Kind::ScopeItem, 26, &[]),
    (Kind::IsmsProcess, 12, &[]),
    (Kind::Document, 30, &[]),
    (
        Kind::DocumentVersion,
        71,
        &[
            ("published", 30),
            ("superseded", 33),
            ("in_review", 3),
            ("draft", 2),
            ("approved", 1),
            ("retired", 2),
        ],
    ),
    (Kind::AckCampaign, 9, &[("closed", 7), ("open", 2)]),
    (Kind::Person, 53, &[]),
    (Kind::Role, 17, &[]),
    (Kind::RoleAssignment, 31, &[]),
    (Kind::CompetenceRequirement, 24, &[]),
    (Kind::CompetenceRecord, 61, &[]),
    (Kind::TrainingCourse, 4, &[]),
    (Kind::TrainingRecord, 212, &[]),
    (Kind::Objective, 9, &[("active", 6), ("achieved", 2), ("missed", 1)]),
    (Kind::Metric, 14, &[]),
    (Kind::Measurement, 168, &[]),
    (Kind::Asset, 48, &[]),
    (
        Kind::Risk,
        51,
        &[
            ("identified", 2),
            ("analysed", 1),
            ("evaluated", 1),
            ("treatment_decided", 4),
            ("in_treatment", 10),
            ("treated", 3),
            ("accepted", 7),
            ("monitored", 18),
            ("closed", 5),
        ],
    ),
    (Kind::TreatmentPlan, 33, &[("approved", 4), ("in_progress", 10), ("done", 17), ("cancelled", 2)]),
    (Kind::RiskAcceptance, 9, &[("active", 7), ("expired", 1), ("revoked", 1)]),
    (Kind::Control, 95, &[]),
    (Kind::ApplicabilityDecision, 377, &[("published", 95), ("superseded", 187), ("proposed", 95)]),
    (Kind::SoaVersion, 4, &[("superseded", 2), ("published", 1), ("draft", 1)]),
    (
        Kind::Evidence,
        240,
        &[
            ("accepted", 168),
            ("expiring", 14),
            ("expired", 22),
            ("requested", 12),
            ("collected", 9),
            ("rejected", 11),
            ("withdrawn", 4),
        ],
    ),
    (
        Kind::Supplier,
        21,
        &[
            ("active", 15),
            ("conditional", 2),
            ("under_review", 1),
            ("due_diligence", 1),
            ("offboarding", 1),
            ("terminated", 1),
        ],
    ),
    (Kind::Incident, 19, &[("closed", 15), ("not_incident", 2), ("lessons", 1), ("contained", 1)]),
    (
        Kind::Change,
        27,
        &[
            ("closed", 21),
            ("reviewed", 2),
            ("implemented", 1),
            ("approved", 1),
            ("rejected", 1),
            ("emergency", 1),
        ],
    ),
    (Kind::AuditProgramme, 2, &[]),
    (Kind::Audit, 7, &[("closed", 3), ("fieldwork", 1), ("planned", 2), ("cancelled", 1)]),
    (
        Kind::Nonconformity,
        21,
        &[("action", 2), ("effectiveness_check", 1), ("raised", 1), ("decided", 2), ("closed", 15)],
    ),
    (
        Kind::CorrectiveAction,
        17,
        &[("verified", 11), ("in_progress", 3), ("proposed", 1), ("ineffective", 1), ("cancelled", 1)],
    ),
    (Kind::ManagementReview, 3, &[("closed", 1), ("minutes_approved", 1), ("scheduled", 1)]),
    (Kind::Improvement, 14, &[]),
    (Kind::Exception, 5, &[("active", 2), ("expiring", 1), ("expired", 1), ("rejected", 1)]),
    (Kind::Task, 136, &[("done", 98), ("open", 26), ("in_progress", 12)]),
    (Kind::Certification, 1, &[("surveillance_1_due", 1)]),
    (Kind::Attestation, 23, &[]),
];

#[test]
fn the_sample_company_has_the_volumes_of_the_specification() {
    let isms = company(DAYS[0]);
    for (kind, count, states) in VOLUMES {
        assert_eq!(isms.table(*kind).len(), *count, "{kind}");
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for record in isms.table(*kind).all() {
            *found.entry(record.state().unwrap_or_default()).or_default() += 1;
        }
        if !states.is_empty() {
            assert_eq!(found, states.iter().copied().collect(), "{kind}");
        }
    }
}

/// Kind, field, value, and how many records have it.
const SPLITS: &[(Kind, &str, &str, usize)] = &[
    (Kind::PartyRequirement, "addressed_via_isms", "yes", 27),
    (Kind::PartyRequirement, "addressed_via_isms", "no", 6),
    (Kind::PartyRequirement, "addressed_via_isms", "undecided", 1),
    (Kind::ContextIssue, "relevance", "relevant", 11),
    (Kind::ContextIssue, "category", "climate", 1),
    (Kind::ScopeItem, "kind", "org_unit", 5),
    (Kind::ScopeItem, "kind", "site", 1),
    (Kind::ScopeItem, "kind", "product", 2),
    (Kind::ScopeItem, "kind", "process", 6),
    (Kind::ScopeItem, "kind", "information", 4),
    (Kind::ScopeItem, "kind", "technology", 3),
    (Kind::CompetenceRecord, "result", "competent", 60),
    (Kind::CompetenceRecord, "result", "gap", 1),
    (Kind::Supplier, "criticality", "critical", 3),
    (Kind::Supplier, "criticality", "high", 5),
    (Kind::Supplier, "criticality", "medium", 8),
    (Kind::Supplier, "criticality", "low", 5),
    (Kind::Change, "kind", "isms", 11),
    (Kind::Change, "kind", "organisational", 4),
    (Kind::Change, "kind", "technical", 12),
    (Kind::Nonconformity, "grade", "major", 1),
    (Kind::Nonconformity, "grade", "minor", 11),
    (Kind::Nonconformity, "grade", "ofi", 6),
    (Kind::Nonconformity, "grade", "observation", 2),
    (Kind::Nonconformity, "grade", "strength", 1),
    (Kind::Person, "employment_type", "contractor", 4),
];

#[test]
fn the_sample_company_is_split_as_the_specification_says() {
    let isms = company(DAYS[0]);
    for (kind, field, value, count) in SPLITS {
        let found = isms.table(*kind).all().filter(|r| r.field(field).is_some_and(|v| v == *value)).count();
        assert_eq!(found, *count, "{kind}.{field} = {value}");
    }
}

#[test]
fn seven_tasks_are_overdue() {
    for today in DAYS {
        let isms = company(today);
        let overdue = isms
            .all::<Task>()
            .iter()
            .filter(|t| t.completed_at.is_none() && t.due_at.is_some_and(|d| d < day(today)))
            .filter_map(|t| t.meta.local_id.as_deref())
            .collect::<BTreeSet<_>>();
        let seven = ["T-0004-2", "T-0014-2", "T-CA-09", "T-CH-11", "T-GAP-1", "T-MR2-4", "T-NC-08"];
        assert_eq!(overdue, BTreeSet::from(seven), "{today}");
    }
}

/// Every kind of record that the rules read has at least one record, so that every page has something to show.
#[test]
fn no_kind_is_empty_but_those_of_settings_and_waivers() {
    let isms = company(DAYS[0]);
    let empty: Vec<&str> =
        Kind::ALL.iter().filter(|k| isms.table(**k).is_empty()).map(|k| k.name()).collect();
    assert_eq!(empty, ["sod_waiver", "parameter_setting", "licensed_text"]);
}

#[test]
fn every_hash_of_a_document_version_has_its_file() {
    let today = day(DAYS[0]);
    let files: BTreeSet<&str> = sample::files().iter().map(|f| f.hash.as_str()).collect();
    let named: BTreeSet<String> = [sample::tarnwick_rota(today), sample::tarnwick_rota_later(today)]
        .into_iter()
        .flat_map(|document| document.unwrap().records)
        .filter(|(kind, ..)| *kind == Kind::DocumentVersion)
        .filter_map(|(_, _, fields)| Some(fields.get("file_hash")?.as_str()?.to_owned()))
        .collect();
    assert_eq!(named.iter().map(String::as_str).collect::<BTreeSet<_>>(), files);
    assert_eq!(files.len(), sample::files().len());
    assert!(sample::files().iter().all(|f| f.text.len() > 200 && f.name.ends_with(".md")));
}
