//! What the standard asks for: the rows of clauses 4 to 10 and the controls of Annex A, in our own words, with what
//! auditors ask to see and where it is kept here. An organisation's own licensed text can stand beside each.

use std::collections::BTreeSet;

use askama::{Template, filters::HtmlSafe};
use axum::{
    extract::{Path, RawQuery},
    response::{Html, IntoResponse, Response},
};
use frameworks::{Control as CatalogueControl, DocumentedInformation, Requirement, catalogue};
use isms::{Command, Id, Kind, Stored, access::Action, records::LicensedText};

use crate::{
    error::WebError,
    fault::{Fault, query},
    forms::Pairs,
    gate::{Viewer, Writer},
    page::Page,
    pages::starters,
    parts::RecordLink,
    words,
};

#[derive(Template)]
#[template(path = "requirements/list.html")]
struct ListPage {
    page: Page,
    annex_a: bool,
    q: String,
    groups: Vec<ListGroup>,
    shown: usize,
    rows: usize,
    controls: usize,
}

struct ListGroup {
    title: String,
    lines: Vec<ListLine>,
}

struct ListLine {
    id: String,
    text: String,
    documented: String,
    note: &'static str,
    licensed: bool,
}

/// `GET /requirements`. `part=annex-a` lists the controls, `q=` searches.
pub(crate) async fn list(viewer: Viewer, RawQuery(raw): RawQuery) -> Result<Response, WebError> {
    let asked = query(raw)?;
    let words: Vec<String> = asked.text("q").to_lowercase().split_whitespace().map(str::to_owned).collect();
    let annex_a = asked.text("part") == "annex-a";
    let kept: BTreeSet<String> =
        viewer.isms.all::<LicensedText>().iter().map(|t| t.row.to_string()).collect();
    let fits = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|w| text.contains(w))
    };
    let mut groups: Vec<ListGroup> = Vec::new();
    let mut add = |title: String, line: ListLine| match groups.last_mut().filter(|g| g.title == title) {
        Some(group) => group.lines.push(line),
        None => groups.push(ListGroup { title, lines: vec![line] }),
    };
    if annex_a {
        for control in catalogue().controls().iter().filter(|c| fits(&format!("{} {}", c.id, c.title))) {
            add(
                format!("A.{} {} controls", control.theme.number(), control.theme.label()),
                ListLine {
                    id: control.id.clone(),
                    text: control.title.clone(),
                    documented: String::new(),
                    note: "",
                    licensed: kept.contains(&control.id),
                },
            );
        }
    } else {
        for row in catalogue().requirements().iter().filter(|r| fits(&format!("{} {}", r.id, r.paraphrase))) {
            add(
                row.clause_heading(),
                ListLine {
                    id: row.id.clone(),
                    text: row.paraphrase.clone(),
                    documented: documented(row),
                    note: if row.advisory { "Advisory" } else { "" },
                    licensed: kept.contains(&row.id),
                },
            );
        }
    }
    let page = ListPage {
        page: Page::new(&viewer, if annex_a { "Annex A" } else { "Requirements" }),
        annex_a,
        q: asked.text("q").to_owned(),
        shown: groups.iter().map(|g| g.lines.len()).sum(),
        groups,
        rows: catalogue().requirements().len(),
        controls: catalogue().controls().len(),
    };
    Ok(Html(page.render()?).into_response())
}

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
    text: String,
    facts: Vec<(&'static str, String)>,
    audits: Vec<(&'static str, String)>,
    conditions: Vec<ConditionLine>,
    rests_on: Vec<(String, String, usize)>,
    documents: Vec<DocumentLine>,
    guidance: Option<Guidance>,
    control: Option<RecordLink>,
    /// The organisation's own text of the row.
    licensed: String,
    /// What stands in its form.
    typed: String,
    may_license: bool,
    neighbours: (Option<String>, Option<String>),
}

/// One condition of the rule for a row or control.
struct ConditionLine {
    label: String,
    makes: &'static str,
    word: &'static str,
    pieces: Vec<(bool, String)>,
}

/// A document that usually serves a row.
struct DocumentLine {
    id: String,
    title: String,
    here: Option<RecordLink>,
}

/// `GET /requirements/{row}`.
pub(crate) async fn row(viewer: Viewer, Path(id): Path<String>) -> Result<Response, WebError> {
    page(&viewer, &id, None, Fault::default())
}

fn page(viewer: &Viewer, id: &str, typed: Option<&str>, fault: Fault) -> Result<Response, WebError> {
    let kept = licensed_of(viewer, id).map(|t| t.text.to_string()).unwrap_or_default();
    let status = fault.status();
    let common = Common {
        typed: typed.unwrap_or(&kept).to_owned(),
        licensed: kept,
        may_license: viewer.edits() && viewer.actor.may(Action::Edit, Kind::LicensedText),
        fault,
    };
    let content = if let Some(row) = catalogue().requirement(id) {
        row_page(viewer, row, common)
    } else if let Some(control) = catalogue().control(id) {
        control_page(viewer, control, common)
    } else {
        return Err(WebError::NotFound(format!(
            "\"{}\" is neither a row of clauses 4 to 10 nor a control of Annex A.",
            isms::schema::shorten(id)
        )));
    };
    Ok((status, Html(content.render()?)).into_response())
}

struct Common {
    licensed: String,
    typed: String,
    may_license: bool,
    fault: Fault,
}

fn row_page(viewer: &Viewer, row: &Requirement, common: Common) -> RowPage {
    let all = catalogue().requirements();
    let here = all.iter().position(|r| r.id == row.id);
    let around = |step: isize| {
        here.and_then(|i| i.checked_add_signed(step)).and_then(|i| all.get(i)).map(|r| r.id.clone())
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
        facts.push(("First of all", precondition.replace('`', "")));
    }
    if row.advisory {
        facts.push(("Advisory", "Shown, and kept out of counts and gates".to_owned()));
    }
    let asked = [("Stage 1", &row.stage1), ("Stage 2", &row.stage2), ("Surveillance", &row.surveillance)];
    RowPage {
        page: Page::new(viewer, format!("Requirement {}", row.id)),
        id: row.id.clone(),
        title: row.clause_title.clone(),
        crumb: (format!("{}/requirements#c{}", viewer.base, row.clause), row.clause_heading()),
        text: row.paraphrase.clone(),
        facts,
        audits: asked
            .into_iter()
            .map(|(when, what)| {
                (when, if what.is_empty() { "Nothing separate".to_owned() } else { words::capital(what) })
            })
            .collect(),
        rests_on: rests_on(viewer, row.conditions.iter().map(|c| c.text.as_str())),
        conditions: row.conditions.iter().map(|c| condition(&c.label, &c.text)).collect(),
        documents: documents(viewer, |d| d.clauses.iter().any(|c| frameworks::is_under(&row.id, c))),
        guidance: None,
        control: None,
        neighbours: (around(-1), around(1)),
        licensed: common.licensed,
        typed: common.typed,
        may_license: common.may_license,
        fault: common.fault,
    }
}

fn control_page(viewer: &Viewer, control: &CatalogueControl, common: Common) -> RowPage {
    let around = |n: Option<u32>| n.and_then(|n| catalogue().control_by_number(n)).map(|c| c.id.clone());
    let rule = catalogue().control_rule();
    let id = Id { kind: Kind::Control, n: control.number };
    RowPage {
        page: Page::new(viewer, format!("Control {}", control.id)),
        id: control.id.clone(),
        title: control.title.clone(),
        crumb: (
            format!("{}/requirements?part=annex-a", viewer.base),
            format!("A.{} {} controls", control.theme.number(), control.theme.label()),
        ),
        text: String::new(),
        facts: Vec::new(),
        audits: Vec::new(),
        rests_on: rests_on(viewer, rule.conditions.iter().map(|c| c.text.as_str())),
        conditions: rule.conditions.iter().map(|c| condition(&c.label, &c.text)).collect(),
        documents: documents(viewer, |d| d.controls.contains(&control.id)),
        guidance: guidance(viewer, &control.id),
        control: viewer.isms.record(id).map(|_| RecordLink::new(&viewer.isms, &viewer.base, id)),
        neighbours: (around(control.number.checked_sub(1)), around(control.number.checked_add(1))),
        licensed: common.licensed,
        typed: common.typed,
        may_license: common.may_license,
        fault: common.fault,
    }
}

/// A condition with what stands in backticks set apart.
fn condition(label: &str, text: &str) -> ConditionLine {
    let (makes, word) = match label.chars().next() {
        Some('U') => ("unmet", "Unmet"),
        Some('P') => ("partly", "Partly met"),
        Some('S') => ("stale", "Stale"),
        _ => ("excluded", "Excluded"),
    };
    let pieces = text.split('`').enumerate().map(|(i, piece)| (i % 2 == 1, piece.to_owned()));
    ConditionLine {
        label: label.to_owned(),
        makes,
        word,
        pieces: pieces.filter(|(_, p)| !p.is_empty()).collect(),
    }
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
        Err(error) => page(viewer, &id, Some(text), Fault::of(error)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_backticks_is_set_apart() {
        let line = condition("U1", "no live `planning_item`, or none with `x.y`");
        assert_eq!(line.makes, "unmet");
        assert_eq!(
            line.pieces,
            [(false, "no live "), (true, "planning_item"), (false, ", or none with "), (true, "x.y")]
                .map(|(code, text)| (code, text.to_owned()))
        );
    }
}
