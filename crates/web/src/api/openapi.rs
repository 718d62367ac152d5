//! The description of the JSON interface, generated from the declarations of the kinds.

use axum::Json;
use isms::{
    Kind,
    schema::{KindInfo, Shape},
    views::{derived, list::PER_PAGE},
};
use serde_json::{Map, Value, json};

use super::write::HEAD;
use crate::words;

/// `GET /api/v1/openapi.json`.
pub(crate) async fn document() -> Json<Value> {
    Json(openapi())
}

/// The OpenAPI 3.1 document of the JSON interface.
#[must_use]
pub fn openapi() -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for kind in Kind::ALL {
        let info = kind.info();
        schemas.insert(name_of(*kind), record_schema(info));
        paths.insert(format!("/api/v1/{kind}"), list_path(info));
        paths.insert(format!("/api/v1/{kind}/{{id}}"), one_path(*kind));
        paths.insert(format!("/api/v1/{kind}/{{id}}/history"), history_path(*kind));
        paths.insert(format!("/api/v1/{kind}/{{id}}/backrefs"), backrefs_path(*kind));
    }
    paths.insert("/api/v1/readiness".to_owned(), readiness_path());
    paths.insert("/api/v1/explain/{row}".to_owned(), explain_path());
    schemas.extend(verdict_schemas());
    schemas.insert("Error".to_owned(), error_schema());
    schemas.insert("Revision".to_owned(), revision_schema());
    schemas.insert("Backref".to_owned(), backref_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Isthmus",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every kind of record of an information security management system, and the verdicts that follow from them, read-only. Reading needs the session of somebody signed in. `/at/DATE` before a path, or `?at=DATE`, answers as things stood at the end of that day.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "session": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "session": {
                "type": "apiKey", "in": "cookie", "name": "isthmus_session",
                "description": "Called `__Host-isthmus_session` where a trusted proxy is configured.",
            } },
            "parameters": shared_parameters(),
            "responses": shared_responses(),
            "schemas": schemas,
        },
    })
}

/// `risk_score` as the name of a schema: `RiskScore`.
fn name_of(kind: Kind) -> String {
    kind.name().split('_').map(words::capital).collect()
}

fn record_schema(info: &KindInfo) -> Value {
    let mut properties = Map::new();
    for name in HEAD {
        let schema = match *name {
            "id" => {
                json!({ "type": "string", "description": format!("The id, such as {}-1.", info.decl.prefix) })
            }
            "kind" => json!({ "const": info.decl.name }),
            "rev" => json!({ "type": "integer", "minimum": 1, "description": "How often it was written." }),
            "title" => json!({ "type": "string", "description": "What people call it." }),
            "state" if info.states().is_empty() => continue,
            "state" => json!({ "type": "string", "enum": info.states() }),
            "created_at" | "updated_at" => json!({ "type": "string", "format": "date" }),
            "created_by" => {
                json!({ "type": "string", "description": "Who made it: the id of a person, or of an account that is linked to none. Left out where it is not known. Who changed it since stands in its history." })
            }
            "recorded_at" => {
                json!({ "type": "string", "format": "date-time", "description": "When the newest revision was recorded." })
            }
            "archived" => json!({ "type": "boolean", "description": "Put aside; left out where it is not." }),
            _ => {
                let columns = derived::of(info.kind);
                if columns.is_empty() {
                    continue;
                }
                let of: Map<String, Value> =
                    columns.iter().map(|d| (d.name.to_owned(), json!({ "description": d.label }))).collect();
                json!({ "type": "object", "properties": of, "description": "What follows from other records." })
            }
        };
        properties.insert((*name).to_owned(), schema);
    }
    // A field of the kind stands in the place of a member of the head with its name.
    if let Some(own) = info.schema.get("properties").and_then(Value::as_object) {
        for (name, schema) in own {
            let mut schema = schema.clone();
            without_defaults(&mut schema);
            properties.insert(name.clone(), schema);
        }
    }
    let mut schema = json!({
        "type": "object",
        "title": info.decl.one,
        "properties": properties,
        "required": ["id", "rev", "recorded_at"],
    });
    if let (Some(object), Some(text)) = (schema.as_object_mut(), info.schema.get("description")) {
        object.insert("description".to_owned(), text.clone());
    }
    schema
}

/// Takes away what a struct holds while nothing is said: an answer leaves such a field out, and it may be a value that
/// the schema itself refuses.
fn without_defaults(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.remove("default");
            members.values_mut().for_each(without_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(without_defaults),
        _ => {}
    }
}

fn reference(kind: Kind) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", name_of(kind)) })
}

fn shared(list: &[&str]) -> Vec<Value> {
    list.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect()
}

fn responses(description: &str, schema: Value, more: Value) -> Value {
    let mut ok =
        json!({ "description": description, "content": { "application/json": { "schema": schema } } });
    if let (Some(ok), Value::Object(more)) = (ok.as_object_mut(), more) {
        ok.extend(more);
    }
    json!({
        "200": ok,
        "401": { "$ref": "#/components/responses/SignIn" },
        "403": { "$ref": "#/components/responses/Forbidden" },
        "404": { "$ref": "#/components/responses/NotFound" },
        "422": { "$ref": "#/components/responses/Invalid" },
    })
}

fn list_path(info: &KindInfo) -> Value {
    let kind = info.kind;
    let mut parameters = shared(&["q", "sort", "page", "archived", "at"]);
    for field in &info.fields {
        let name = &field.name;
        let mut add = |name: String, schema: Value, text: String| {
            let mut parameter = json!({ "name": name, "in": "query", "schema": schema, "description": text });
            if parameter["schema"]["type"] == "array"
                && let Some(parameter) = parameter.as_object_mut()
            {
                parameter.insert("style".to_owned(), json!("form"));
                parameter.insert("explode".to_owned(), json!(true));
            }
            parameters.push(parameter);
        };
        let one = match field.shape.item() {
            Shape::Choice(choices) => {
                json!({ "type": "array", "items": { "type": "string", "enum": choices } })
            }
            _ => json!({ "type": "array", "items": { "type": "string" } }),
        };
        parameters_of(name, &field.label, one, &mut add);
        if matches!(field.shape, Shape::Date | Shape::Int(..) | Shape::Decimal) {
            add(
                format!("{name}.from"),
                json!({ "type": "string" }),
                format!("{}: this or after.", field.label),
            );
            add(
                format!("{name}.to"),
                json!({ "type": "string" }),
                format!("{}: this or before.", field.label),
            );
        }
    }
    let list = json!({
        "type": "object",
        "required": ["kind", "as_of", "total", "page", "pages", "per_page", "records", "titles"],
        "properties": {
            "kind": { "const": kind.name() },
            "as_of": { "type": "string", "format": "date" },
            "total": { "type": "integer", "description": "How many were found on all pages." },
            "page": { "type": "integer" },
            "pages": { "type": "integer" },
            "per_page": { "const": PER_PAGE },
            "records": { "type": "array", "items": reference(kind) },
            "titles": { "type": "object", "additionalProperties": { "type": "string" }, "description": "Titles of the records referred to, by id." },
        },
    });
    json!({ "get": {
        "operationId": format!("list_{kind}"),
        "summary": info.decl.many,
        "description": info.decl.about,
        "tags": [info.decl.group.label()],
        "parameters": parameters,
        "responses": responses("A page of the list.", list, Value::Null),
    }})
}

fn parameters_of(name: &str, label: &str, one: Value, add: &mut impl FnMut(String, Value, String)) {
    add(
        name.to_owned(),
        one,
        format!("{label}: any of these, as several parameters or separated by commas."),
    );
    let yes_no = json!({ "type": "string", "enum": ["yes", "no"] });
    add(format!("{name}.empty"), yes_no, format!("{label}: whether nothing is there."));
}

fn one_path(kind: Kind) -> Value {
    let more = json!({ "headers": { "ETag": { "description": "The revision, in quotes.", "schema": { "type": "string" } } } });
    json!({ "get": {
        "operationId": format!("get_{kind}"),
        "summary": kind.decl().one,
        "tags": [kind.decl().group.label()],
        "parameters": shared(&["id", "at"]),
        "responses": responses("The record, with `as_of` and the `titles` of what it refers to.", reference(kind), more),
    }})
}

fn history_path(kind: Kind) -> Value {
    let schema = json!({ "type": "object", "properties": {
        "id": { "type": "string" },
        "as_of": { "type": "string", "format": "date" },
        "revisions": { "type": "array", "items": { "$ref": "#/components/schemas/Revision" } },
    }});
    json!({ "get": {
        "operationId": format!("history_of_{kind}"),
        "summary": format!("{}: history", kind.decl().one),
        "tags": [kind.decl().group.label()],
        "parameters": shared(&["id", "at"]),
        "responses": responses("Every revision, newest first.", schema, Value::Null),
    }})
}

fn backrefs_path(kind: Kind) -> Value {
    let schema = json!({ "type": "object", "properties": {
        "id": { "type": "string" },
        "as_of": { "type": "string", "format": "date" },
        "backrefs": { "type": "array", "items": { "$ref": "#/components/schemas/Backref" } },
    }});
    json!({ "get": {
        "operationId": format!("backrefs_of_{kind}"),
        "summary": format!("{}: what refers to it", kind.decl().one),
        "tags": [kind.decl().group.label()],
        "parameters": shared(&["id", "at"]),
        "responses": responses("What refers to the record.", schema, Value::Null),
    }})
}

fn readiness_path() -> Value {
    let readiness = json!({ "type": "object", "required": ["as_of", "requirements", "gates"], "properties": {
        "as_of": { "type": "string", "format": "date" },
        "requirements": { "type": "array", "items": { "$ref": "#/components/schemas/JudgedRequirement" } },
        "gates": { "type": "object", "properties": {
            "stage1": { "$ref": "#/components/schemas/Gate" },
            "stage2": { "$ref": "#/components/schemas/Gate" },
            "surveillance": { "$ref": "#/components/schemas/Gate" },
        }},
    }});
    json!({ "get": {
        "operationId": "readiness",
        "summary": "Every verdict, and the gates",
        "description": "Rows of clauses 4 to 10 and controls alike, judged from the records on a day. A later day judges today's records then. Names of people that the caller may not see are left out and counted.",
        "tags": ["Verdicts"],
        "parameters": shared(&["at"]),
        "responses": responses("All verdicts of the day.", readiness, Value::Null),
    }})
}

fn explain_path() -> Value {
    let row = json!({ "name": "row", "in": "path", "required": true, "schema": { "type": "string" }, "description": "A row or control, such as 6.1.3d, A.5.9 or C-1." });
    let mut parameters = shared(&["at"]);
    parameters.insert(0, row);
    json!({ "get": {
        "operationId": "explain",
        "summary": "One verdict with its reasons",
        "tags": ["Verdicts"],
        "parameters": parameters,
        "responses": responses("The verdict.", json!({ "$ref": "#/components/schemas/JudgedRequirement" }), Value::Null),
    }})
}

/// The parts of verdicts.
fn verdict_schemas() -> Map<String, Value> {
    let status = json!({ "type": "string", "enum": ["met", "stale", "partly", "unmet", "excluded"] });
    let day = |text: &str| json!({ "type": ["string", "null"], "format": "date", "description": text });
    let text = |text: &str| json!({ "type": "string", "description": text });
    let fact = json!({ "type": "object", "properties": {
        "kind": text("Kind of the record."),
        "id": text("Its id."),
        "local_id": { "type": ["string", "null"], "description": "The id a loaded file gave it." },
        "title": text("What people call it."),
        "field": text("The field that shows it; empty if it is the record as a whole."),
        "value": { "description": "What the field holds." },
        "owner": { "type": ["string", "null"], "description": "Who answers for it." },
    }});
    let action = json!({ "type": ["object", "null"], "properties": {
        "verb": text("What to do."),
        "target": text("On what: an id, a row, or the kind of record that is missing."),
        "owner": { "type": ["string", "null"] },
        "owner_id": { "type": ["string", "null"] },
    }});
    let reason = json!({ "type": "object", "properties": {
        "requirement": text("The row or control."),
        "label": text("Label of the condition, or a reason code."),
        "code": text("Row and label."),
        "status": status,
        "since": day("Since when it has held without a gap."),
        "message": text("What is missing, with numbers."),
        "expected": text("The rule in words."),
        "facts": { "type": "array", "items": fact },
        "withheld": { "type": "integer", "description": "Facts about people that the caller may not see." },
        "counts": { "type": "object", "properties": {
            "n": { "type": "integer" }, "m": { "type": ["integer", "null"] }, "pct": { "type": ["number", "null"] },
        }},
        "action": action,
    }});
    let requirement = json!({ "type": "object", "required": ["requirement", "status", "reasons"], "properties": {
        "requirement": text("The row or control, such as 6.1.3d or A.5.9."),
        "status": status,
        "since": day("First day of the reason that decides; null if before every recorded date."),
        "next_change_at": day("The next day on which it changes with no new record; null if none within five years."),
        "advisory": { "type": "boolean", "description": "Kept out of counts and gates." },
        "reasons": { "type": "array", "items": reason },
    }});
    let gate = json!({ "type": "object", "required": ["open", "blocked_by"], "properties": {
        "gate": { "type": "string" },
        "title": { "type": "string" },
        "open": { "type": "boolean" },
        "since": day("Since when it is open or shut."),
        "next_change_at": day("The next day on which that changes with no new record."),
        "blocked_by": { "type": "array", "items": { "type": "string" } },
    }});
    [("JudgedRequirement".to_owned(), requirement), ("Gate".to_owned(), gate)].into_iter().collect()
}

fn shared_parameters() -> Value {
    let query = |name: &str, schema: Value, text: &str| json!({ "name": name, "in": "query", "schema": schema, "description": text });
    json!({
        "q": query("q", json!({ "type": "string" }), "Words that must all occur in id, title or texts."),
        "sort": query("sort", json!({ "type": "string" }), "Columns to order by, separated by commas; a minus before one orders downward."),
        "page": query("page", json!({ "type": "integer", "minimum": 1, "default": 1 }), "The page, from 1."),
        "archived": query("archived", json!({ "type": "string", "enum": ["yes", "no"], "default": "no" }), "Whether what was put aside is listed too."),
        "at": query("at", json!({ "type": "string", "format": "date" }), "As things stood at the end of that day."),
        "id": { "name": "id", "in": "path", "required": true, "schema": { "type": "string" }, "description": "The id, such as R-12 or A.5.9." },
    })
}

fn shared_responses() -> Value {
    let error = |text: &str| json!({ "description": text, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } });
    json!({
        "SignIn": error("Nobody is signed in."),
        "Forbidden": error("The role does not allow it."),
        "NotFound": error("There is no such record."),
        "Invalid": error("Something in the address cannot be; each problem names its field."),
    })
}

fn error_schema() -> Value {
    json!({ "type": "object", "required": ["error"], "properties": { "error": {
        "type": "object",
        "required": ["status", "title", "detail", "problems"],
        "properties": {
            "status": { "type": "integer" },
            "title": { "type": "string" },
            "detail": { "type": "string" },
            "problems": { "type": "array", "items": { "type": "object", "required": ["message"], "properties": {
                "field": { "type": "string" }, "message": { "type": "string" },
            }}},
        },
    }}})
}

fn revision_schema() -> Value {
    json!({ "type": "object", "properties": {
        "rev": { "type": "integer" },
        "entry": { "type": "integer", "description": "Number of the entry of the ledger." },
        "at": { "type": "string", "format": "date-time" },
        "actor": { "type": "string", "description": "Id of the account; `cli` for the command line, `system` for the clock." },
        "actor_name": { "type": "string", "description": "What people call the actor." },
        "door": { "type": "string", "enum": ["page", "api", "cli", "import", "job"] },
        "command": { "type": "string" },
        "comment": { "type": ["string", "null"] },
        "redacted": { "type": "boolean" },
        "before": { "type": ["object", "null"] },
        "after": { "type": ["object", "null"] },
        "changes": { "type": "array", "items": { "type": "object", "properties": {
            "field": { "type": "string" },
            "label": { "type": "string" },
            "before": { "type": ["string", "null"] },
            "after": { "type": ["string", "null"] },
        }}},
    }})
}

fn backref_schema() -> Value {
    json!({ "type": "object", "properties": {
        "id": { "type": "string" },
        "kind": { "type": "string" },
        "field": { "type": "string" },
        "title": { "type": "string" },
        "state": { "type": ["string", "null"] },
        "archived": { "type": "boolean" },
    }})
}
