//! The gates over time, and what findings say and to whom: small companies, and the sample.

use std::collections::BTreeMap;

use isms::{
    Command, Date, Isms, Ref,
    access::{Actor, Door, Role},
    commands::Now,
    load::LoadDocument,
    records::Person,
    rules::{
        Assessment, Condition, Cx, GateState, History, Item, Judged, Judgement, Reporter, Row, Sight,
        Subject, When, gates, mandatory,
    },
    sample,
};
use serde_json::{Value, json};

fn day(s: &str) -> Date {
    s.parse().unwrap()
}

fn loaded(load: Value) -> Isms {
    let document = LoadDocument::parse(json!({ "load": load }).to_string().as_bytes()).unwrap();
    let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today: day("2026-06-15") };
    isms::decide(&Isms::default(), &Actor::operator(), now, Command::Load(document)).unwrap().isms
}

/// All rows as met, but for some that are unmet on some days.
fn rows(unmet: &[(&'static str, When)]) -> Vec<Judged> {
    let unmet: BTreeMap<&str, &When> = unmet.iter().map(|(row, when)| (*row, when)).collect();
    let row = |id: &'static str| match unmet.get(id) {
        Some(when) => Row::new(id).when("U1", (*when).clone(), "nothing is there", vec![]),
        None => Row::new(id),
    };
    let all = frameworks::catalogue().requirements().iter();
    all.map(|r| Judged::new(row(&r.id), Judgement::default())).collect()
}

fn gate(isms: &Isms, judged: &[Judged], name: &str, on: &str) -> GateState {
    let gates = gates::gates(&Cx::new(isms), judged, &[]);
    let gate = gates.iter().find(|g| g.name == name).unwrap();
    let state = gate.on(day(on));
    assert_eq!(gate.open().on(day(on)), state.open);
    state
}

fn blocked(load: &Value, name: &str, on: &str) -> Vec<String> {
    gate(&loaded(load.clone()), &rows(&[]), name, on).blocked_by
}

/// `load` with records of a kind changed.
fn with(load: &Value, kind: &str, records: Value) -> Value {
    let mut load = load.clone();
    load[kind] = records;
    load
}

#[test]
fn stage_1_looks_at_its_rows_a_programme_and_a_date_for_the_review() {
    let ready = json!({
        "audit_programme": [{ "id": "p", "created_at": "2026-03-01" }],
        "management_review": [{ "id": "m", "created_at": "2026-04-01", "scheduled_for": "2026-12-01" }],
    });
    let isms = loaded(ready.clone());
    let state = gate(&isms, &rows(&[]), "stage1", "2026-04-01");
    assert_eq!((state.open, state.since, state.next_change_at), (true, Some(day("2026-04-01")), None));
    let before = gate(&isms, &rows(&[]), "stage1", "2026-03-31");
    assert_eq!((before.open, before.next_change_at), (false, Some(day("2026-04-01"))));
    assert_eq!(before.blocked_by, ["no date is set for a management review"]);
    assert_eq!(blocked(&json!({}), "stage1", "2026-06-15").len(), 2);
    let held = json!([{ "id": "m", "held_at": "2026-01-01", "state": "closed" }]);
    assert!(blocked(&with(&ready, "management_review", held), "stage1", "2026-06-15").is_empty());
    let until = When::until(day("2026-06-15"));
    for (row, counts) in [
        ("4.1", true),
        ("4.1-A1", true),
        ("4.2a", true),
        ("4.2b", true),
        ("4.2c", true),
        ("4.2-A1", false),
        ("4.3", true),
        ("4.3b", true),
        ("4.4", false),
        ("5.1a", false),
        ("5.2a", true),
        ("5.2e", true),
        ("5.2f", false),
        ("5.3", true),
        ("5.3b", true),
        ("6.1.1d", false),
        ("6.1.2", true),
        ("6.1.2a1", true),
        ("6.1.2e", true),
        ("6.1.3", true),
        ("6.1.3f", true),
        ("6.2a", true),
        ("6.2b", false),
        ("6.2g", true),
        ("7.5.1a", true),
        ("7.5.2c", true),
        ("7.5.2b", false),
        ("8.1-plan", false),
        ("9.2.1a", false),
    ] {
        let judged = rows(&[(row, until.clone())]);
        let state = gate(&isms, &judged, "stage1", "2026-06-15");
        assert_eq!(state.open, !counts, "{row}: {:?}", state.blocked_by);
        if counts {
            assert_eq!(state.blocked_by, [row]);
            assert_eq!(state.next_change_at, Some(day("2026-06-16")));
            assert!(gate(&isms, &judged, "stage1", "2026-06-16").open);
        }
    }
}

/// Items 10 to 16 of the mandatory set are asked for from their first planned date on; the others always.
#[test]
fn what_is_planned_for_later_does_not_block_stage_1_before() {
    let load = json!({
        "risk_assessment": [
            { "id": "ra", "started_at": "2026-07-10", "state": "open" },
            { "id": "rb", "started_at": "2026-09-10", "state": "open" },
        ],
        "risk": [{ "id": "r", "title": "Flaw" }],
        "treatment_plan": [{ "id": "tp", "risk_id": "r", "state": "proposed", "due_at": "2026-07-11" }],
        "metric": [{ "id": "m", "title": "Flaws", "frequency_months": 3, "created_at": "2026-04-12" }],
        "audit": [
            { "id": "a", "kind": "internal", "state": "planned", "planned_start": "2026-07-13" },
            { "id": "s", "kind": "supplier", "state": "planned", "planned_start": "2026-07-01" },
        ],
        "management_review": [{ "id": "mr", "scheduled_for": "2026-07-14" }],
    });
    let planned = |load: &Value| -> Vec<Option<Date>> {
        let isms = loaded(load.clone());
        mandatory::items(&Cx::new(&isms)).iter().map(|i| i.first_planned).collect()
    };
    let on = |s: &str| Some(day(s));
    let audit = on("2026-07-13");
    let later = [on("2026-07-10"), on("2026-07-11"), on("2026-07-12"), audit, on("2026-07-14"), audit, audit];
    assert_eq!(planned(&load)[9..], later);
    assert_eq!(planned(&load)[..9], [None; 9]);
    let found = json!([{ "id": "n", "grade": "minor", "statement": "x", "raised_at": "2026-07-02" }]);
    let found = with(&load, "nonconformity", found);
    let acted = json!([{ "id": "ca", "nc_id": "n", "due_at": "2026-08-01" }]);
    let acted = with(&found, "corrective_action", acted);
    assert_eq!(planned(&found)[14..], [on("2026-07-02"), audit]);
    assert_eq!(planned(&acted)[14..], [on("2026-07-02"), on("2026-08-01")]);
    let isms = loaded(load.clone());
    let items = mandatory::items(&Cx::new(&isms));
    for item in items.iter() {
        let due = item.first_planned.map_or(Date::MIN, |first| first);
        assert_eq!(item.due_later(), item.number >= 10);
        assert_eq!(item.not_due(), When::before(due), "{}", item.name());
    }
    assert_eq!(
        mandatory::items(&Cx::new(&Isms::default()))[9].not_due(),
        When::always(),
        "nothing is planned"
    );
    let names: Vec<String> = items.iter().map(mandatory::Item16::name).collect();
    assert_eq!((names[0].as_str(), names[6].as_str()), ("Scope (4.3)", "Evidence of competence (7.2d)"));
    // With the first nine there, the row blocks from the first date on; were it unmet for another reason, always.
    let mut nine = json!({
        "person": [{ "id": "im", "name": "Ines" }],
        "document": [{ "id": "ds", "title": "Scope", "kind": "scope" }, { "id": "dp", "title": "Policy", "kind": "policy" }],
        "document_version": [
            { "id": "vs", "document_id": "ds", "number": "1", "state": "published" },
            { "id": "vp", "document_id": "dp", "number": "1", "state": "published" },
        ],
        "risk_method": [{ "id": "rm", "version": "1", "state": "approved", "treatment_process": "Choose, plan, approve" }],
        "soa_version": [{ "id": "soa", "number": "1", "state": "published" }],
        "objective": [{ "id": "ob", "title": "Keys", "state": "active", "approved_by": "im" }],
        "role": [{ "id": "ro", "title": "ISMS manager" }],
        "competence_requirement": [{ "id": "q", "role_id": "ro", "competence": "Leads" }],
        "evidence": [{ "id": "e", "title": "Certificate" }],
        "competence_record": [{ "id": "cr", "person_id": "im", "competence_requirement_id": "q", "result": "competent", "evidence_id": "e" }],
        "isms_process": [{ "id": "pr", "kind": "documents", "operation_record_ids": ["cr"] }],
    });
    let blocks = |load: &Value, on: &str| {
        let isms = loaded(load.clone());
        let judged = rows(&[("7.5.1a", When::always())]);
        gate(&isms, &judged, "stage1", on).blocked_by.contains(&"7.5.1a".to_owned())
    };
    assert!(blocks(&load, "2026-06-15"), "the first nine are missing");
    nine.as_object_mut().unwrap().extend(load.as_object().unwrap().clone());
    assert!(!blocks(&nine, "2026-07-09") && blocks(&nine, "2026-07-10"));
    // What an audit found about the row blocks whatever is planned.
    let major = json!([{ "id": "nc", "grade": "major", "criterion_ref": "7.5.1a", "statement": "lost", "raised_at": "2026-07-01" }]);
    let found = with(&Value::Object(nine.as_object().unwrap().clone()), "nonconformity", major);
    assert!(!blocks(&found, "2026-06-30") && blocks(&found, "2026-07-01"));
}

/// A company that Stage 2 may come to.
fn operating() -> Value {
    let rows = frameworks::catalogue().scored();
    let checks: Vec<Value> = rows
        .map(|r| json!({ "id": format!("k-{}", r.id), "audit_id": "a", "requirement_ref": r.id, "result": "conform", "checked_at": "2026-04-01" }))
        .collect();
    let codes = ["a", "b", "c", "d1", "d2", "d3", "d4", "e", "f", "g"];
    let inputs: Vec<Value> = codes
        .iter()
        .map(|c| json!({ "id": format!("i-{c}"), "review_id": "m", "code": c, "summary": "read" }))
        .collect();
    json!({
        "audit": [{ "id": "a", "kind": "internal", "state": "closed", "fieldwork_end": "2026-04-02", "report_issued_at": "2026-04-10" }],
        "audit_check": checks,
        "management_review": [{ "id": "m", "state": "closed", "scheduled_for": "2026-04-01", "held_at": "2026-04-11" }],
        "review_input": inputs,
        "evidence": [{ "id": "e", "title": "Log", "state": "accepted", "period_from": "2026-02-01", "collected_at": "2026-03-01" }],
    })
}

#[test]
fn stage_2_wants_an_audit_of_everything_and_a_review_after_it() {
    let ready = operating();
    let on = "2026-06-15";
    assert_eq!(blocked(&ready, "stage2", on), [] as [&str; 0]);
    let audit = "no closed internal audit has checked every requirement of clauses 4 to 10";
    let review = "no management review with all ten inputs was held after that audit";
    let change = |kind: &str, of: &str, field: &str, value: Value| {
        let mut load = ready.clone();
        let list = load[kind].as_array_mut().unwrap();
        list.iter_mut().find(|r| r["id"] == of).unwrap()[field] = value;
        load
    };
    for (load, expected) in [
        (change("audit", "a", "state", json!("reporting")), vec![audit, review]),
        (change("audit", "a", "kind", json!("supplier")), vec![audit, review]),
        (change("audit_check", "k-9.3.1", "result", json!("not_tested")), vec![audit, review]),
        (change("audit_check", "k-9.3.1", "result", json!("minor")), vec![]),
        (change("audit_check", "k-9.3.1", "checked_at", json!("2026-06-16")), vec![audit, review]),
        (change("audit_check", "k-10.2a", "requirement_ref", json!("10.2")), vec![]),
        (change("management_review", "m", "held_at", json!("2026-04-10")), vec![review]),
        (change("management_review", "m", "held_at", Value::Null), vec![review]),
        (change("review_input", "i-d3", "code", json!("d2")), vec![review]),
    ] {
        assert_eq!(blocked(&load, "stage2", on), expected);
    }
    // Ninety days of operation, counted from the first period.
    let first = change("evidence", "e", "period_from", json!("2026-03-17"));
    assert_eq!(blocked(&first, "stage2", "2026-06-15"), [] as [&str; 0]);
    assert_eq!(blocked(&first, "stage2", "2026-06-14").len(), 1);
    // A process that ran counts as well: by the records of it that are kept.
    let mut ran = with(&ready, "evidence", json!([]));
    ran["audit_check"].as_array_mut().unwrap().push(json!({ "id": "kept", "checked_at": "2026-03-17" }));
    let ran = with(
        &ran,
        "isms_process",
        json!([{ "id": "p", "kind": "documents", "operation_record_ids": ["kept"] }]),
    );
    let isms = loaded(ran);
    assert_eq!(gate(&isms, &rows(&[]), "stage2", "2026-06-15").blocked_by, [] as [&str; 0]);
    assert_eq!(gate(&isms, &rows(&[]), "stage2", "2026-06-14").blocked_by.len(), 1);
    let kept = isms.all::<isms::records::AuditCheck>().iter().last().unwrap().meta.id;
    let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today: day("2026-06-15") };
    let archive = Command::Archive { id: kept, rev: None, archived: true };
    let isms = isms::decide(&isms, &Actor::operator(), now, archive).unwrap().isms;
    assert_eq!(gate(&isms, &rows(&[]), "stage2", "2026-06-15").blocked_by.len(), 1, "put aside");
    // Before the report is out nobody was audited.
    assert_eq!(blocked(&ready, "stage2", "2026-04-09"), [audit, review, &last(&ready, "2026-04-09")]);
    let major = with(
        &ready,
        "nonconformity",
        json!([
            { "id": "x", "grade": "major", "criterion_ref": "4.1", "statement": "x", "raised_at": "2026-06-15", "state": "action" },
            { "id": "y", "grade": "minor", "criterion_ref": "4.1", "statement": "y", "raised_at": "2026-06-01", "state": "action" },
        ]),
    );
    assert_eq!(blocked(&major, "stage2", "2026-06-15"), ["major nonconformities are open: NC-1"]);
    assert_eq!(blocked(&major, "stage2", "2026-06-14"), [] as [&str; 0]);
    // Controls block by themselves.
    let isms = loaded(ready);
    let controls = isms::rules::controls::judge(&Cx::new(&isms));
    let all = gates::gates(
        &Cx::new(&isms),
        &rows(&[("9.2.1a", When::always()), ("4.2-A1", When::always())]),
        &controls,
    );
    let state = all[1].on(day(on));
    assert!(
        state.blocked_by.contains(&"9.2.1a".to_owned()) && state.blocked_by.contains(&"A.5.9".to_owned())
    );
    assert!(!state.blocked_by.contains(&"4.2-A1".to_owned()));
    // One of the organisation's own does from the day on which there is such a control.
    let own = json!([{ "id": "own", "title": "Own", "framework": "custom", "created_at": "2026-06-15" }]);
    let isms = loaded(with(&operating(), "control", own));
    let cx = Cx::new(&isms);
    let stage = gates::gates(&cx, &rows(&[]), &isms::rules::controls::judge(&cx)).remove(1);
    let blocks = |on: &str| stage.on(day(on)).blocked_by.contains(&"C-1".to_owned());
    assert!(blocks("2026-06-15") && !blocks("2026-06-14"));
}

fn last(load: &Value, on: &str) -> String {
    blocked(load, "stage2", on).pop().unwrap()
}

#[test]
fn surveillance_looks_at_clauses_8_to_10_and_at_what_the_body_asked() {
    let ready = json!({
        "audit": [{ "id": "a", "kind": "internal", "state": "closed", "fieldwork_end": "2025-06-15" }],
        "management_review": [{ "id": "m", "state": "closed", "held_at": "2025-07-01" }],
        "soa_version": [{ "id": "s", "number": "1.2", "state": "published", "published_at": "2026-01-10" }],
        "certification": [{ "id": "c", "state": "surveillance_1_due", "soa_version_id": "s" }],
    });
    let of = |load: &Value, on: &str| blocked(load, "surveillance", on);
    assert_eq!(of(&ready, "2026-06-15"), [] as [&str; 0]);
    assert_eq!(of(&ready, "2026-06-16"), ["no internal audit was carried out in the last twelve months"]);
    assert_eq!(of(&ready, "2026-07-02").len(), 2);
    // Only a closed internal audit is one that was carried out.
    for audit in [
        json!({ "id": "b", "kind": "internal", "state": "fieldwork", "fieldwork_end": "2026-06-10" }),
        json!({ "id": "b", "kind": "supplier", "state": "closed", "fieldwork_end": "2026-06-10" }),
    ] {
        let more = with(&ready, "audit", json!([ready["audit"][0].clone(), audit]));
        assert_eq!(of(&more, "2026-06-16"), ["no internal audit was carried out in the last twelve months"]);
    }
    let isms = loaded(ready.clone());
    for (row, counts) in [
        ("8.1-plan", true),
        ("9.3.3", true),
        ("10.1", true),
        ("6.1.3d", true),
        ("6.1.3c", false),
        ("7.1", false),
    ] {
        let state = gate(&isms, &rows(&[(row, When::always())]), "surveillance", "2026-06-15");
        assert_eq!(state.blocked_by, if counts { vec![row] } else { vec![] });
    }
    // The overdue audit is named once.
    let judged = rows(&[("9.2.1a", When::always())]);
    assert_eq!(gate(&isms, &judged, "surveillance", "2026-06-16").blocked_by, ["9.2.1a"]);
    let finding = |state: &str, more: Value| {
        let mut finding = json!({ "id": "n", "source_kind": "certification_audit", "grade": "minor", "criterion_ref": "8.2", "statement": "x", "raised_at": "2026-06-01", "state": state });
        finding.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        with(&ready, "nonconformity", json!([finding]))
    };
    let unanswered = ["findings of the certification body have no corrective action: NC-1"];
    assert_eq!(of(&finding("raised", json!({})), "2026-06-15"), unanswered);
    assert_eq!(of(&finding("closed", json!({})), "2026-06-15"), [] as [&str; 0]);
    assert_eq!(of(&finding("raised", json!({ "grade": "ofi" })), "2026-06-15"), [] as [&str; 0]);
    assert_eq!(of(&finding("raised", json!({ "action_needed": false })), "2026-06-15"), unanswered);
    assert_eq!(
        of(&finding("raised", json!({ "action_needed": false, "action_rationale": "gone" })), "2026-06-15"),
        [] as [&str; 0]
    );
    let action = |state: &str| {
        with(
            &finding("action", json!({})),
            "corrective_action",
            json!([{ "id": "ca", "nc_id": "n", "state": state }]),
        )
    };
    assert_eq!(of(&action("proposed"), "2026-06-15"), [] as [&str; 0]);
    assert_eq!(of(&action("cancelled"), "2026-06-15"), unanswered);
    // The certificate names an older version: the body has to be told, from that day on it is settled.
    let older = json!([
        { "id": "s", "number": "1.2", "state": "published", "published_at": "2026-01-10" },
        { "id": "old", "number": "1.1", "state": "superseded", "published_at": "2025-01-10" },
    ]);
    let named = |told: Value| {
        with(
            &with(&ready, "soa_version", older.clone()),
            "certification",
            json!([{ "id": "c", "state": "surveillance_1_due", "soa_version_id": "old", "informed_at": told }]),
        )
    };
    let body = |load: &Value, on: &str| of(load, on).iter().any(|b| b.contains("SOA-1"));
    assert!(body(&named(Value::Null), "2026-06-15"));
    assert!(body(&named(json!("2026-01-09")), "2026-06-15"));
    assert!(!body(&named(json!("2026-01-10")), "2026-06-15"));
    assert!(
        body(&named(json!("2026-06-15")), "2026-06-14") && !body(&named(json!("2026-06-15")), "2026-06-15")
    );
    assert_eq!(of(&with(&ready, "certification", json!([])), "2026-06-15"), ["no certification is recorded"]);
}

fn company(today: Date) -> Isms {
    let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today };
    let command = Command::Load(sample::tarnwick_rota(today).unwrap());
    isms::decide(&Isms::default(), &Actor::operator(), now, command).unwrap().isms
}

#[test]
fn findings_name_records_owners_and_what_to_do() {
    let today = day("2026-11-23");
    let isms = company(today);
    let assessment = Assessment::of(&isms, &History::default());
    let reporter = Reporter::new(&isms, &assessment, today, &Sight::Everyone);
    let of = |name: &str| reporter.findings(assessment.subject(name).unwrap());
    let finding = of("A.5.14").into_iter().find(|f| f.label == "S2").unwrap();
    assert_eq!(
        (finding.code.as_str(), finding.status.word(), finding.facts.len()),
        ("A.5.14.S2", "stale", 1)
    );
    assert_eq!((finding.facts[0].kind, finding.facts[0].field), ("evidence", "valid_until"));
    let until = day(finding.facts[0].value.as_str().unwrap());
    assert_eq!(finding.since, Some(until.plus_days(1)));
    assert!(finding.facts[0].owner.is_some() && finding.facts[0].local_id.is_some());
    let action = finding.action.as_ref().unwrap();
    assert_eq!((action.verb.as_str(), &action.target), ("collect anew", &finding.facts[0].id));
    let said = reporter.sentence(&finding);
    for part in [
        "stale · A.5.14 · S2: ",
        " — expected: stale when ",
        " — found: EV-",
        " — since ",
        " — next: collect anew EV-",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    // What nobody has begun is not known by a record of its own in a company that has none.
    let none = Isms::default();
    let nothing = Assessment::of(&none, &History::default());
    let reporter = Reporter::new(&none, &nothing, today, &Sight::Everyone);
    let undecided = reporter.findings(nothing.subject("A.5.9").unwrap());
    assert_eq!(undecided[0].facts[0].title, "Inventory of information and other associated assets");
    // Every reason of every row says what was expected and never shows a technical name.
    for finding in Reporter::new(&isms, &assessment, today, &Sight::Everyone).all() {
        assert!(!finding.expected.is_empty() && !finding.message.is_empty(), "{finding:?}");
        assert!(!finding.message.contains(['{', '}', '`']), "{finding:?}");
        assert!(finding.action.is_some(), "{finding:?}");
    }
}

/// Who is asked to act: the owner while there, else who runs the ISMS; for a judgement who audits it.
#[test]
fn what_to_do_next_falls_to_who_is_still_there() {
    let isms = loaded(json!({
        "person": [
            { "id": "own", "name": "Olga", "in_scope": true, "end_date": "2026-06-15" },
            { "id": "man", "name": "Mona", "in_scope": true },
            { "id": "aud", "name": "Aude", "in_scope": true },
        ],
        "role": [
            { "id": "m", "kind": "isms_conformity", "title": "ISMS" },
            { "id": "a", "kind": "internal_auditor", "title": "Audit" },
        ],
        "role_assignment": [
            { "id": "ma", "role_id": "m", "person_id": "man", "assigned_at": "2026-06-01", "end_at": "2026-06-20" },
            { "id": "aa", "role_id": "a", "person_id": "aud", "assigned_at": "2026-01-01" },
        ],
        "interested_party": [{ "id": "c", "name": "Clinics", "relevance": "relevant", "owner_id": "own", "last_reviewed_at": "2025-01-01" }],
    }));
    let assessment = Assessment::of(&isms, &History::default());
    let asked = |row: &str, label: &str, on: &str| {
        let reporter = Reporter::new(&isms, &assessment, day(on), &Sight::Everyone);
        let findings = reporter.findings(assessment.subject(row).unwrap());
        let finding = findings.into_iter().find(|f| f.label == label).unwrap();
        let action = finding.action.unwrap();
        (action.verb, action.target, action.owner)
    };
    let to = |verb: &str, target: &str, owner: Option<&str>| {
        (verb.to_owned(), target.to_owned(), owner.map(str::to_owned))
    };
    assert_eq!(asked("4.2a", "S1", "2026-06-15"), to("review", "IP-1", Some("Olga")));
    assert_eq!(asked("4.2a", "S1", "2026-06-16"), to("review", "IP-1", Some("Mona")));
    assert_eq!(asked("4.2a", "S1", "2026-06-21"), to("review", "IP-1", None));
    assert_eq!(asked("4.1", "U1", "2026-06-15"), to("record", "context_issue", Some("Mona")));
    assert_eq!(asked("4.1", "U1", "2026-05-31").2, None);
    assert_eq!(asked("4.2b", "U1", "2026-06-15").2, Some("Mona".to_owned()));
    let row = Row::new("4.2a");
    let unattested = Condition::new("ATT", When::always(), "nobody has judged it", vec![]);
    let judgement =
        Judgement { attested: Some(When::never()), unattested: Some(unattested), ..Judgement::default() };
    let mut subject = assessment.subject("4.2a").unwrap().clone();
    subject.judged = Judged::new(row, judgement).into();
    let reporter = Reporter::new(&isms, &assessment, day("2026-06-15"), &Sight::Everyone);
    let finding = reporter.findings(&subject).remove(0);
    let action = finding.action.as_ref().unwrap();
    assert_eq!((action.verb.as_str(), action.owner.as_deref()), ("judge", Some("Aude")));
    assert!(finding.expected.starts_with("somebody's judgement that it is met: "), "{}", finding.expected);
    assert_eq!(assessment.gates().len(), 3);
    for gate in assessment.gates() {
        assert_eq!(gate.open().on(day("2026-06-15")), gate.on(day("2026-06-15")).open);
    }
}

/// Messages word for word.
#[test]
fn a_finding_is_one_sentence() {
    let isms = loaded(json!({
        "person": [{ "id": "own", "name": "Olga", "in_scope": true }, { "id": "man", "name": "Mona", "in_scope": true }],
        "role": [{ "id": "m", "kind": "isms_conformity", "title": "ISMS" }],
        "role_assignment": [{ "id": "ma", "role_id": "m", "person_id": "man", "assigned_at": "2026-06-01" }],
        "interested_party": [{ "id": "c", "name": "Clinics", "relevance": "relevant", "owner_id": "own", "created_at": "2024-01-02", "updated_at": "2024-01-03", "last_reviewed_at": "2025-01-01" }],
        "audit_programme": [{ "id": "ap", "created_at": "2026-03-01" }],
    }));
    let assessment = Assessment::of(&isms, &History::default());
    let on = day("2026-06-15");
    let said = |subject: &Subject, label: &str, sight: &Sight| {
        let reporter = Reporter::new(&isms, &assessment, on, sight);
        let finding = reporter.findings(subject).into_iter().find(|f| f.label == label).unwrap();
        reporter.sentence(&finding)
    };
    let of = |row: &str, label: &str| said(assessment.subject(row).unwrap(), label, &Sight::Everyone);
    assert_eq!(
        of("4.2a", "S1"),
        "stale · 4.2a · S1: the review of 1 relevant party is overdue — expected: stale when past the interval: any relevant party (last reviewed, 12 months) — found: IP-1 \"Clinics\", last reviewed 2025-01-01, Olga — since 2026-01-02 — next: review IP-1, Olga"
    );
    assert_eq!(
        of("4.1", "U1"),
        "unmet · 4.1 · U1: there is no relevant internal issue, or no relevant external one — expected: unmet when no live issue of kind internal with relevance relevant, or none of kind external — next: record an issue, Mona"
    );
    assert_eq!(
        of("A.5.10", "P4"),
        "partly · A.5.10 · P4: nobody owns it — expected: partly when no owner, or the owner has left — found: A.5.10 \"Acceptable use of information and other associated assets\", no owner — next: name an owner for A.5.10, Mona"
    );
    let made = |row: &'static str, ids: &[(&str, &'static str)]| {
        let items = ids.iter().map(|(id, field)| Item::new(id.parse().unwrap(), field, When::always()));
        let row = Row::new(row).any("P9", "{n} of them [is|are] late", items.collect());
        let mut subject = assessment.subject("4.2a").unwrap().clone();
        row.id.clone_into(&mut subject.requirement);
        subject.judged = Judged::new(row, Judgement::default()).into();
        subject
    };
    let three = [("P-1", ""), ("IP-1", "created_at"), ("IP-1", "updated_at")];
    assert_eq!(
        said(&made("5.3", &three), "P9", &Sight::Everyone),
        "partly · 5.3 · P9: 3 of them are late — found: P-1 \"Olga\"; IP-1 \"Clinics\", created 2024-01-02, Olga; IP-1 \"Clinics\", updated 2024-01-03, Olga — next: take up P-1, Olga"
    );
    let five =
        [("P-1", ""), ("P-2", "name"), ("IP-1", "owner_id"), ("ROLE-1", ""), ("IP-1", "relevance_reason")];
    assert_eq!(
        said(&made("5.3", &five), "P9", &Sight::Everyone),
        "partly · 5.3 · P9: 5 of them are late — found: P-1 \"Olga\"; P-2 \"Mona\", name Mona; IP-1 \"Clinics\", owner P-1 Olga, Olga; 2 more — next: take up P-1, Olga"
    );
    // Only rows about what single people have done keep names back.
    let nobody = Sight::Some(std::collections::HashSet::new());
    assert!(said(&made("5.3", &three), "P9", &nobody).contains("\"Olga\""));
    assert!(!said(&made("7.2b", &three), "P9", &nobody).contains("\"Olga\""));
    assert!(
        said(&made("7.3a", &[("ROLE-1", "")]), "P9", &nobody).contains("\"ISMS\""),
        "a role is nobody's name"
    );
    assert!(!said(&made("7.3a", &three), "P9", &nobody).contains("\"Olga\""));
}

fn account(person: Option<u32>, roles: &[Role]) -> Actor {
    Actor {
        account: "x".to_owned(),
        person: person.map(Ref::<Person>::new),
        roles: roles.to_vec(),
        door: Door::Page,
    }
}

#[test]
fn names_of_people_are_for_those_who_may_see_them() {
    let isms = loaded(json!({
        "person": [
            { "id": "boss", "name": "Boss", "in_scope": true },
            { "id": "late", "name": "Late", "in_scope": true, "manager_id": "boss" },
            { "id": "later", "name": "Later", "in_scope": true },
            { "id": "audits", "name": "Audits", "in_scope": true },
            { "id": "hr", "name": "Hr", "in_scope": true, "end_date": "2026-06-20" },
        ],
        "role": [
            { "id": "r", "kind": "hr", "title": "People" },
            { "id": "a", "kind": "internal_auditor", "title": "Internal audit" },
        ],
        "training_course": [{ "id": "c", "title": "Awareness" }],
        "training_record": [
            { "id": "t1", "person_id": "late", "course_id": "c" },
            { "id": "t2", "person_id": "later", "course_id": "c" },
            { "id": "t3", "course_id": "c" },
        ],
        "role_assignment": [{ "id": "rb", "role_id": "a", "person_id": "audits", "assigned_at": "2026-01-01" }, { "id": "ra", "role_id": "r", "person_id": "hr", "assigned_at": "2026-01-01", "end_at": "2026-06-15" }],
    }));
    let on = day("2026-06-15");
    let sees = |actor: &Actor, on: Date| Sight::of(&isms, actor, on);
    assert_eq!(sees(&account(Some(5), &[Role::Reader]), on), Sight::Everyone, "human resources");
    assert_ne!(sees(&account(Some(5), &[Role::Reader]), on.plus_days(1)), Sight::Everyone, "no longer");
    assert_eq!(sees(&account(None, &[Role::IsmsManager]), on), Sight::Everyone);
    assert_eq!(sees(&account(Some(1), &[Role::IsmsManager]), on), Sight::Everyone);
    assert_eq!(sees(&account(Some(4), &[Role::Reader]), on), Sight::Everyone, "internal auditor");
    assert_ne!(sees(&account(None, &[Role::Administrator]), on), Sight::Everyone);
    // The same of records: those of the boss's team, of oneself, of nobody; and who somebody is, is no secret.
    let seen = |person: u32, id: &str| {
        sees(&account(Some(person), &[Role::Reader]), on).sees(&isms, id.parse().unwrap())
    };
    for (person, expected) in [(1, [true, false, false]), (3, [false, true, false]), (5, [true; 3])] {
        assert_eq!(["TR-1", "TR-2", "TR-3"].map(|id| seen(person, id)), expected, "{person}");
    }
    assert!(seen(3, "P-2") && !seen(3, "TR-99"));
    // Rows about people, whatever the rule says: two who are late, one of them in the boss's team.
    let items = |ids: &[&str]| {
        ids.iter().map(|id| Item::new(id.parse().unwrap(), "", When::always())).collect::<Vec<_>>()
    };
    let row =
        Row::new("5.2f").any("P1", "{n} people have not acknowledged the policy", items(&["P-2", "P-3"]));
    let condition: &Condition = &row.conditions[0].clone();
    assert_eq!(condition.items.iter().count(), 2);
    let judged = Judged::new(row, Judgement::default());
    let assessment = Assessment::of(&isms, &History::default());
    let mut subject =
        assessment.subject("5.2f").map_or_else(|| assessment.subject("4.1").unwrap().clone(), Clone::clone);
    subject.judged = judged.into();
    subject.requirement = "5.2f".to_owned();
    let shown = |actor: &Actor| {
        let sight = sees(actor, on);
        let reporter = Reporter::new(&isms, &assessment, on, &sight);
        let finding = reporter.findings(&subject).remove(0);
        let json = serde_json::to_string(&finding).unwrap() + &reporter.sentence(&finding);
        (finding.facts.len(), finding.withheld, finding.counts.n, json)
    };
    let (facts, withheld, n, said) = shown(&account(None, &[Role::Reader]));
    assert_eq!((facts, withheld, n), (0, 2, 2));
    assert!(
        !said.contains("Late") && !said.contains("P-2") && said.contains("2 people you may not see by name"),
        "{said}"
    );
    let (facts, withheld, _, said) = shown(&account(Some(1), &[Role::Contributor]));
    assert_eq!((facts, withheld), (1, 1));
    assert!(
        said.contains("\"Late\"") && !said.contains("Later") && said.contains("1 person you may"),
        "{said}"
    );
    let (facts, withheld, _, said) = shown(&account(Some(3), &[Role::Reader]));
    assert_eq!((facts, withheld), (1, 1));
    assert!(said.contains("Later") && !said.contains("P-2"), "{said}");
    assert_eq!(shown(&account(None, &[Role::IsmsManager])).0, 2);
}
