//! Load documents: every problem that can be known is told in one go, once, with its place; nothing is taken in then.

use isms::{
    Command, Decision, Isms, Kind, Problem, Refusal, access::Actor, commands::Now, load::LoadDocument,
};
use serde_json::{Value, json};

fn load_into(isms: &Isms, text: &str) -> Result<Decision, Vec<String>> {
    let told = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
    let document = LoadDocument::parse(text.as_bytes()).map_err(told)?;
    let now = Now { at: "2026-03-01T08:00:00Z".parse().unwrap(), today: "2026-03-01".parse().unwrap() };
    isms::decide(isms, &Actor::operator(), now, Command::Load(document)).map_err(|refusal| match refusal {
        Refusal::Invalid(problems) => told(problems),
        other => panic!("{other}"),
    })
}

fn load(text: &str) -> Result<Decision, Vec<String>> {
    load_into(&Isms::default(), text)
}

/// The problems of a document, in no order.
fn problems(text: &str) -> Vec<String> {
    let mut problems = load(text).err().unwrap_or_default();
    problems.sort();
    problems
}

fn problems_of(load: &Value) -> Vec<String> {
    problems(&json!({ "load": load }).to_string())
}

#[test]
fn everything_wrong_with_a_document_is_told_together_and_once() {
    let told = problems(
        r#"{
        "as_of": "yesterday",
        "colour": 1,
        "parameters": {"audit_months": -1, "mr_months": 12, "mr_months": 13},
        "load": {
            "unicorn": [{"id": "u1"}],
            "org_profile": [{"id": "org", "name": "A", "timezone": "Mars/Base"}, {"id": "org2", "name": "B"}],
            "person": [
                {"id": "ada", "name": [7], "created_by": "nobody"},
                {"id": "ada", "name": "B"},
                {"name": "C", "archived": "yes"},
                5,
                {"id": "bo", "name": "Bo", "name": "Bob", "start_date": "soon", "created_by": "db"}
            ],
            "asset": [{"id": "db", "name": "Database", "owner_id": "bo"}, {"id": "A.5.9", "name": "Laptops"}],
            "risk": [
                {"id": "r1", "title": "R", "owner_id": "nobody", "asset_ids": ["db", "gone", 4, "bo"],
                 "colour": "red", "state": "asleep"},
                {"id": "r2", "title": "R2", "owner_id": "ada"}
            ],
            "treatment_plan": [{"id": "t", "risk_id": "u1", "option": "modify"}],
            "task": [{"id": "k1", "title": "K", "source_ref": "R-99"}, {"id": "k2", "title": "K", "source_ref": "r1"}],
            "attestation": [{"id": "at", "requirement_ref": "4.99"}, {"id": "at2", "requirement_ref": "r2"}],
            "audit": [{"id": "au", "kind": 5, "fieldwork_start": "2026-02-01", "fieldwork_end": "2026-01-01"}],
            "management_review": [{"id": "m1"}, {"id": "m2", "held_at": "later"}],
            "control": [
                {"id": "A.5.1", "ref": "A.5.2"}, {"id": "five", "ref": "A.5.1"},
                {"id": "c1", "ref": "X-1", "framework": "annex_a"}, {"id": "c2", "ref": "X-1"}
            ],
            "risk_method": [{"id": "rm", "level_matrix": [{"likelihood": 11, "impact": 1, "level": "low", "x": 1}]}]
        }}"#,
    );
    let expected = [
        "as_of: is not a date",
        "colour: is not known here",
        "load.asset[1].id (A.5.9): \"A.5.9\" is a control of Annex A",
        "load.attestation[0].requirement_ref (at): \"4.99\" is neither a row",
        "load.attestation[1].requirement_ref (at2): \"r2\" is neither a row",
        "load.audit[0].fieldwork_end (au): lies before",
        "load.audit[0].kind (au): must be one of",
        "load.control[0].ref (A.5.1): must be A.5.1",
        "load.control[1].ref (five): A.5.1 stands at load.control[0] already",
        "load.control[2].framework (c1): is custom",
        "load.control[3].ref (c2): \"X-1\" is the reference of load.control[2] already",
        "load.management_review[0].scheduled_for (m1): or held_at",
        "load.management_review[1].held_at (m2): ",
        "load.org_profile[0].timezone (org): \"Mars/Base\"",
        "load.org_profile[1] (org2): stands at load.org_profile[0] already",
        "load.person[0].created_by (ada): refers to \"nobody\"",
        "load.person[0].name (ada): must be text",
        "load.person[1].id (ada): \"ada\" stands at load.person[0] already",
        "load.person[2].archived: must be true or false",
        "load.person[2].id: is missing",
        "load.person[3]: must be an object",
        "load.person[4].created_by (bo): \"db\" is of kind asset; one of kind person",
        "load.person[4].name (bo): is given twice",
        "load.person[4].start_date (bo): ",
        "load.risk[0].asset_ids[1] (r1): refers to \"gone\"",
        "load.risk[0].asset_ids[2] (r1): ",
        "load.risk[0].asset_ids[3] (r1): \"bo\" is of kind person; one of kind asset",
        "load.risk[0].colour (r1): is not a field",
        "load.risk[0].owner_id (r1): refers to \"nobody\"",
        "load.risk[0].state (r1): \"asleep\" is not one of",
        "load.risk_method[0].level_matrix[0].likelihood (rm): must be a whole number",
        "load.risk_method[0].level_matrix[0].x (rm): is not known here",
        "load.task[0].source_ref (k1): refers to \"R-99\"",
        "load.unicorn: is not a kind of record",
        "parameters.audit_months: ",
        "parameters.mr_months: is given twice",
    ];
    let list = told.join("\n");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\nis not: {expected}\nof:\n{list}");
    }
    assert_eq!(told.len(), expected.len(), "{list}");
}

#[test]
fn what_is_no_json_stands_alone() {
    for (text, expected) in [
        ("{", "is not valid JSON"),
        ("[]", "must be an object"),
        ("{}", "load: is missing"),
        ("", "is not valid"),
    ] {
        let told = problems(text);
        assert!(told.len() == 1 && told[0].starts_with(expected), "{text}: {told:?}");
    }
}

#[test]
fn what_follows_from_another_problem_alone_is_not_told() {
    // A waiver's approver has to be of top management; whether Ada is cannot be read.
    let waiver = json!({"id": "w", "rule": "SOD-1", "record_ref": "r", "approved_by": "ada"});
    let told = problems_of(&json!({
        "person": [{"id": "ada", "name": "Ada", "is_top_management": "yes"}],
        "sod_waiver": [waiver]
    }));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("load.person[0].is_top_management (ada)"), "{told:?}");
    let told = problems_of(&json!({
        "person": [{"id": "ada", "name": "Ada", "is_top_management": false, "headcount": 1}],
        "sod_waiver": [waiver]
    }));
    assert_eq!(told.len(), 1, "{told:?}");
    // What stands in a list that could not be read is not "not in the document".
    let told = problems(
        r#"{"load": {"person": [{"id": "a", "name": "A"}], "person": [{"id": "b", "name": "B"}],
            "asset": [{"id": "x", "name": "X", "owner_id": "b"}]}}"#,
    );
    assert_eq!(told, ["load.person: is given twice; a key stands once in an object"]);
}

#[test]
fn parameters_and_settings_of_one_document_do_not_meet() {
    let setting = |name: &str| json!({"parameter_setting": [{"id": "s", "name": name, "value": "18"}]});
    let both = |name| json!({"parameters": {"audit_months": 24}, "load": setting(name)}).to_string();
    let isms = load(&both("mr_months")).unwrap().isms;
    let parameters = isms::parameters::Parameters::of(&isms);
    assert_eq!((parameters.audit_months, parameters.mr_months), (24, 18));
    let told = problems(&both("audit_months"));
    assert_eq!(told, ["parameters.audit_months: is set at load.parameter_setting[0] as well"]);
}

#[test]
fn what_is_there_already_can_be_referred_to_and_is_not_doubled() {
    let first = json!({"load": {
        "person": [{"id": "ada", "name": "Ada"}],
        "control": [{"id": "c", "ref": "X-1", "title": "Own"}, {"id": "A.5.9", "owner_id": "ada"}]
    }});
    let first = load(&first.to_string()).unwrap();
    let changes: Vec<_> = first.changes.iter().map(|c| c.id).collect();
    let distinct: std::collections::BTreeSet<_> = changes.iter().collect();
    assert_eq!(changes.len(), distinct.len(), "a record is changed once");
    let more = |record: Value| json!({"load": record}).to_string();
    let risk = json!({"risk": [
        {"id": 1, "title": "R", "owner_id": "P-1", "created_by": "P-1", "asset_ids": [null, ""]},
        {"id": 2, "title": "S", "linked_refs": [1]}
    ]});
    let loaded = load_into(&first.isms, &more(risk)).unwrap().isms;
    let of = |id: &str| loaded.record(id.parse().unwrap()).unwrap();
    assert_eq!(of("R-1").meta().created_by.as_deref(), Some("P-1"));
    assert_eq!(of("R-1").field("owner_id"), Some(json!("P-1")));
    assert_eq!(loaded.table(Kind::Risk).len(), 2);
    let told = load_into(&first.isms, &more(json!({"control": [{"id": "d", "ref": "X-1"}]}))).err().unwrap();
    assert_eq!(told, ["load.control[0].ref (d): \"X-1\" is the reference of C-1 already"]);
}
