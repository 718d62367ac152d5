//! Views as the core would hand them over, made up whole: a company with all of Annex A decided, and a register.

use std::str::FromStr;

use isms::{
    Date, Id, Kind,
    id::ANNEX_A,
    views::{
        register::{AcceptanceView, PlanView, Register, RegisterRow, ScoreView},
        soa::{Driver, Soa, SoaProblem, SoaRow, SoaVersionView},
    },
};
use jiff::Timestamp;

/// Text that is markup, code or a formula somewhere.
pub(crate) const HOSTILE: [&str; 9] = [
    "=1+1",
    "@SUM(A1:A9)",
    "-2",
    "+49 30 1234",
    "\"quoted\", and a comma",
    "line one\r\nline two",
    "<script>alert('x')</script>",
    "#panic(\"typst\") *bold* $x$ @ref \\ // comment",
    "\tTab",
];

pub(crate) fn day(text: &str) -> Date {
    Date::from_str(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-03-02T09:30:00Z".parse().unwrap()
}

/// An id of a kind, or of a risk while the kind does not exist.
pub(crate) fn id(kind: &str, n: u32) -> Id {
    Id { kind: Kind::by_name(kind).unwrap_or(Kind::Risk), n }
}

const TITLES: [&str; 6] = [
    "Policies for information security",
    "Inventory of information and other associated assets",
    "Access rights",
    "Information security for use of cloud services, their acquisition and their end",
    "Physical entry",
    "Protection against malware",
];
const REASONS: [&str; 3] = [
    "Needed to bring account takeover and loss of roster data below the line; the method's baseline asks for it as well.",
    "Contracts with hospital groups ask for it.",
    "Reviewed each year; the present measures are judged enough for the two sites, and a third site would change that.",
];

/// A published Statement of Applicability: all of Annex A and two controls of the organisation's own.
pub(crate) fn soa() -> Soa {
    Soa {
        organisation: "Tarnwick Rota GmbH & Co. KG".into(),
        scope: "Development, operation and support of the duty roster service for hospitals, at the sites Kassel and \
                Leeds, including staff working from home; without the hosting provider's data centres."
            .into(),
        as_of: day("2026-03-01"),
        version: Some(SoaVersionView {
            id: id("soa_version", 3),
            number: "1.2".into(),
            state: "published".into(),
            author: "Jonna Feld".into(),
            approver: "Dr. Ines Okafor".into(),
            approved_at: Some(day("2026-02-18")),
            published_at: Some(day("2026-02-20")),
            next_review_at: Some(day("2027-02-20")),
        }),
        rows: (1..=ANNEX_A + 2).map(row).collect(),
        problems: vec![
            SoaProblem {
                control: Some(id("control", 30)),
                check: "no_driver".into(),
                message: "A.5.30 applies, but no risk being treated and no requirement needs it.".into(),
                blocks: false,
            },
            SoaProblem {
                control: Some(id("control", 77)),
                check: "excluded_but_needed".into(),
                message: "A.8.18 is left out, but the treatment plan of R-7 uses it.".into(),
                blocks: true,
            },
        ],
    }
}

fn row(n: u32) -> SoaRow {
    let pick = |list: &[&str]| list[n as usize % list.len()].to_owned();
    let (custom, excluded) = (n > ANNEX_A, n.is_multiple_of(19));
    let control = id("control", n);
    let theme = match n {
        1..=37 => "Organizational",
        38..=45 => "People",
        46..=59 => "Physical",
        60..=93 => "Technological",
        _ => "Own controls",
    };
    let status = if n.is_multiple_of(5) { "partly" } else { "implemented" };
    SoaRow {
        control,
        reference: control.to_string(),
        title: pick(&TITLES),
        theme: theme.into(),
        custom,
        decision: Some(id("applicability_decision", n)),
        decision_state: "published".into(),
        applicable: Some(!excluded),
        drivers: if excluded {
            vec![]
        } else {
            vec![
                Driver {
                    code: "risk".into(),
                    id: id("risk", 3),
                    title: "Account takeover".into(),
                    via: None,
                },
                Driver { code: "risk".into(), id: id("risk", n), title: "Loss of data".into(), via: None },
                Driver {
                    code: "legal".into(),
                    id: id("party_requirement", 2),
                    title: "GDPR".into(),
                    via: None,
                },
            ]
        },
        reason_codes: if excluded { vec![] } else { vec!["risk".into(), "legal".into(), "baseline".into()] },
        justification: pick(&REASONS),
        status: status.into(),
        status_now: if n == 11 { "planned".into() } else { status.into() },
        target_date: (status == "partly").then(|| day("2026-09-30")),
        owner: pick(&["Jonna Feld", "Tomasz Wieczorek", "Head of operations"]),
        how: pick(&[
            "Single sign-on with a second factor; leavers are closed the same day.",
            "",
            "Badge and visitor book.",
        ]),
        documents: vec![
            (id("document", 2), "Access control policy".into()),
            (id("document", 14), "Joiners and leavers".into()),
        ],
        evidence: (!n.is_multiple_of(3)).then(|| {
            (
                id("evidence", n),
                "Access review Q4".into(),
                Some(day(if n.is_multiple_of(7) { "2026-01-31" } else { "2026-06-30" })),
            )
        }),
        carried_out_by: if n.is_multiple_of(4) { "Hosting provider (shared)".into() } else { String::new() },
        decided_by: "Jonna Feld".into(),
        decided_at: Some(day("2026-02-10")),
        changes: if n.is_multiple_of(23) {
            vec!["status: planned → partly".into(), "owner changed".into()]
        } else {
            vec![]
        },
    }
}

/// A register of `n` risks.
pub(crate) fn register(n: u32) -> Register {
    Register {
        organisation: "Tarnwick Rota GmbH & Co. KG".into(),
        as_of: day("2026-03-01"),
        method_version: "2.0".into(),
        rows: (1..=n).map(risk).collect(),
    }
}

fn score(n: u32, likelihood: u8, impact: u8, level: &str) -> Option<ScoreView> {
    Some(ScoreView {
        id: id("risk_score", n),
        likelihood: Some(likelihood),
        impact: Some(impact),
        level: level.into(),
        scored_at: Some(day("2026-01-15")),
    })
}

fn risk(n: u32) -> RegisterRow {
    let above = !n.is_multiple_of(3);
    RegisterRow {
        id: id("risk", n),
        title: "Account takeover through a stolen password".into(),
        scenario:
            "Someone signs in as a planner with a password bought elsewhere and reads or changes rosters."
                .into(),
        threat: "Credential theft".into(),
        vulnerability: "No second factor for planners".into(),
        cia: if above { "C I".into() } else { "A".into() },
        state: if above { "in_treatment".into() } else { "accepted".into() },
        owner: (!n.is_multiple_of(11)).then(|| (id("person", 2), "Tomasz Wieczorek".into())),
        assets: vec![(id("asset", 4), "Roster database".into()), (id("asset", 9), "Sign-in service".into())],
        inherent: score(n, 4, 5, "Critical"),
        current: score(n, 4, 3, if above { "High" } else { "Low" }),
        target: score(n, 2, 3, "Low"),
        residual: None,
        acceptable: Some(!above),
        priority_rank: above.then_some(n),
        plan: (above && !n.is_multiple_of(10)).then(|| PlanView {
            id: id("treatment_plan", n),
            option: "modify".into(),
            state: "in_progress".into(),
            controls: vec![id("control", 17), id("control", 18), id("control", 64)],
            responsible: "Jonna Feld".into(),
            due_at: Some(day(if n.is_multiple_of(4) { "2026-02-01" } else { "2026-06-30" })),
            overdue: n.is_multiple_of(4),
        }),
        acceptance: (!above).then(|| AcceptanceView {
            id: id("risk_acceptance", n),
            accepted_by: "Dr. Ines Okafor".into(),
            accepted_at: Some(day("2026-01-20")),
            expires_at: Some(day("2027-01-20")),
            in_force: true,
        }),
        last_reviewed_at: Some(day("2026-01-15")),
    }
}
