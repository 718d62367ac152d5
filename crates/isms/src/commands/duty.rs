//! Whether an actor holds a duty toward a record.

use serde_json::{Map, Value};

use crate::{
    Isms,
    access::{Actor, Role},
    id::{Id, Ref},
    record::AnyRecord,
    records::{Kind, Person},
    steps::Duty,
};

/// Fields through which a record belongs to another that has an owner.
const BELONGS_TO: [&str; 6] =
    ["risk_id", "control_id", "document_id", "requirement_id", "control_ids", "document_version_id"];

/// Whether `actor` holds `duty` toward `record`.
#[must_use]
pub fn holds(duty: Duty, isms: &Isms, actor: &Actor, record: &dyn AnyRecord) -> bool {
    if duty == Duty::Clock || actor.is_clock() {
        return duty == Duty::Clock && actor.is_clock();
    }
    let fields = record.fields();
    let me = actor.person.map(Ref::id);
    let named =
        |names: &[&str]| me.is_some() && names.iter().any(|n| refs(&fields, n).any(|id| Some(id) == me));
    match duty {
        Duty::Clock => false,
        Duty::Anyone => actor.has(Role::IsmsManager) || actor.has(Role::Contributor),
        Duty::TopManagement => is_top(isms, actor),
        Duty::IsmsManager => actor.has(Role::IsmsManager),
        Duty::Approver => is_top(isms, actor) || actor.has(Role::IsmsManager),
        Duty::Owner => me.is_some_and(|me| owners(isms, &fields, 0).contains(&me)),
        Duty::Author => named(&["author_id", "decided_by"]),
        Duty::Responsible => named(&["responsible_id"]) || me.is_some_and(|me| carries_out(isms, record, me)),
        Duty::EvidenceReviewer => {
            actor.has(Role::IsmsManager) || me.is_some_and(|me| owners(isms, &fields, 0).contains(&me))
        }
        Duty::Assignee => {
            named(&["assignee_id", "collected_by"])
                || actor.has(Role::Contributor)
                || actor.has(Role::IsmsManager)
        }
    }
}

/// Whether `me` is responsible for the plan that treats the risk.
fn carries_out(isms: &Isms, record: &dyn AnyRecord, me: Id) -> bool {
    record.id().kind == Kind::Risk
        && crate::views::scores::plan(isms, record.id())
            .and_then(|plan| plan.responsible_id)
            .is_some_and(|person| person.id() == me)
}

fn is_top(isms: &Isms, actor: &Actor) -> bool {
    isms.find::<Person>(actor.person).is_some_and(|p| p.is_top_management == Some(true))
}

/// The owners of a record: its own, or those of what it belongs to.
fn owners(isms: &Isms, fields: &Map<String, Value>, depth: u8) -> Vec<Id> {
    let mut found: Vec<Id> = refs(fields, "owner_id").collect();
    if found.is_empty() && depth < 3 {
        for parent in BELONGS_TO.iter().flat_map(|name| refs(fields, name)) {
            if let Some(record) = isms.record(parent) {
                found.extend(owners(isms, &record.fields(), depth + 1));
            }
        }
    }
    found
}

fn refs<'a>(fields: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = Id> + 'a {
    let values: &[Value] = match fields.get(name) {
        Some(Value::Array(items)) => items,
        Some(v) => std::slice::from_ref(v),
        None => &[],
    };
    values.iter().filter_map(|v| v.as_str()?.parse().ok())
}
