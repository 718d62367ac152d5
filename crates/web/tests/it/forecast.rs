//! The forecast over the sample company: what changes by itself, and the work it implies.

use axum::http::StatusCode;
use isms::{
    Date,
    rules::{Reporter, Sight, Status},
};

use crate::verdicts::{in_words, judged, site, today};

#[tokio::test]
async fn counts_and_gates_are_those_of_the_two_days() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let assessment = judged(&site);
    let until: Date = "2026-12-31".parse().unwrap();
    let page = mia.get("/forecast?until=2026-12-31").await;
    assert_eq!(page.status, StatusCode::OK);
    let (now, then) = (assessment.counts(today()), assessment.counts(until));
    for (word, requirements, controls) in [
        ("Met", (now.requirements.met, then.requirements.met), (now.controls.met, then.controls.met)),
        (
            "Stale",
            (now.requirements.stale, then.requirements.stale),
            (now.controls.stale, then.controls.stale),
        ),
        (
            "Unmet",
            (now.requirements.unmet, then.requirements.unmet),
            (now.controls.unmet, then.controls.unmet),
        ),
    ] {
        let cells = [requirements.0, requirements.1, controls.0, controls.1];
        let cells =
            cells.iter().zip(["Requirements now", "Requirements then", "Controls now", "Controls then"]);
        let cells: String =
            cells.map(|(n, label)| format!("<td class=\"num\" data-label=\"{label}\">{n}</td>")).collect();
        let line = format!(">{word}</span></th>{cells}");
        assert!(page.body.contains(&line), "{line} in {}", page.body);
    }
    assert_ne!(now.controls.met, then.controls.met);
    for gate in assessment.gates_on(until) {
        let n = gate.blocked_by.len();
        let verdict = if gate.open { "Open".to_owned() } else { format!("Closed: {n} thing") };
        assert!(page.body.contains(&verdict), "{verdict}");
    }
}

#[tokio::test]
async fn whoever_has_to_act_is_told_by_when() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let assessment = judged(&site);
    let isms = site.org.snapshot();
    let until: Date = "2026-12-31".parse().unwrap();
    let body = mia.get("/forecast?until=2026-12-31").await.body;
    let mut told = 0;
    for turn in assessment.changes(today(), until) {
        let worse = turn.after != Status::Met && turn.before.is_some_and(|b| turn.after > b);
        let subject = assessment.subject(&turn.requirement).unwrap();
        if !worse || subject.advisory {
            continue;
        }
        let reporter = Reporter::new(&isms, &assessment, turn.on, &Sight::Everyone);
        for finding in reporter.findings(subject).iter().filter(|f| turn.labels.contains(&f.label)) {
            let Some(action) = &finding.action else { continue };
            let anchor = action.owner_id.map_or("o-none".to_owned(), |id| format!("o-{id}"));
            let section =
                body.split(&format!("id=\"{anchor}\"")).nth(1).unwrap_or_else(|| panic!("{anchor}"));
            let section = section.split("</section>").next().unwrap();
            assert!(section.contains(&format!(">{}</a>", turn.requirement)), "{turn:?} in {section}");
            told += 1;
        }
    }
    assert!(told > 10, "{told}");
}

#[tokio::test]
async fn the_day_is_chosen_by_date_by_months_or_by_the_certificate_wanted() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let shown = |day: Date| format!("<time datetime=\"{day}\">{}</time></h2>", in_words(day));
    let months = rex.get("/forecast?months=3").await.body;
    assert!(months.contains(&shown(today().plus_months(3))));
    assert!(months.contains("value=\"3\" data-mirror=\"#months-out\""));
    for wrong in ["2026-02-28", "2039-01-01", "soon"] {
        let page = rex.get(&format!("/forecast?until={wrong}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(page.body.contains(&format!("value=\"{wrong}\"")), "{}", page.body);
    }
    let profile = site.org.snapshot().single::<isms::records::OrgProfile>().unwrap().meta.id;
    for (wanted, expected) in
        [("2026-08-20", "2026-08-20".parse().unwrap()), ("2026-02-01", today().plus_months(6))]
    {
        let fields = [("certification_target_date", serde_json::json!(wanted))];
        let command = isms::Command::update(profile, fields);
        site.org.execute(isms::access::Actor::operator(), command).await.unwrap();
        let body = rex.get("/forecast").await.body;
        assert!(body.contains(&shown(expected)), "{wanted}: {body}");
        assert_eq!(body.contains("certificate is wanted"), wanted == "2026-08-20");
    }
    // A page about another day forecasts from there.
    let then = rex.get("/at/2026-06-01/forecast?months=1").await.body;
    assert!(then.contains(&shown("2026-07-01".parse().unwrap())));
}
