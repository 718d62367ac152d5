//! A snapshot for measuring the rules: risks with scores and evaluations, controls with decisions, what they are asked to
//! show and what they have shown. Made without a ledger, as the rules need none.

use anyhow::anyhow;
use isms::{Date, Id, Isms, Kind, commands::Change};
use serde_json::{Value, json};

/// A company with risks, half as many controls, ten pieces of evidence a control, and what goes with them.
pub(crate) fn snapshot(risks: u32, today: Date) -> anyhow::Result<Isms> {
    let mut isms = Isms::default();
    let mut put = |kind: Kind, n: u32, body: Value| {
        let change = Change { id: Id { kind, n }, rev: 1, after: body.as_object().cloned() };
        let put = isms.apply(0, jiff::Timestamp::UNIX_EPOCH, &change);
        put.map_err(|problem| anyhow!("{kind:?} {n}: {problem:?}"))
    };
    let ago = |days: u32| today.plus_days(-i64::from(days)).to_string();
    for n in 1..=300 {
        let name = format!("Person {n}");
        put(Kind::Person, n, json!({ "name": name, "in_scope": true, "is_top_management": n == 1 }))?;
    }
    put(Kind::SoaVersion, 1, json!({ "number": "1", "state": "published", "published_at": ago(300) }))?;
    put(
        Kind::RiskMethod,
        1,
        json!({ "version": "1", "state": "approved", "approved_at": ago(400), "published_at": ago(400) }),
    )?;
    for n in 1..=risks {
        let risk = format!("R-{n}");
        put(
            Kind::Risk,
            n,
            json!({
                "title": "Something happens", "owner_id": format!("P-{}", n % 300 + 1), "state": "monitored", "last_reviewed_at": ago(n % 500),
                "threat": "fire", "vulnerability": "wood", "cia_affected": ["availability"],
            }),
        )?;
        put(
            Kind::RiskScore,
            n,
            json!({
                "risk_id": risk, "method_id": "RM-1", "type": "current", "likelihood": 2, "impact": 3, "level": "medium",
                "rationale": "seen before", "scored_at": ago(n % 700),
            }),
        )?;
        put(
            Kind::RiskEvaluation,
            n,
            json!({
                "risk_id": risk, "method_id": "RM-1", "acceptable": n % 3 != 0, "priority_rank": n, "evaluated_at": ago(n % 300),
            }),
        )?;
    }
    for n in 1..=risks / 2 {
        let id = Id { kind: Kind::Control, n };
        put(
            Kind::Control,
            n,
            json!({
                "ref": id.to_string(), "title": "Something is done", "owner_id": format!("P-{}", n % 300 + 1), "implementation_status": "implemented",
                "review_interval_months": 12, "last_reviewed_at": ago(n % 500),
            }),
        )?;
        put(
            Kind::ApplicabilityDecision,
            n,
            json!({
                "control_id": id.to_string(), "soa_version_id": "SOA-1", "applicable": true, "justification": "risks",
                "reason_codes": ["risk"], "decided_at": ago(310), "state": "published",
            }),
        )?;
        put(
            Kind::EvidenceRequirement,
            n,
            json!({ "control_id": id.to_string(), "kind": "export", "frequency_months": 6 }),
        )?;
        for i in 0..10 {
            put(
                Kind::Evidence,
                (n - 1) * 10 + i + 1,
                json!({
                    "requirement_id": format!("ER-{n}"), "control_ids": [id.to_string()], "title": "Export", "state": "accepted",
                    "collected_at": ago(40 * i + n % 40), "reviewed_at": ago((40 * i + n % 40).saturating_sub(1)),
                    "valid_until": today.plus_days(180 - i64::from(40 * i)).to_string(),
                }),
            )?;
        }
    }
    Ok(isms)
}
