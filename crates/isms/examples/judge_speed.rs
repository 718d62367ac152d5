//! How long judging takes: the sample company, and made-up ones of 1,000 to 95,000 records. Prints milliseconds and
//! nanoseconds per record, best of several runs, and how the cost per record grows.
//!
//! `cargo run --release -p isms --example judge_speed`; with `-- sample` the sample company alone, with
//! `-- again` the largest after single changes.

use std::time::{Duration, Instant};

use isms::{
    Command, Date, Id, Isms, Kind,
    access::Actor,
    commands::{Change, Now},
    rules::{
        Assessment, Cx, History, Memo, Row, clauses, context, controls, findings, improvement, leadership,
        operation, performance, planning, support,
    },
    sample,
};
use serde_json::{Value, json};

/// The rows of a clause.
type Rows = fn(&Cx<'_>) -> Vec<Row>;

fn main() {
    let today = Date::new(2026, 11, 23).unwrap_or(Date::MIN);
    println!("{:<28} {:>9} {:>9} {:>10}", "", "records", "ms", "ns/record");
    let isms = sample_company(today);
    measure("sample company", &isms, today);
    if std::env::args().any(|a| a == "sample") {
        return;
    }
    if std::env::args().any(|a| a == "again") {
        return after_changes(&company(10_000, today), today);
    }
    let mut per_record = Vec::new();
    for risks in [105, 1_050, 10_000] {
        let isms = company(risks, today);
        per_record.push(measure(&format!("made up, {risks} risks"), &isms, today));
        after_changes(&isms, today);
    }
    if let [first, .., last] = per_record[..] {
        println!("cost per record grows {:.2} times", last / first);
    }
}

fn measure(name: &str, isms: &Isms, today: Date) -> f64 {
    let records: usize = Kind::ALL.iter().map(|k| isms.table(*k).len()).sum();
    let history = History::default();
    let whole = best(|| Assessment::of(isms, &history));
    let assessed = Assessment::of(isms, &history);
    let print = |name: &str, time: Duration| {
        let per_record = time.as_nanos() as f64 / records as f64;
        println!("{name:<28} {records:>9} {:>9.3} {per_record:>10.0}", time.as_secs_f64() * 1e3);
        per_record
    };
    let per_record = print(name, whole);
    print(
        "  rows",
        best(|| {
            let cx = Cx::new(isms);
            clauses::judge(&cx, |row| findings::judgement(&cx, row)).len()
        }),
    );
    print("  controls", best(|| controls::judge(&Cx::new(isms)).len()));
    print("  verdicts of a day", best(|| assessed.on(today).len()));
    print("  changes of twelve months", best(|| assessed.changes(today, today.plus_months(12)).len()));
    let cx = Cx::new(isms);
    let clauses: [(&str, Rows); 7] = [
        ("    clause 4", context::rows),
        ("    clause 5", leadership::rows),
        ("    clause 6", planning::rows),
        ("    clause 7", support::rows),
        ("    clause 8", operation::rows),
        ("    clause 9", performance::rows),
        ("    clause 10", improvement::rows),
    ];
    for (name, rows) in clauses {
        print(name, best(|| rows(&cx).len()));
    }
    per_record
}

/// Judging again after one change of each of several kinds.
#[allow(
    clippy::disallowed_methods,
    reason = "an example is no part of the core; it is there to take the time"
)]
fn after_changes(isms: &Isms, today: Date) {
    let history = History::default();
    let changes: [(Kind, u32, Value); 7] = [
        (
            Kind::Risk,
            50,
            json!({ "title": "Something else happens", "owner_id": "P-1", "state": "monitored" }),
        ),
        (
            Kind::RiskScore,
            60,
            json!({ "risk_id": "R-60", "type": "current", "likelihood": 5, "impact": 4, "level": "high", "scored_at": today }),
        ),
        (
            Kind::Control,
            30,
            json!({ "ref": "C-30", "title": "Something is done", "owner_id": "P-1", "implementation_status": "partly" }),
        ),
        (
            Kind::Evidence,
            70,
            json!({ "requirement_id": "ER-7", "title": "Export", "state": "accepted", "collected_at": today, "reviewed_at": today }),
        ),
        (
            Kind::ApplicabilityDecision,
            40,
            json!({ "control_id": "C-40", "soa_version_id": "SOA-1", "applicable": false, "state": "published" }),
        ),
        (Kind::Person, 2, json!({ "name": "Bea", "in_scope": true })),
        (Kind::Task, 1, json!({ "title": "Look again", "assignee_id": "P-1" })),
    ];
    for (kind, n, body) in changes {
        let mut memo = Memo::default();
        _ = Assessment::again(isms, &history, &mut memo);
        let mut least = Duration::MAX;
        for rev in 2..52 {
            let mut after = body.as_object().cloned().unwrap_or_default();
            // Changed each time, or nothing is to be judged.
            after.insert("title".to_owned(), json!(format!("Changed {rev} times")));
            if matches!(kind, Kind::Person) {
                after.insert("name".to_owned(), json!(format!("Bea {rev}")));
                after.remove("title");
            }
            if matches!(kind, Kind::RiskScore | Kind::ApplicabilityDecision) {
                after.remove("title");
                after.insert("justification".to_owned(), json!(format!("because of {rev}")));
                if kind == Kind::RiskScore {
                    after.remove("justification");
                    after.insert("rationale".to_owned(), json!(format!("because of {rev}")));
                }
            }
            let mut changed = isms.clone();
            let change = Change { id: Id { kind, n }, rev, after: Some(after) };
            changed
                .apply(u64::from(rev), jiff::Timestamp::UNIX_EPOCH, &change)
                .expect("a record of its kind");
            let start = Instant::now();
            std::hint::black_box(Assessment::again(&changed, &history, &mut memo));
            least = least.min(start.elapsed());
        }
        println!("  after a change: {:<30} {:>9.3}", kind.name(), least.as_secs_f64() * 1e3);
    }
}

/// The shortest of several runs.
#[allow(
    clippy::disallowed_methods,
    reason = "an example is no part of the core; it is there to take the time"
)]
fn best<T>(run: impl Fn() -> T) -> Duration {
    let once = || {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed()
    };
    (0..15).map(|_| once()).min().unwrap_or_default()
}

fn sample_company(today: Date) -> Isms {
    let document = sample::tarnwick_rota(today).expect("the sample is a load document");
    let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today };
    isms::decide(&Isms::default(), &Actor::operator(), now, Command::Load(document))
        .expect("the sample loads")
        .isms
}

/// A company with risks, half as many controls, ten pieces of evidence a control, and what goes with them.
fn company(risks: u32, today: Date) -> Isms {
    let mut isms = Isms::default();
    let mut put = |kind: Kind, n: u32, body: Value| {
        let after = body.as_object().cloned();
        let change = Change { id: Id { kind, n }, rev: 1, after };
        isms.apply(0, jiff::Timestamp::UNIX_EPOCH, &change).expect("a record of its kind");
    };
    let ago = |days: u32| today.plus_days(-i64::from(days)).to_string();
    put(Kind::Person, 1, json!({ "name": "Ada", "in_scope": true, "is_top_management": true }));
    put(Kind::SoaVersion, 1, json!({ "number": "1", "state": "published", "published_at": ago(300) }));
    put(
        Kind::RiskMethod,
        1,
        json!({ "version": "1", "state": "approved", "approved_at": ago(400), "published_at": ago(400) }),
    );
    for n in 1..=risks {
        let risk = format!("R-{n}");
        put(
            Kind::Risk,
            n,
            json!({
                "title": "Something happens", "owner_id": "P-1", "state": "monitored", "last_reviewed_at": ago(n % 500),
                "threat": "fire", "vulnerability": "wood", "cia_affected": ["availability"],
            }),
        );
        put(
            Kind::RiskScore,
            n,
            json!({
                "risk_id": risk, "method_id": "RM-1", "type": "current", "likelihood": 2, "impact": 3, "level": "medium",
                "rationale": "seen before", "scored_at": ago(n % 700),
            }),
        );
        put(
            Kind::RiskEvaluation,
            n,
            json!({
                "risk_id": risk, "method_id": "RM-1", "acceptable": n % 3 != 0, "priority_rank": n, "evaluated_at": ago(n % 300),
            }),
        );
    }
    for n in 1..=risks / 2 {
        let id = Id { kind: Kind::Control, n };
        put(
            Kind::Control,
            n,
            json!({
                "ref": id.to_string(), "title": "Something is done", "owner_id": "P-1", "implementation_status": "implemented",
                "review_interval_months": 12, "last_reviewed_at": ago(n % 500),
            }),
        );
        put(
            Kind::ApplicabilityDecision,
            n,
            json!({
                "control_id": id.to_string(), "soa_version_id": "SOA-1", "applicable": true, "justification": "risks",
                "reason_codes": ["risk"], "decided_at": ago(310), "state": "published",
            }),
        );
        put(
            Kind::EvidenceRequirement,
            n,
            json!({ "control_id": id.to_string(), "kind": "export", "frequency_months": 6 }),
        );
        for i in 0..10 {
            put(
                Kind::Evidence,
                (n - 1) * 10 + i + 1,
                json!({
                    "requirement_id": format!("ER-{n}"), "control_ids": [id.to_string()], "title": "Export", "state": "accepted",
                    "collected_at": ago(40 * i + n % 40), "reviewed_at": ago((40 * i + n % 40).saturating_sub(1)),
                    "valid_until": today.plus_days(180 - i64::from(40 * i)).to_string(),
                }),
            );
        }
    }
    isms
}
