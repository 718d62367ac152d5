//! The editor of the risk method.

use askama::Template;
use axum::{
    extract::RawQuery,
    response::{Html, IntoResponse, Response},
};
use isms::{
    AnyRecord, Command, Id, Kind, Ref, Stored,
    records::RiskMethod,
    value::{AcceptanceRule, MatrixCell, ScaleStep},
    views::scores,
};
use serde_json::{Map, Value, json};

use super::{draft, grid::Grid, recommended::recommended};
use crate::{
    asked,
    error::WebError,
    fault::{Fault, query, sentence},
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    parts::Markup,
    words,
};

/// Fields drawn as those of any record.
const PLAIN: [&str; 6] =
    ["version", "next_review_at", "assessment_criteria", "triggers", "treatment_process", "change_id"];
/// Levels always offered.
const LEVELS: [&str; 4] = ["low", "medium", "high", "critical"];
/// Smallest and largest number of steps of a scale.
const STEPS: (u8, u8) = (2, 10);

#[derive(Template)]
#[template(path = "method/edit.html")]
struct EditPage {
    page: Page,
    fault: Fault,
    /// The draft that is changed; empty for a new version.
    id: String,
    rev: u32,
    from: String,
    scales: Vec<ScaleForm>,
    grid: Grid,
    levels: Vec<String>,
    criteria: Vec<CriterionForm>,
    inputs: Markup,
    has_approved: bool,
}

struct ScaleForm {
    /// Beginning of the names of its inputs.
    prefix: &'static str,
    field: &'static str,
    title: &'static str,
    steps: Vec<ScaleStep>,
    /// What it still lacks before it can be approved.
    open: Vec<String>,
}

struct CriterionForm {
    level: String,
    words: String,
    acceptable: Option<bool>,
    authority: String,
}

/// `GET /method/edit`. `from=recommended` starts from the proposal, `from=RM-1` from that version; `likelihood=` and
/// `impact=` set the number of steps.
pub(crate) async fn form(viewer: Viewer, RawQuery(raw): RawQuery) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    let asked = query(raw)?;
    let target = draft(&viewer);
    let from = asked.text("from");
    let mut method: RiskMethod = match from {
        "recommended" => recommended(),
        "" => target
            .map(|d| d.body.clone())
            .or_else(|| scores::method(&viewer.isms).map(anew))
            .unwrap_or_else(recommended),
        id => source(&viewer, id).map(anew)?,
    };
    for (name, scale) in [("likelihood", &mut method.likelihood_scale), ("impact", &mut method.impact_scale)]
    {
        if let Ok(count) = asked.text(name).parse::<u8>() {
            resize(scale, count.clamp(STEPS.0, STEPS.1));
        }
    }
    let record: &dyn AnyRecord = &Stored { meta: blank(), body: method.clone() };
    page(&viewer, target, &method, &record.fields(), from, Fault::default())
}

fn source<'a>(viewer: &'a Viewer, id: &str) -> Result<&'a Stored<RiskMethod>, WebError> {
    let found = id
        .parse::<Id>()
        .ok()
        .and_then(|id| Ref::try_from(id).ok())
        .and_then(|r| viewer.isms.get::<RiskMethod>(r));
    found.ok_or_else(|| WebError::NotFound(format!("There is no risk method {}.", isms::schema::shorten(id))))
}

/// What a new version takes over from an older one: the words, not who approved them and when.
fn anew(method: &Stored<RiskMethod>) -> RiskMethod {
    RiskMethod {
        likelihood_scale: method.likelihood_scale.clone(),
        impact_scale: method.impact_scale.clone(),
        level_matrix: method.level_matrix.clone(),
        acceptance_criteria: method.acceptance_criteria.clone(),
        assessment_criteria: method.assessment_criteria.clone(),
        triggers: method.triggers.clone(),
        treatment_process: method.treatment_process.clone(),
        ..RiskMethod::default()
    }
}

/// Meta data of something that is no record yet.
fn blank() -> isms::Meta {
    isms::Meta::take(Id { kind: Kind::RiskMethod, n: 0 }, 0, 0, isms_epoch(), &mut Map::new())
}

fn isms_epoch() -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH
}

fn resize(scale: &mut Vec<ScaleStep>, count: u8) {
    scale.retain(|s| s.value <= count);
    for value in 1..=count {
        if !scale.iter().any(|s| s.value == value) {
            scale.push(ScaleStep { value, ..ScaleStep::default() });
        }
    }
}

fn page(
    viewer: &Viewer,
    target: Option<&Stored<RiskMethod>>,
    method: &RiskMethod,
    plain: &Map<String, Value>,
    from: &str,
    fault: Fault,
) -> Result<Response, WebError> {
    let mut levels: Vec<String> = LEVELS.iter().map(|l| (*l).to_owned()).collect();
    let named = method
        .level_matrix
        .iter()
        .map(|c| c.level.as_str())
        .chain(method.acceptance_criteria.iter().map(|c| c.level.as_str()));
    for level in named.filter(|l| !l.is_empty()) {
        if !levels.iter().any(|l| l == level) {
            levels.push(level.to_owned());
        }
    }
    let sorted = |scale: &[ScaleStep]| {
        let mut steps = scale.to_vec();
        steps.sort_by_key(|s| s.value);
        steps
    };
    let status = fault.status();
    let content = EditPage {
        page: Page::new(viewer, "Edit the risk method"),
        id: target.map(|t| t.meta.id.to_string()).unwrap_or_default(),
        rev: target.map_or(0, |t| t.meta.rev),
        from: from.to_owned(),
        scales: vec![
            ScaleForm {
                prefix: "l",
                field: "likelihood_scale",
                title: "Likelihood",
                open: open(method, "likelihood_scale"),
                steps: sorted(&method.likelihood_scale),
            },
            ScaleForm {
                prefix: "i",
                field: "impact_scale",
                title: "Impact",
                open: open(method, "impact_scale"),
                steps: sorted(&method.impact_scale),
            },
        ],
        grid: Grid::of(method),
        criteria: levels
            .iter()
            .map(|level| {
                let rule = method.rule(level);
                CriterionForm {
                    words: words::words(level),
                    acceptable: rule.and_then(|r| r.acceptable),
                    authority: rule.map(|r| r.authority.to_string()).unwrap_or_default(),
                    level: level.clone(),
                }
            })
            .collect(),
        levels,
        inputs: asked::inputs(viewer, Kind::RiskMethod, &PLAIN, &[], plain, &fault),
        has_approved: scores::method(&viewer.isms).is_some(),
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// What a field of a method still lacks before the method can be approved.
fn open(method: &RiskMethod, field: &str) -> Vec<String> {
    let gaps = method.gaps();
    gaps.iter().filter(|gap| gap.place == field).map(|gap| sentence(&gap.message)).collect()
}

/// `POST /method`: saves the draft, or makes one.
pub(crate) async fn save(writer: Writer, typed: Pairs) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let target = match typed.text("_id") {
        "" => None,
        id => Some(source(viewer, id)?),
    };
    let problems = takes(viewer).check(&typed);
    let method = read(&typed);
    let plain = asked::typed(viewer, Kind::RiskMethod, &PLAIN, &typed);
    let mut fields = tables(&method);
    fields.extend(plain.clone());
    if !problems.is_empty() {
        return page(viewer, target, &method, &plain, "", Fault::problems(&problems));
    }
    let command = match target {
        Some(target) => {
            typed.rev().map(|rev| Command::Update { target: target.meta.id.into(), rev: Some(rev), fields })
        }
        None => Ok(Command::Create { kind: Kind::RiskMethod, fields }),
    };
    let result = match command {
        Ok(command) => writer.execute(command).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(_) => Ok(writer
            .done("/method", "The draft of the method is saved. Somebody of top management approves it.")),
        Err(error) => page(viewer, target, &method, &plain, "", Fault::of(error)?),
    }
}

/// What the form takes: besides plain fields the inputs of the steps of both scales, of the cells of the matrix and of
/// the criteria for the levels there are.
fn takes(viewer: &Viewer) -> Takes<'static> {
    let mut levels: Vec<String> = LEVELS.iter().map(|l| (*l).to_owned()).collect();
    for method in viewer.isms.all::<RiskMethod>().iter() {
        levels.extend(method.level_matrix.iter().map(|c| c.level.to_string()));
        levels.extend(method.acceptance_criteria.iter().map(|c| c.level.to_string()));
    }
    levels.retain(|level| !level.is_empty());
    levels.sort();
    levels.dedup();
    let mut takes = Takes::default().and(Kind::RiskMethod, &PLAIN).text(&["_id", "_rev"]);
    for (step, scale) in (1..=STEPS.1).flat_map(|step| [(step, "l"), (step, "i")]) {
        takes = takes.named(format!("{scale}-{step}-label")).named(format!("{scale}-{step}-description"));
    }
    for (likelihood, impact) in (1..=STEPS.1).flat_map(|l| (1..=STEPS.1).map(move |i| (l, i))) {
        takes = takes.one_of(format!("m-{likelihood}-{impact}"), levels.clone());
    }
    for level in &levels {
        takes = takes.one_of(format!("a-{level}"), ["yes", "no"]).named(format!("w-{level}"));
    }
    takes
}

/// The scales, matrix and criteria that were typed. Names carry the place: `l-3-label`, `m-4-5`, `a-high`.
fn read(typed: &Pairs) -> RiskMethod {
    let mut method = RiskMethod::default();
    for (name, value) in &typed.0 {
        let parts: Vec<&str> = name.splitn(3, '-').collect();
        match parts.as_slice() {
            [scale @ ("l" | "i"), at, part @ ("label" | "description")] => {
                let Ok(at) = at.parse::<u8>() else { continue };
                let scale =
                    if *scale == "l" { &mut method.likelihood_scale } else { &mut method.impact_scale };
                let place = scale.iter().position(|s| s.value == at).unwrap_or_else(|| {
                    scale.push(ScaleStep { value: at, ..ScaleStep::default() });
                    scale.len() - 1
                });
                if let Some(step) = scale.get_mut(place) {
                    if *part == "label" {
                        step.label = value.trim().into();
                    } else {
                        step.description = value.replace("\r\n", "\n").into();
                    }
                }
            }
            ["m", likelihood, impact] => {
                if let (Ok(likelihood), Ok(impact)) = (likelihood.parse(), impact.parse()) {
                    method.level_matrix.push(MatrixCell { likelihood, impact, level: value.trim().into() });
                }
            }
            ["a" | "w", ..] => {
                let level = name.get(2..).unwrap_or_default();
                let place = method.acceptance_criteria.iter().position(|r| *r.level.as_str() == *level);
                let place = place.unwrap_or_else(|| {
                    method
                        .acceptance_criteria
                        .push(AcceptanceRule { level: level.into(), ..AcceptanceRule::default() });
                    method.acceptance_criteria.len() - 1
                });
                if let Some(rule) = method.acceptance_criteria.get_mut(place) {
                    match (name.starts_with("a-"), value.as_str()) {
                        (true, "yes") => rule.acceptable = Some(true),
                        (true, "no") => rule.acceptable = Some(false),
                        (true, _) => rule.acceptable = None,
                        (false, authority) => rule.authority = authority.trim().into(),
                    }
                }
            }
            _ => {}
        }
    }
    method
}

/// The tables of a method as fields. Criteria for levels that the matrix does not use and about which nothing is said
/// are left out.
fn tables(method: &RiskMethod) -> Map<String, Value> {
    let criteria = method.acceptance_criteria.iter().filter(|r| {
        r.acceptable.is_some()
            || !r.authority.is_empty()
            || method.level_matrix.iter().any(|c| c.level == r.level)
    });
    let cells = method.level_matrix.iter().filter(|c| !c.level.is_empty());
    let tables = json!({
        "likelihood_scale": method.likelihood_scale,
        "impact_scale": method.impact_scale,
        "level_matrix": cells.collect::<Vec<_>>(),
        "acceptance_criteria": criteria.collect::<Vec<_>>(),
    });
    match tables {
        Value::Object(tables) => tables,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_back_what_it_shows() {
        let method = recommended();
        let mut pairs = Vec::new();
        for (prefix, scale) in [("l", &method.likelihood_scale), ("i", &method.impact_scale)] {
            for step in scale {
                pairs.push((format!("{prefix}-{}-label", step.value), step.label.to_string()));
                pairs.push((format!("{prefix}-{}-description", step.value), step.description.to_string()));
            }
        }
        for cell in &method.level_matrix {
            pairs.push((format!("m-{}-{}", cell.likelihood, cell.impact), cell.level.to_string()));
        }
        for rule in &method.acceptance_criteria {
            pairs.push((
                format!("a-{}", rule.level),
                if rule.acceptable == Some(true) { "yes" } else { "no" }.to_owned(),
            ));
            pairs.push((format!("w-{}", rule.level), rule.authority.to_string()));
        }
        pairs.push(("l-x-label".to_owned(), "no number".to_owned()));
        let read = read(&Pairs(pairs));
        assert_eq!(tables(&read), tables(&method));
    }
}
