//! A small organisation to try steps in, and tables of tries: what is given, who does what, what comes of it.

use isms::{
    AnyRecord, Command, Date, Decision, Id, Isms, Kind, Ref, Refusal,
    access::{Actor, Door, Role},
    commands::{Now, Target},
    load::LoadDocument,
};
use serde_json::{Map, Value, json};

/// The day of every test.
pub(crate) const TODAY: &str = "2026-03-01";

/// Who acts. P-1 Ada leads the company, P-2 Ben manages the ISMS, P-3 Cleo owns risks and controls, P-4 Dan carries
/// things out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Ada,
    Ben,
    Cleo,
    Dan,
    /// An account without person.
    Nobody,
    Clock,
}

impl Who {
    pub(crate) fn actor(self) -> Actor {
        let (person, roles) = match self {
            Who::Ada => (Some(1), vec![Role::IsmsManager]),
            Who::Ben => (Some(2), vec![Role::IsmsManager]),
            Who::Cleo => (Some(3), vec![Role::Contributor]),
            Who::Dan => (Some(4), vec![Role::Contributor]),
            Who::Nobody => (None, vec![Role::IsmsManager]),
            Who::Clock => return Actor::clock(),
        };
        Actor { account: format!("{self:?}"), person: person.map(Ref::new), roles, door: Door::Page }
    }
}

pub(crate) fn day(s: &str) -> Date {
    s.parse().unwrap()
}

pub(crate) fn id(s: &str) -> Id {
    s.parse().unwrap()
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        other => panic!("not an object: {other}"),
    }
}

/// Records in the making: kinds to lists. The n-th record of a kind gets the id with number n.
#[derive(Clone)]
pub(crate) struct Given(pub(crate) Map<String, Value>);

impl Given {
    /// The people and the organisation, and nothing else.
    pub(crate) fn people() -> Self {
        let person = |id: &str, name: &str, top: bool| json!({"id": id, "name": name, "in_scope": true, "is_top_management": top});
        Given(object(json!({
            "org_profile": [{"id": "org", "name": "Tarnwick", "headcount": 60}],
            "person": [
                person("P-1", "Ada", true), person("P-2", "Ben", false), person("P-3", "Cleo", false), person("P-4", "Dan", false)
            ],
        })))
    }

    /// Adds a record.
    pub(crate) fn add(&mut self, kind: &str, record: Value) -> &mut Self {
        let list = self.0.entry(kind).or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(record);
        self
    }

    /// Changes fields of the record with the document's own id `local`; null takes a field away.
    pub(crate) fn set(&mut self, local: &str, fields: Value) -> &mut Self {
        let mut lists = self.0.values_mut().flat_map(|l| l.as_array_mut().unwrap().iter_mut());
        let record = lists.find(|r| r["id"] == local).unwrap_or_else(|| panic!("no record {local}"));
        let record = record.as_object_mut().unwrap();
        for (name, value) in object(fields) {
            if value.is_null() {
                record.remove(&name)
            } else {
                record.insert(name, value)
            };
        }
        self
    }

    /// Takes a record away.
    pub(crate) fn drop(&mut self, local: &str) -> &mut Self {
        for list in self.0.values_mut() {
            list.as_array_mut().unwrap().retain(|r| r["id"] != local);
        }
        self
    }

    /// The snapshot with these records loaded.
    pub(crate) fn world(&self) -> World {
        let document = json!({ "load": self.0 });
        let document = LoadDocument::parse(document.to_string().as_bytes()).unwrap();
        let mut world = World { isms: Isms::default(), today: day(TODAY) };
        if let Err(refusal) = world.run(&Actor::operator(), Command::Load(document)) {
            panic!("the records given cannot be loaded: {refusal}");
        }
        world
    }
}

/// A snapshot and a day.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) isms: Isms,
    pub(crate) today: Date,
}

impl World {
    pub(crate) fn run(&mut self, actor: &Actor, command: Command) -> Result<Decision, Refusal> {
        let now = Now { at: self.today.plus_days(-1).end("UTC"), today: self.today };
        let decision = isms::decide(&self.isms, actor, now, command)?;
        self.isms = decision.isms.clone();
        Ok(decision)
    }

    pub(crate) fn create(&mut self, who: Who, kind: Kind, fields: Value) -> Result<Id, Refusal> {
        let decision = self.run(&who.actor(), Command::Create { kind, fields: object(fields) })?;
        Ok(decision.created[0])
    }

    pub(crate) fn update(&mut self, who: Who, record: &str, fields: Value) -> Result<Decision, Refusal> {
        let command = Command::Update { target: Target::Id(id(record)), rev: None, fields: object(fields) };
        self.run(&who.actor(), command)
    }

    pub(crate) fn step(
        &mut self,
        who: Who,
        record: &str,
        step: &str,
        fields: Value,
        comment: &str,
    ) -> Result<Decision, Refusal> {
        let command = Command::Step {
            target: Target::Id(id(record)),
            rev: None,
            step: step.to_owned(),
            fields: object(fields),
            comment: comment.to_owned(),
        };
        self.run(&who.actor(), command)
    }

    pub(crate) fn record(&self, record: &str) -> &dyn AnyRecord {
        self.isms.record(id(record)).unwrap_or_else(|| panic!("no {record}"))
    }

    pub(crate) fn state(&self, record: &str) -> &'static str {
        self.record(record).state().unwrap()
    }

    pub(crate) fn field(&self, record: &str, name: &str) -> Value {
        self.record(record).fields().get(name).cloned().unwrap_or(Value::Null)
    }
}

/// What a refusal rests on: the rules of a step, the fields of a problem, or its category.
pub(crate) fn grounds(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Step { reasons, .. } => reasons.iter().map(|r| r.rule.clone()).collect(),
        Refusal::Invalid(problems) => problems.iter().map(|p| p.place.clone()).collect(),
        Refusal::Forbidden { .. } => vec!["forbidden".to_owned()],
        Refusal::Frozen { .. } => vec!["frozen".to_owned()],
        other => vec![other.to_string()],
    }
}

/// One try of a step.
pub(crate) struct Try {
    /// What is special about it.
    pub(crate) what: &'static str,
    /// What is different from the records of the table.
    pub(crate) given: fn(&mut Given),
    pub(crate) who: Who,
    pub(crate) record: &'static str,
    pub(crate) step: &'static str,
    pub(crate) fields: Value,
    pub(crate) comment: &'static str,
    /// The state it leads to, or the rule (or field) that refuses it.
    pub(crate) then: Result<&'static str, &'static str>,
}

/// A try of `step` on `record` by `who` that leads to a state or is refused by a rule.
pub(crate) fn attempt(
    what: &'static str,
    who: Who,
    record: &'static str,
    step: &'static str,
    then: Result<&'static str, &'static str>,
) -> Try {
    Try { what, given: |_| (), who, record, step, fields: Value::Null, comment: "", then }
}

impl Try {
    pub(crate) fn given(mut self, given: fn(&mut Given)) -> Self {
        self.given = given;
        self
    }
    pub(crate) fn fields(mut self, fields: Value) -> Self {
        self.fields = fields;
        self
    }
    pub(crate) fn comment(mut self) -> Self {
        self.comment = "because";
        self
    }
}

/// Carries out each try on records of its own and reports every one that came out otherwise.
pub(crate) fn check(base: fn() -> Given, tries: Vec<Try>) {
    let mut wrong = Vec::new();
    for t in tries {
        let mut given = base();
        (t.given)(&mut given);
        let mut world = given.world();
        let before = world.state(t.record);
        let place = format!("{} {} by {:?} from {before}: {}", t.record, t.step, t.who, t.what);
        match (world.step(t.who, t.record, t.step, t.fields, t.comment), t.then) {
            (Ok(_), Ok(state)) if world.state(t.record) == state => {}
            (Ok(_), expected) => {
                wrong.push(format!("{place}: led to {}, expected {expected:?}", world.state(t.record)))
            }
            (Err(refusal), Err(rule)) if grounds(&refusal).iter().any(|g| g == rule) => {}
            (Err(refusal), expected) => {
                wrong.push(format!(
                    "{place}: refused on {:?} ({refusal}), expected {expected:?}",
                    grounds(&refusal)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} tries came out otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

/// A method with three by three steps: low for 1 × 1, which is acceptable, medium for a product of 2, high for 3 and 4,
/// critical above.
pub(crate) fn method() -> Value {
    let scale = || -> Vec<Value> {
        (1..=3).map(|v| json!({"value": v, "label": format!("step {v}"), "description": format!("about {v} a year")})).collect()
    };
    let level = |product: u8| match product {
        1 => "low",
        2 => "medium",
        3 | 4 => "high",
        _ => "critical",
    };
    let mut matrix = Vec::new();
    for l in 1..=3u8 {
        for i in 1..=3u8 {
            matrix.push(json!({"likelihood": l, "impact": i, "level": level(l * i)}));
        }
    }
    json!({
        "id": "RM-1", "version": "1", "author_id": "P-2", "approved_by": "P-1", "approved_at": "2025-12-01",
        "published_at": "2025-12-01", "next_review_at": "2026-12-01", "state": "approved",
        "assessment_criteria": "yearly and on triggers", "triggers": "significant changes",
        "treatment_process": "options, controls, comparison with Annex A",
        "likelihood_scale": scale(), "impact_scale": scale(), "level_matrix": matrix,
        "acceptance_criteria": [
            {"level": "low", "acceptable": true, "authority": "risk owner"},
            {"level": "medium", "acceptable": false, "authority": "Risk lead"},
            {"level": "high", "acceptable": false, "authority": "top management"},
            {"level": "critical", "acceptable": false, "authority": "top management"}
        ]
    })
}
