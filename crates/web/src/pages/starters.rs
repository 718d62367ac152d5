//! Starter content: 40 risk scenarios and the 30 documents a certification normally needs. They are offered, never
//! made by themselves, and what is not confirmed counts nowhere.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use frameworks::{Document as UsualDocument, DocumentKind as UsualKind, Scenario};
use isms::{
    Command, Id, Kind, Problem,
    records::{Document, DocumentKind, Risk},
};
use serde_json::Value;

use crate::{
    asked,
    error::WebError,
    fault::Fault,
    forms::Pairs,
    gate::{Viewer, Writer},
    page::Page,
    parts::{LevelChip, RecordLink, path_of},
    words,
};

/// How a risk says from which scenario it was made.
fn mark(id: &str) -> String {
    format!("Starter scenario {id}")
}

/// The scenario a risk was made from, if it says so.
pub(crate) fn scenario_of(risk: &Risk) -> Option<&'static Scenario> {
    frameworks::catalogue()
        .scenarios()
        .iter()
        .find(|s| risk.linked_refs.iter().any(|r| r.as_str() == mark(&s.id)))
}

#[derive(Template)]
#[template(path = "starters/scenarios.html")]
struct ScenariosPage {
    page: Page,
    fault: Fault,
    groups: Vec<(String, Vec<ScenarioRow>)>,
    adopted: usize,
    all: usize,
}

struct ScenarioRow {
    scenario: &'static Scenario,
    cia: String,
    level: LevelChip,
    controls: Vec<(String, String)>,
    /// The risk made from it.
    risk: Option<RecordLink>,
    on: bool,
}

/// The risk made from each scenario, or one of the same name.
fn adopted(viewer: &Viewer, scenario: &Scenario) -> Option<Id> {
    let mark = mark(&scenario.id);
    let risks = viewer.isms.all::<Risk>();
    let same = |r: &Risk| {
        r.linked_refs.iter().any(|l| *l.as_str() == *mark) || r.title.eq_ignore_ascii_case(&scenario.title)
    };
    risks.iter().find(|r| same(r)).map(|r| r.meta.id)
}

/// `GET /starters/scenarios`.
pub(crate) async fn scenarios(viewer: Viewer) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    scenarios_page(&viewer, &[], Fault::default())
}

fn scenarios_page(viewer: &Viewer, chosen: &[&str], fault: Fault) -> Result<Response, WebError> {
    let all = frameworks::catalogue().scenarios();
    let mut groups: Vec<(String, Vec<ScenarioRow>)> = Vec::new();
    for scenario in all {
        let row = ScenarioRow {
            cia: scenario.impact.iter().map(|c| c.label()).collect::<Vec<_>>().join(", "),
            level: LevelChip::new(scenario.level.word()),
            controls: scenario
                .controls
                .iter()
                .map(|c| {
                    (
                        c.clone(),
                        frameworks::catalogue().control(c).map(|c| c.title.clone()).unwrap_or_default(),
                    )
                })
                .collect(),
            risk: adopted(viewer, scenario).map(|id| RecordLink::new(&viewer.isms, &viewer.base, id)),
            on: chosen.contains(&scenario.id.as_str()),
            scenario,
        };
        let asset = words::words(&scenario.asset_type);
        match groups.iter_mut().find(|(name, _)| *name == asset) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((asset, vec![row])),
        }
    }
    let status = fault.status();
    let content = ScenariosPage {
        page: Page::new(viewer, "Starter scenarios"),
        adopted: groups.iter().flat_map(|(_, rows)| rows).filter(|r| r.risk.is_some()).count(),
        all: all.len(),
        groups,
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// `POST /starters/scenarios`: makes a risk of each chosen scenario. Scores are left to people.
pub(crate) async fn adopt_scenarios(writer: Writer, typed: Pairs) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let chosen: Vec<&str> = typed.all("id").collect();
    let mut commands = Vec::new();
    for id in &chosen {
        let Some(scenario) = frameworks::catalogue().scenario(id) else {
            return Err(WebError::invalid(
                "id",
                format!("\"{}\" is not a starter scenario", isms::schema::shorten(id)),
            ));
        };
        if adopted(viewer, scenario).is_none() {
            commands.push(risk_of(scenario));
        }
    }
    if commands.is_empty() {
        let problem = Problem::new("", "choose at least one scenario that is not in the register yet");
        return scenarios_page(viewer, &chosen, Fault::problems(&[problem]));
    }
    let count = commands.len();
    let command = Command::Batch { name: "risk.adopt_scenarios".to_owned(), commands };
    match writer.execute(command).await {
        Ok(_) => {
            let made = words::counted(count, "risk was", "risks were");
            Ok(writer.done(
                "/risk?state=identified",
                &format!("{made} added as identified. Each now needs an owner and a score."),
            ))
        }
        Err(error) => scenarios_page(viewer, &chosen, Fault::of(error)?),
    }
}

fn risk_of(scenario: &Scenario) -> Command {
    let cia: Vec<Value> = scenario.impact.iter().map(|c| Value::from(c.word())).collect();
    Command::create(
        Kind::Risk,
        [
            ("title", scenario.title.clone().into()),
            ("scenario", format!("{}.", scenario.title).into()),
            ("threat", words::capital(&scenario.threat).into()),
            ("vulnerability", words::capital(&scenario.vulnerability).into()),
            ("cia_affected", cia.into()),
            ("linked_refs", vec![Value::from(mark(&scenario.id))].into()),
        ],
    )
}

#[derive(Template)]
#[template(path = "starters/documents.html")]
struct DocumentsPage {
    page: Page,
    fault: Fault,
    rows: Vec<DocumentRow>,
    merges: Vec<String>,
    adopted: usize,
}

struct DocumentRow {
    document: &'static UsualDocument,
    kind: String,
    need: String,
    adopted: Option<(String, String)>,
    on: bool,
}

/// The document in the register that is a usual one: of its number, also behind a prefix of one's own such as
/// `TR-D01`, or of its title.
pub(crate) fn kept(viewer: &Viewer, usual: &UsualDocument) -> Option<Id> {
    let documents = viewer.isms.all::<Document>();
    let numbered = |d: &Document| {
        d.identifier
            .strip_suffix(usual.id.as_str())
            .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('-'))
    };
    let same = |d: &Document| numbered(d) || d.title.eq_ignore_ascii_case(&usual.title);
    documents.iter().find(|d| same(d)).map(|d| d.meta.id)
}

/// `GET /starters/documents`.
pub(crate) async fn documents(viewer: Viewer) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    documents_page(&viewer, None, Fault::default())
}

fn documents_page(viewer: &Viewer, chosen: Option<&[&str]>, fault: Fault) -> Result<Response, WebError> {
    let rows: Vec<DocumentRow> = frameworks::catalogue()
        .documents()
        .iter()
        .map(|usual| DocumentRow {
            kind: words::words(kind_of(usual).as_str()),
            need: match usual.note.is_empty() {
                true => words::capital(usual.need.label()),
                false => format!("{}: {}", words::capital(usual.need.label()), usual.note),
            },
            adopted: kept(viewer, usual).map(|id| (id.to_string(), path_of(id))),
            // What the standard asks for by name is ticked beforehand.
            on: chosen.map_or(usual.need == frameworks::Need::Yes, |c| c.contains(&usual.id.as_str())),
            document: usual,
        })
        .collect();
    let status = fault.status();
    let content = DocumentsPage {
        page: Page::new(viewer, "Usual documents"),
        merges: frameworks::catalogue().document_merges().iter().map(|m| m.join(" + ")).collect(),
        adopted: rows.iter().filter(|r| r.adopted.is_some()).count(),
        rows,
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// What a usual document is in the register: the kinds that rules look for by name, else its own.
fn kind_of(usual: &UsualDocument) -> DocumentKind {
    match (usual.id.as_str(), usual.kind) {
        ("D01", _) => DocumentKind::Scope,
        ("D02", _) => DocumentKind::Policy,
        ("D07", _) => DocumentKind::Rtp,
        ("D08", _) => DocumentKind::Soa,
        ("D13", _) => DocumentKind::Minutes,
        (_, UsualKind::Policy) => DocumentKind::TopicPolicy,
        (_, UsualKind::Procedure) => DocumentKind::Procedure,
        (_, UsualKind::Plan) => DocumentKind::Plan,
        (_, UsualKind::Register) => DocumentKind::Register,
        (_, UsualKind::Statement) => DocumentKind::Form,
        (_, UsualKind::Record) => DocumentKind::Report,
    }
}

/// `POST /starters/documents`: makes a document record of each chosen one; its text comes with a version.
pub(crate) async fn adopt_documents(writer: Writer, typed: Pairs) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let chosen: Vec<&str> = typed.all("id").collect();
    let mut commands = Vec::new();
    for id in &chosen {
        let Some(usual) = frameworks::catalogue().document(id) else {
            return Err(WebError::invalid(
                "id",
                format!("\"{}\" is not a usual document", isms::schema::shorten(id)),
            ));
        };
        if kept(viewer, usual).is_none() {
            let clauses: Vec<Value> = usual.clauses.iter().map(|c| Value::from(c.as_str())).collect();
            commands.push(Command::create(
                Kind::Document,
                [
                    ("kind", kind_of(usual).as_str().into()),
                    ("identifier", usual.id.as_str().into()),
                    ("title", usual.title.as_str().into()),
                    ("required_by", clauses.into()),
                ],
            ));
        }
    }
    if commands.is_empty() {
        let problem = Problem::new("", "choose at least one document that is not in the register yet");
        return documents_page(viewer, Some(&chosen), Fault::problems(&[problem]));
    }
    let count = commands.len();
    let command = Command::Batch { name: "document.adopt_usual".to_owned(), commands };
    match writer.execute(command).await {
        Ok(_) => {
            let made = words::counted(count, "document was", "documents were");
            Ok(writer
                .done("/document", &format!("{made} added. Each now needs an owner and a first version.")))
        }
        Err(error) => documents_page(viewer, Some(&chosen), Fault::of(error)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_risk_remembers_its_scenario() {
        let Command::Create { fields, .. } = risk_of(frameworks::catalogue().scenario("R13").unwrap()) else {
            panic!("a risk is created")
        };
        let risk: Risk = serde_json::from_value(Value::Object(fields)).unwrap();
        assert_eq!(scenario_of(&risk).map(|s| s.id.as_str()), Some("R13"));
        assert!(scenario_of(&Risk::default()).is_none());
    }

    #[test]
    fn every_clause_of_a_usual_document_is_one_that_a_record_may_name() {
        for usual in frameworks::catalogue().documents() {
            for clause in &usual.clauses {
                assert!(isms::rows::is_row_or_parent(clause), "{} {clause}", usual.id);
            }
        }
    }
}
