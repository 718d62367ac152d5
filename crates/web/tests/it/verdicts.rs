//! Verdicts on Today, in the list of requirements and on their pages, over the sample company.

use axum::http::StatusCode;
use isms::{
    Date, Kind,
    access::{Actor, Role},
    rules::{Assessment, History, Reporter, Sight, Status, Subject, readiness},
};
use serde_json::json;

use crate::browser::Site;

/// The day the sample company is shown on: the clock of every site.
pub(crate) fn today() -> Date {
    "2026-03-01".parse().unwrap()
}

/// The sample company with an ISMS manager and a reader.
pub(crate) async fn site() -> Site {
    let site = Site::with(&[("mia", &[Role::IsmsManager]), ("rex", &[Role::Reader])]).await;
    let company = isms::sample::tarnwick_rota(today()).unwrap();
    site.org.execute(Actor::operator(), isms::Command::Load(company)).await.unwrap();
    site
}

pub(crate) fn judged(site: &Site) -> Assessment {
    Assessment::of(&site.org.snapshot(), &History::default())
}

/// Text as a template writes it.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => out.push_str(&format!("&#{};", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// A day as pages write it: `4 May 2026`.
pub(crate) fn in_words(day: Date) -> String {
    let months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let text = day.to_string();
    let number: u32 = text[8..].parse().unwrap();
    format!("{number} {} {}", months[day.month() as usize - 1], day.year())
}

#[tokio::test]
async fn today_shows_the_gates_and_counts_of_the_assessment() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let assessment = judged(&site);
    for (prefix, day) in [("", today()), ("/at/2026-09-01", "2026-09-01".parse().unwrap())] {
        let page = rex.get(&format!("{prefix}/")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for (group, counts) in assessment.counts(day).groups {
            let part = if group.parse::<u8>().is_ok() { "" } else { "part=annex-a&#38;" };
            for (word, n) in [
                ("met", counts.met),
                ("stale", counts.stale),
                ("partly", counts.partly),
                ("unmet", counts.unmet),
                ("excluded", counts.excluded),
            ] {
                let link = format!(
                    "href=\"{prefix}/requirements?{part}clause={group}&#38;status={word}\"><span class=\"status\" data-status=\"{word}\">{n}<"
                );
                assert_eq!(page.body.contains(&link), n > 0, "{link}");
            }
        }
        let gates = assessment.gates_on(day);
        for gate in &gates {
            let verdict = match gate.blocked_by.len() {
                0 => "Open".to_owned(),
                1 => "Closed: 1 thing blocks it".to_owned(),
                n => format!("Closed: {n} things block it"),
            };
            let name = gate.title.trim_start_matches("Ready for ").replace("surveillance", "Surveillance");
            let line = format!("<h3>{name}</h3><p class=\"verdict\">{verdict}</p>");
            assert!(page.body.contains(&line), "{line} in {}", page.body);
        }
        let marks = page.body.matches("<i class=\"mark\"").count();
        let scored = |s: &&Subject| !s.advisory && s.there.on(day);
        assert_eq!(marks, assessment.subjects().iter().filter(scored).count());
    }
}

#[tokio::test]
async fn today_names_what_gets_worse_next() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let assessment = judged(&site);
    let turns = assessment.changes(today(), today().plus_days(90));
    let worse = |t: &&isms::rules::Turn| t.after != Status::Met && t.before.is_some_and(|b| t.after > b);
    let worse: Vec<_> = turns.iter().filter(worse).collect();
    assert!(!worse.is_empty());
    let body = rex.get("/").await.body;
    let panel = body.split("id=\"turns\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(panel.matches("<time ").count(), worse.len().min(8), "{panel}");
    for turn in worse.iter().take(8) {
        assert!(panel.contains(&format!("datetime=\"{}\"", turn.on)), "{turn:?} in {panel}");
        assert!(panel.contains(&format!(">{}</a>", turn.requirement)), "{turn:?} in {panel}");
    }
}

#[tokio::test]
async fn the_list_is_filtered_by_clause_status_and_words_together() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let assessment = judged(&site);
    let count = |body: &str| body.matches("<td class=\"fit ref\">").count();
    for (query, fits) in [
        ("part=annex-a", (|s: &Subject, _| s.control.is_some()) as fn(&Subject, Status) -> bool),
        ("part=annex-a&status=stale", |s, status| s.control.is_some() && status == Status::Stale),
        ("part=annex-a&clause=A.7&status=partly", |s, status| s.group == "A.7" && status == Status::Partly),
        ("part=annex-a&clause=C", |s, _| s.group == "C"),
        ("clause=4&status=met", |s, status| s.group == "4" && status == Status::Met),
        ("clause=4&status=stale", |s, status| s.group == "4" && status == Status::Stale),
        ("part=annex-a&status=excluded", |_, status| status == Status::Excluded),
    ] {
        let page = rex.get(&format!("/requirements?{query}")).await;
        let expected = assessment.subjects().iter().filter(|s| fits(s, s.judged.status(today()))).count();
        assert_eq!(count(&page.body), expected, "{query}");
    }
    let both = rex.get("/requirements?part=annex-a&clause=A.8&q=backup").await;
    assert_eq!(count(&both.body), 1);
    assert!(both.body.contains("value=\"backup\"") && both.body.contains("value=\"A.8\" selected"));
}

/// Pages that go from day to day or month to month have an end on the first and last days that an address may name, and
/// beyond them there is no page.
#[tokio::test]
async fn days_far_away_are_answered() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    for day in ["1900-01-01", "2199-12-31"] {
        for page in [
            "",
            "/requirements",
            "/requirements/10.2d",
            "/requirements/A.5.9",
            "/calendar",
            "/soa",
            "/forecast",
        ] {
            let path = format!("/at/{day}{page}");
            let answer = rex.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
        }
    }
    for path in ["/calendar?from=2199-12", "/calendar?from=9999-01", "/soa?with=9999-12-31"] {
        assert!(rex.get(path).await.status.as_u16() < 500, "{path}");
    }
    for path in ["/at/9999-12-31/requirements/10.2d", "/at/-009998-01-01/requirements/10.2d"] {
        assert_eq!(rex.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_page_says_how_it_stands_since_when_why_and_what_comes() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let assessment = judged(&site);
    let isms = site.org.snapshot();
    let everyone = Sight::Everyone;
    let reporter = Reporter::new(&isms, &assessment, today(), &everyone);
    let mut kinds = std::collections::BTreeSet::new();
    for subject in assessment.subjects() {
        let page = mia.get(&format!("/requirements/{}", subject.requirement)).await;
        assert_eq!(page.status, StatusCode::OK, "{}: {}", subject.requirement, page.body);
        let body = page.body;
        let standing = subject.on(today());
        kinds.insert(standing.status);
        let chip = format!("<span class=\"status big\" data-status=\"{}\"", standing.status.word());
        assert!(body.contains(&chip), "{}", subject.requirement);
        if let Some(since) = standing.since {
            assert!(body.contains(&format!("since <time datetime=\"{since}\">{}", in_words(since))));
        }
        match standing.next_change_at {
            Some(day) => assert!(body.contains(&format!("on <time datetime=\"{day}\">"))),
            None => assert!(body.contains("does not change within five years")),
        }
        for finding in reporter.findings(subject) {
            assert!(body.contains(&format!("<span class=\"id\">{}</span>", finding.label)), "{finding:?}");
            let tail = escaped(finding.message.get(1..).unwrap_or_default());
            assert!(body.contains(&tail), "{finding:?} in {body}");
            for fact in &finding.facts {
                assert!(body.contains(&format!(">{}</a>", fact.id)), "{fact:?} in {body}");
            }
        }
        assert!(body.contains("<summary>As a table</summary>"));
    }
    assert!(kinds.len() >= 4, "{kinds:?}");
}

#[tokio::test]
async fn own_controls_and_their_references_have_pages() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let assessment = judged(&site);
    let own: Vec<&Subject> = assessment.subjects().iter().filter(|s| s.group == "C").collect();
    assert!(own.len() >= 2);
    for subject in own {
        for name in [&subject.requirement, &subject.judged.id] {
            let page = rex.get(&format!("/requirements/{name}")).await;
            assert!(page.body.contains("id=\"verdict\"") && page.body.contains("With you"), "{}", page.body);
            assert!(!page.body.contains("/soa/C"), "only controls of Annex A have a page of decision there");
        }
    }
    let list = rex.get("/requirements?part=annex-a").await;
    assert!(list.body.contains("Your own controls"));
}

#[tokio::test]
async fn the_band_is_exact_to_the_day() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let assessment = judged(&site);
    let (first, last) = (today().plus_months(-12), today().plus_months(12));
    for name in ["4.1", "4.1-A1", "A.8.17", "A.5.14"] {
        let judged = &assessment.subject(name).unwrap().judged;
        let body = rex.get(&format!("/requirements/{name}")).await.body;
        let mut day = first;
        let mut from = first;
        let mut runs = 0;
        while day <= last {
            let next = day.plus_days(1);
            if next > last || judged.status(next) != judged.status(day) {
                let (x, width) = (84 + first.days_until(from), from.days_until(day) + 1);
                let word = judged.status(day).word();
                let bar = format!("<rect data-status=\"{word}\" x=\"{x}\"");
                assert!(body.contains(&bar), "{name}: {bar} in {body}");
                assert!(body.contains(&format!("width=\"{width}\" height=\"12\"")), "{name}: {width}");
                runs += 1;
                from = next;
            }
            day = next;
        }
        assert_eq!(body.matches("<rect ").count(), runs, "{name}");
    }
}

#[tokio::test]
async fn other_days_show_other_verdicts_and_offer_no_changes() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let assessment = judged(&site);
    let day: Date = "2027-09-01".parse().unwrap();
    let turned = assessment.subjects().iter().find(|s| {
        s.judged.status(today()) != s.judged.status(day) && s.judged.status(today()) != Status::Unmet
    });
    let turned = turned.unwrap();
    let now = mia.get(&format!("/requirements/{}", turned.judged.id)).await.body;
    let then = mia.get(&format!("/at/{day}/requirements/{}", turned.judged.id)).await.body;
    for (body, on) in [(&now, today()), (&then, day)] {
        let chip = format!("status big\" data-status=\"{}\"", turned.judged.status(on).word());
        assert!(body.contains(&chip), "{on}");
    }
    let lower =
        format!("href=\"/nonconformity/new?criterion_ref={}&#38;source_kind=self\"", turned.judged.id);
    assert!(now.contains(&lower) && !then.contains("/nonconformity/new"), "{now}");
    let form = mia.get("/nonconformity/new?criterion_ref=4.1&source_kind=self").await.body;
    assert!(form.contains("value=\"4.1\"") && form.contains("value=\"self\" selected"), "{form}");
    // Before anything was recorded nothing is judged.
    let before = mia.get("/at/2026-02-01/requirements/4.1").await.body;
    assert!(!before.contains("status big") && before.contains("The ledger begins on"), "{before}");
}

#[tokio::test]
async fn what_was_recorded_then_begins_with_the_ledger() {
    let site = site().await;
    site.wait(100 * 24 * 60 * 60);
    site.make(Kind::ContextIssue, &[("description", json!("Late"))]).await;
    let mut mia = site.signed_in("mia").await;
    let plain = mia.get("/requirements/4.1").await.body;
    assert!(plain.contains("?recorded=1#recorded") && !plain.contains("/at/2026-05-31/"));
    let body = mia.get("/requirements/4.1?recorded=1").await.body;
    for end in ["2026-05-31", "2026-04-30", "2026-03-31"] {
        assert!(body.contains(&format!("href=\"/at/{end}/requirements/4.1\"")), "{end} in {body}");
    }
    assert!(!body.contains("/at/2026-02-28/") && !body.contains("/at/2026-06-30/"));
}

#[tokio::test]
async fn readers_learn_how_many_are_late_and_not_who() {
    let site = site().await;
    let (mut mia, mut rex) = (site.signed_in("mia").await, site.signed_in("rex").await);
    let assessment = judged(&site);
    for row in ["5.2f", "7.3a"] {
        let path = format!("/requirements/{row}");
        assert!(!rex.get(&path).await.body.contains("Jon Sefton"), "{row}");
        if assessment.subject(row).is_some() {
            assert!(rex.get(&path).await.body.contains("you may not see by name"), "{row}");
            assert!(mia.get(&path).await.body.contains("Jon Sefton"), "{row}");
        }
    }
    for path in ["/", "/forecast", "/forecast?months=12"] {
        assert!(!rex.get(path).await.body.contains("Jon Sefton"), "{path}");
    }
}

#[tokio::test]
async fn programs_get_what_the_command_line_prints() {
    let site = site().await;
    let (mut mia, mut rex) = (site.signed_in("mia").await, site.signed_in("rex").await);
    let assessment = judged(&site);
    let isms = site.org.snapshot();
    let day: Date = "2026-09-01".parse().unwrap();
    let whole = |day| readiness::readiness(&isms, &assessment, day, &Sight::Everyone);
    for (path, on) in [
        ("/api/v1/readiness", today()),
        ("/at/2026-09-01/api/v1/readiness", day),
        ("/api/v1/readiness?at=2026-09-01", day),
    ] {
        let answer = mia.get(path).await;
        assert_eq!(answer.json(), serde_json::to_value(whole(on)).unwrap(), "{path}");
    }
    let one = mia.get("/api/v1/explain/A.8.11").await.json();
    assert_eq!((&one["requirement"], &one["status"]), (&json!("A.8.11"), &json!("unmet")));
    assert_eq!(rex.get("/api/v1/explain/11.1").await.status, StatusCode::NOT_FOUND);
    assert!(!rex.get("/api/v1/readiness").await.body.contains("Jon Sefton"));
}
