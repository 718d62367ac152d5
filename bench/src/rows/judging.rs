//! Judging: all rows, controls and gates, for every day, from a snapshot; and again after one change.

use anyhow::{Context, anyhow};
use isms::{
    Command, Date, Id, Isms, Kind,
    access::Actor,
    commands::{Change, Now},
    rules::{Assessment, History, Memo},
    sample,
};
use serde_json::{Value, json};

use crate::{
    clock::timed,
    data,
    finding::{Finding, Target, short},
    site::Site,
    spread::Spread,
};

/// Risks of the companies; each has about ten records a risk.
const SIZES: [u32; 2] = [105, 10_500];

pub(crate) fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let today = Date::of(jiff::Timestamp::UNIX_EPOCH, "UTC").plus_days(20_000);
    let sample = sample_company(today)?;
    let [small, large] = SIZES;
    let (small, large) = (data::snapshot(small, today)?, data::snapshot(large, today)?);
    let history = History::default();
    let judge = |isms: &Isms, times: usize| {
        let runs = (0..times).map(|_| timed(|| Assessment::of(isms, &history)).0);
        Spread::of(runs.collect()).median
    };
    let (mut of_sample, mut of_small, mut of_large) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..site.rounds() {
        of_sample.push(judge(&sample, 20));
        of_small.push(judge(&small, 20) / records(&small) as f64);
        of_large.push(judge(&large, 3));
    }
    let per_record: Vec<f64> = of_large.iter().map(|s| s / records(&large) as f64).collect();
    let (of_small, per_record) = (Spread::of(of_small), Spread::of(per_record));
    let growth = format!(
        "{} ns a record at {} records, {} at {}",
        short(per_record.median * 1e9),
        short(records(&large) as f64),
        short(of_small.median * 1e9),
        short(records(&small) as f64)
    );
    let assessed = Assessment::of(&large, &history);
    let year = (0..site.rounds()).map(|_| timed(|| assessed.changes(today, today.plus_months(12))).0);
    let about = |isms: &Isms| format!("{} records, from nothing", short(records(isms) as f64));
    let mut findings = vec![
        Finding::new("judging the sample company", ms(of_sample), "ms", Target::Under(5.0))
            .detail(about(&sample)),
        Finding::new("judging a large company", ms(of_large), "ms", Target::Under(250.0))
            .detail(about(&large)),
        Finding::new("growth: judging, per record", per_record.over(&of_small), "", Target::AtMost(1.3))
            .detail(growth),
        Finding::new("forecast over twelve months", ms(year.collect()), "ms", Target::Under(1_000.0))
            .detail("every change of status that comes by itself, of the large company judged"),
    ];
    for (kind, n, body) in changes(today) {
        findings.push(after(site, &large, kind, n, &body)?);
    }
    Ok(findings)
}

fn ms(seconds: Vec<f64>) -> Spread {
    Spread::of(seconds.into_iter().map(|s| s * 1e3).collect())
}

fn records(isms: &Isms) -> usize {
    Kind::ALL.iter().map(|k| isms.table(*k).len()).sum()
}

fn sample_company(today: Date) -> anyhow::Result<Isms> {
    let document = sample::tarnwick_rota(today).map_err(|p| anyhow!("the sample cannot be read: {p:?}"))?;
    let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today };
    let made = isms::decide(&Isms::default(), &Actor::operator(), now, Command::Load(document));
    Ok(made.context("the sample does not load")?.isms)
}

/// Changes after which the large company is judged again, one of each kind.
fn changes(today: Date) -> Vec<(Kind, u32, Value)> {
    vec![
        (
            Kind::Risk,
            50,
            json!({ "title": "Something else happens", "owner_id": "P-1", "state": "monitored" }),
        ),
        (
            Kind::RiskScore,
            60,
            json!({
                "risk_id": "R-60", "type": "current", "likelihood": 5, "impact": 4, "level": "high",
                "scored_at": today,
            }),
        ),
        (
            Kind::Control,
            30,
            json!({ "ref": "C-30", "title": "Something is done", "implementation_status": "partly" }),
        ),
        (
            Kind::Evidence,
            70,
            json!({
                "requirement_id": "ER-7", "title": "Export", "state": "accepted", "collected_at": today,
                "reviewed_at": today,
            }),
        ),
        (
            Kind::ApplicabilityDecision,
            40,
            json!({ "control_id": "C-40", "soa_version_id": "SOA-1", "applicable": false, "state": "published" }),
        ),
        (Kind::Person, 2, json!({ "name": "Bea", "in_scope": true })),
        (Kind::Task, 1, json!({ "title": "Look again", "assignee_id": "P-1" })),
    ]
}

/// Judging again after a record was changed, and changed back, in turns.
fn after(site: &Site, isms: &Isms, kind: Kind, n: u32, body: &Value) -> anyhow::Result<Finding> {
    let history = History::default();
    let change = Change { id: Id { kind, n }, rev: 2, after: body.as_object().cloned() };
    let mut changed = isms.clone();
    changed
        .apply(1, jiff::Timestamp::UNIX_EPOCH, &change)
        .map_err(|problem| anyhow!("{kind:?} {n}: {problem:?}"))?;
    let mut memo = Memo::default();
    let whole = Assessment::again(isms, &history, &mut memo).subjects().len();
    let mut rounds = Vec::new();
    for _ in 0..site.rounds() {
        for next in [&changed, isms] {
            rounds.push(timed(|| Assessment::again(next, &history, &mut memo)).0);
        }
    }
    let name = format!("judging again after a change: {}", kind.decl().one.to_lowercase());
    Ok(Finding::new(name, ms(rounds), "ms", Target::Under(25.0))
        .detail(format!("the large company: {} rows and controls", short(whole as f64))))
}
