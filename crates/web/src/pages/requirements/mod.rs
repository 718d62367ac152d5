//! What the standard asks for: the rows of clauses 4 to 10 and the controls, in our own words, with the verdict that
//! follows from the records, what auditors ask to see and where it is kept here. An organisation's own licensed text can
//! stand beside each.

mod list;
pub(crate) mod reasons;
mod strip;
mod verdict;

use std::collections::BTreeSet;

use askama::{Template, filters::HtmlSafe};
use axum::{
    extract::{Path, RawQuery},
    response::{Html, IntoResponse, Response},
};
use frameworks::{Control as CatalogueControl, DocumentedInformation, Requirement, catalogue};
use isms::{
    Command, Kind, Stored,
    access::Action,
    parameters::Parameters,
    records::LicensedText,
    rules::{Assessment, Status, Subject, plain::plain},
};

pub(crate) use self::list::list;
use self::verdict::{Verdict, verdict};
use crate::{
    error::WebError,
    fault::{Fault, query},
    forms::Pairs,
    gate::{Viewer, Writer},
    page::Page,
    pages::starters,
    parts::RecordLink,
    subjects, words,
};

/// Whether the standard asks for documented information, in words.
fn documented(row: &Requirement) -> String {
    match row.documented_information {
        DocumentedInformation::Yes => "Asked for here".to_owned(),
        DocumentedInformation::Via => format!("Asked for in {}", row.via.join(", ")),
        DocumentedInformation::AsNeeded => "As far as you need it".to_owned(),
        DocumentedInformation::Implied => "Not asked for, hard to show without".to_owned(),
        DocumentedInformation::No => "Not asked for".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "requirements/row.html")]
struct RowPage {
    page: Page,
    fault: Fault,
    id: String,
    title: String,
    crumb: (String, String),
    /// Nothing where no rule judges it.
    verdict: Option<Verdict>,
    /// Planned intervals that the organisation made longer than is usual.
    longer: Vec<String>,
    facts: Vec<(&'static str, String)>,
    audits: Vec<(&'static str, String)>,
    conditions: Vec<ConditionLine>,
    rests_on: Vec<(String, String, usize)>,
    documents: Vec<DocumentLine>,
    guidance: Option<Guidance>,
    /// The record of a control, and whether it is one of Annex A.
    control: Option<(RecordLink, bool)>,
    /// The organisation's own text of the row.
    licensed: String,
    /// What stands in its form.
    typed: String,
    may_license: bool,
    /// The rows or controls before and after: name and path.
    neighbours: (Option<NamePath>, Option<NamePath>),
}

/// A name and the path it leads to.
type NamePath = (String, String);

/// One condition of the rule for a row or control.
struct ConditionLine {
    label: String,
    makes: &'static str,
    word: &'static str,
    text: String,
    /// Whether it is true on the day.
    holds: bool,
}

/// A document that usually serves a row.
struct DocumentLine {
    id: String,
    title: String,
    here: Option<RecordLink>,
}

/// `GET /requirements/{row}`. `recorded=1` adds how it stood at earlier month ends.
pub(crate) async fn row(
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, WebError> {
    let recorded = !query(raw)?.text("recorded").is_empty();
    page(&viewer, &id, recorded, None, Fault::default()).await
}

async fn page(
    viewer: &Viewer,
    id: &str,
    recorded: bool,
    typed: Option<&str>,
    fault: Fault,
) -> Result<Response, WebError> {
    let assessment = viewer.assessment().await?;
    let subject = assessment.subject(id);
    let kept = licensed_of(viewer, id).map(|t| t.text.to_string()).unwrap_or_default();
    let status = fault.status();
    let common = Common {
        assessment: &assessment,
        verdict: match subject {
            Some(subject) => Some(verdict(viewer, &assessment, subject, recorded).await?),
            None => None,
        },
        holding: subject.map(|s| s.labels(viewer.day)).unwrap_or_default(),
        typed: typed.unwrap_or(&kept).to_owned(),
        licensed: kept,
        may_license: viewer.edits() && viewer.actor.may(Action::Edit, Kind::LicensedText),
        fault,
    };
    let content = match (catalogue().requirement(id), subject) {
        (Some(row), _) => row_page(viewer, row, common),
        (None, Some(subject)) => control_page(viewer, subject, common),
        (None, None) => {
            return Err(WebError::NotFound(format!(
                "\"{}\" is neither a row of clauses 4 to 10 nor a control.",
                isms::schema::shorten(id)
            )));
        }
    };
    Ok((status, Html(content.render()?)).into_response())
}

struct Common<'a> {
    assessment: &'a Assessment,
    verdict: Option<Verdict>,
    /// Labels of the conditions that are true.
    holding: Vec<&'static str>,
    licensed: String,
    typed: String,
    may_license: bool,
    fault: Fault,
}

impl Common<'_> {
    fn conditions(&self, of: &[frameworks::Condition]) -> Vec<ConditionLine> {
        let line = |c: &frameworks::Condition| {
            let (makes, word) = makes(&c.label);
            ConditionLine {
                label: c.label.clone(),
                makes,
                word,
                text: words::capital(&plain(&c.text, &self.assessment.parameters)),
                holds: self.holding.contains(&c.label.as_str()),
            }
        };
        of.iter().map(line).collect()
    }
}

fn row_page(viewer: &Viewer, row: &Requirement, common: Common<'_>) -> RowPage {
    let all = catalogue().requirements();
    let here = all.iter().position(|r| r.id == row.id);
    let around = |step: isize| {
        let at = here.and_then(|i| i.checked_add_signed(step)).and_then(|i| all.get(i));
        at.map(|r| (r.id.clone(), subjects::subject_path(&r.id)))
    };
    let mandatory = catalogue().mandatory_items().iter().filter(|m| frameworks::is_under(&row.id, &m.clause));
    let mut facts = vec![
        ("Documented information", documented(row)),
        ("How far records can show it", words::capital(row.class.label())),
    ];
    let mandatory: Vec<String> = mandatory.map(|m| m.item.clone()).collect();
    if !mandatory.is_empty() {
        facts.push(("Mandatory item", mandatory.join("; ")));
    }
    if let Some(precondition) = &row.precondition {
        facts.push(("First of all", words::capital(&plain(precondition, &common.assessment.parameters))));
    }
    if row.advisory {
        facts.push(("Advisory", "Shown, and kept out of counts and gates".to_owned()));
    }
    let asked = [("Stage 1", &row.stage1), ("Stage 2", &row.stage2), ("Surveillance", &row.surveillance)];
    RowPage {
        page: Page::new(viewer, format!("Requirement {}", row.id)),
        id: row.id.clone(),
        title: row.paraphrase.trim_end_matches('.').to_owned(),
        crumb: (
            format!("{}{}", viewer.base, subjects::group_path(&row.clause.to_string(), None)),
            row.clause_heading(),
        ),
        longer: longer(&common.assessment.parameters, row),
        facts,
        audits: asked
            .into_iter()
            .map(|(when, what)| {
                (when, if what.is_empty() { "Nothing separate".to_owned() } else { words::capital(what) })
            })
            .collect(),
        rests_on: rests_on(viewer, row.conditions.iter().map(|c| c.text.as_str())),
        conditions: common.conditions(&row.conditions),
        documents: documents(viewer, |d| d.clauses.iter().any(|c| frameworks::is_under(&row.id, c))),
        guidance: None,
        control: None,
        neighbours: (around(-1), around(1)),
        verdict: common.verdict,
        licensed: common.licensed,
        typed: common.typed,
        may_license: common.may_license,
        fault: common.fault,
    }
}

fn control_page(viewer: &Viewer, subject: &Subject, common: Common<'_>) -> RowPage {
    let own: Option<&CatalogueControl> = catalogue().control(&subject.judged.id);
    let controls: Vec<&Subject> =
        common.assessment.subjects().iter().filter(|s| s.control.is_some()).collect();
    let here = controls.iter().position(|s| s.control == subject.control);
    let around = |step: isize| {
        let at = here.and_then(|i| i.checked_add_signed(step)).and_then(|i| controls.get(i));
        at.map(|s| (s.requirement.clone(), subjects::subject_path(&s.judged.id)))
    };
    let rule = catalogue().control_rule();
    let record = subject.control.filter(|id| viewer.isms.record(*id).is_some());
    RowPage {
        page: Page::new(viewer, format!("Control {}", subject.requirement)),
        id: subject.requirement.clone(),
        title: subjects::title_of(&viewer.isms, subject),
        crumb: (
            format!("{}{}", viewer.base, subjects::group_path(&subject.group, None)),
            subjects::group_title(&subject.group),
        ),
        longer: Vec::new(),
        facts: Vec::new(),
        audits: Vec::new(),
        rests_on: rests_on(viewer, rule.conditions.iter().map(|c| c.text.as_str())),
        conditions: common.conditions(&rule.conditions),
        documents: own.map_or_else(Vec::new, |c| documents(viewer, |d| d.controls.contains(&c.id))),
        guidance: own.and_then(|c| guidance(viewer, &c.id)),
        control: record.map(|id| (RecordLink::new(&viewer.isms, &viewer.base, id), own.is_some())),
        neighbours: (around(-1), around(1)),
        verdict: common.verdict,
        licensed: common.licensed,
        typed: common.typed,
        // Only what stands in the standard has words there.
        may_license: common.may_license && own.is_some(),
        fault: common.fault,
    }
}

/// What a row's conditions say of intervals the standard wants kept, where the organisation made them longer: that stays
/// in sight beside every verdict that uses it.
fn longer(now: &Parameters, row: &Requirement) -> Vec<String> {
    let usual = Parameters::default();
    let number = |p: &Parameters, name: &str| p.get(name).and_then(|v| v.parse::<i64>().ok());
    let used = |name: &str| row.conditions.iter().any(|c| c.text.contains(&format!("`{name}`")));
    let hard = catalogue().parameters().iter().filter(|p| p.hard && used(&p.name));
    hard.filter_map(|p| {
        let (own, usual) = (number(now, &p.name)?, number(&usual, &p.name)?);
        let unit = p.unit.word();
        (own > usual).then(|| format!("{}: {own} {unit} here, {usual} usually", words::capital(&p.meaning)))
    })
    .collect()
}

/// The status a label stands for, and its word.
fn makes(label: &str) -> (&'static str, &'static str) {
    let status = match label.chars().next() {
        Some('U') => Status::Unmet,
        Some('P') => Status::Partly,
        Some('S') => Status::Stale,
        // Left out without a reason that holds.
        _ => Status::Partly,
    };
    (status.word(), words::status(status))
}

/// The kinds of record that conditions name, with the address of their lists and how many there are.
fn rests_on<'a>(viewer: &Viewer, texts: impl Iterator<Item = &'a str>) -> Vec<(String, String, usize)> {
    let mut kinds = BTreeSet::new();
    for text in texts {
        let named = text.split('`').skip(1).step_by(2);
        kinds.extend(named.filter_map(|name| Kind::by_name(name.split('.').next().unwrap_or_default())));
    }
    kinds
        .into_iter()
        .map(|kind| {
            let count = viewer.isms.table(kind).all().filter(|r| !r.meta().archived).count();
            (kind.decl().many.to_owned(), format!("{}/{}", viewer.base, kind.name()), count)
        })
        .collect()
}

/// The usual documents that serve something, with the record of each that is kept.
fn documents(viewer: &Viewer, serves: impl Fn(&frameworks::Document) -> bool) -> Vec<DocumentLine> {
    let usual = catalogue().documents().iter().filter(|d| serves(d));
    usual
        .map(|d| DocumentLine {
            id: d.id.clone(),
            title: d.title.clone(),
            here: starters::kept(viewer, d).map(|id| RecordLink::new(&viewer.isms, &viewer.base, id)),
        })
        .collect()
}

/// What the catalogue says of a control: attributes, typical evidence, usual owner.
#[derive(Template)]
#[template(path = "requirements/guidance.html")]
pub(crate) struct Guidance {
    base: String,
    id: String,
    facts: Vec<(&'static str, String)>,
    evidence: Vec<String>,
}

impl HtmlSafe for Guidance {}

/// The guidance for a control of Annex A; none for one's own.
pub(crate) fn guidance(viewer: &Viewer, reference: &str) -> Option<Guidance> {
    let control = catalogue().control(reference)?;
    let unsure = |attribute| control.unsure.contains(&attribute);
    let list = |labels: Vec<&'static str>, unsure: bool| {
        let list = labels.join(", ");
        if unsure { format!("{list} (sources differ: compare with your licensed copy)") } else { list }
    };
    let facts = vec![
        (
            "Type",
            list(control.types.iter().map(|x| x.label()).collect(), unsure(frameworks::Attribute::Types)),
        ),
        ("Keeps", list(control.cia.iter().map(|x| x.label()).collect(), false)),
        ("Concepts", list(control.concepts.iter().map(|x| x.label()).collect(), false)),
        ("Capabilities", list(control.capabilities.iter().map(|x| x.label()).collect(), false)),
        (
            "Domains",
            list(control.domains.iter().map(|x| x.label()).collect(), unsure(frameworks::Attribute::Domains)),
        ),
        ("Usual owner", control.owner.clone()),
        (
            "Usual interval",
            words::counted(usize::try_from(control.interval_months).unwrap_or_default(), "month", "months"),
        ),
    ];
    let evidence = control.evidence.iter().map(|e| words::capital(e)).collect();
    Some(Guidance { base: viewer.base.clone(), id: control.id.clone(), facts, evidence })
}

fn licensed_of<'a>(viewer: &'a Viewer, row: &str) -> Option<&'a Stored<LicensedText>> {
    viewer.isms.all::<LicensedText>().iter().find(|t| *t.row.as_str() == *row)
}

/// `POST /requirements/{row}/licensed`: keeps the organisation's own licensed text beside a row; empty takes it away.
pub(crate) async fn licensed(
    writer: Writer,
    Path(id): Path<String>,
    typed: Pairs,
) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    if catalogue().requirement(&id).is_none() && catalogue().control(&id).is_none() {
        return Err(WebError::NotFound("There is no such requirement.".to_owned()));
    }
    let text = typed.get("text").unwrap_or_default();
    let fields = || [("row", id.as_str().into()), ("text", text.into())];
    let (command, said) = match (licensed_of(viewer, &id), text.trim().is_empty()) {
        (Some(kept), true) => (Command::Remove { id: kept.meta.id, rev: None }, "Your text was taken away."),
        (Some(kept), false) => {
            (Command::update(kept.meta.id, fields()), "Your text is kept beside the requirement.")
        }
        (None, true) => return Ok(writer.done(&format!("/requirements/{id}"), "There was no text to keep.")),
        (None, false) => {
            (Command::create(Kind::LicensedText, fields()), "Your text is kept beside the requirement.")
        }
    };
    match writer.execute(command).await {
        Ok(_) => Ok(writer.done(&format!("/requirements/{id}"), said)),
        Err(error) => page(viewer, &id, false, Some(text), Fault::of(error)?).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_what_they_make() {
        for (label, word) in [("U1", "unmet"), ("P12", "partly"), ("S2", "stale"), ("EXCL", "partly")] {
            assert_eq!(makes(label).0, word);
        }
    }
}
