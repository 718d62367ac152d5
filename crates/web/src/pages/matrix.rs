//! The risk matrix: heat maps of inherent, current, target and residual scores. A cell opens the list behind it.

use askama::Template;
use axum::response::Html;
use isms::{
    records::RiskState,
    views::{
        matrix::{HeatCell, HeatMap, Matrix},
        scores,
    },
};

use crate::{error::WebError, gate::Viewer, page::Page, parts::LevelChip, words};

#[derive(Template)]
#[template(path = "matrix/page.html")]
struct MatrixPage {
    page: Page,
    version: String,
    live: usize,
    levels: Vec<LevelChip>,
    impact: Vec<(u8, String)>,
    maps: Vec<Map>,
}

struct Map {
    of: String,
    title: String,
    without: String,
    without_href: String,
    rows: Vec<Row>,
    cells: Vec<Cell>,
}

struct Row {
    value: u8,
    label: String,
    cells: Vec<Cell>,
}

#[derive(Clone)]
struct Cell {
    likelihood: String,
    impact: String,
    level: String,
    above: bool,
    count: usize,
    words: String,
    href: String,
}

/// `GET /matrix`.
pub(crate) async fn matrix(viewer: Viewer) -> Result<Html<String>, WebError> {
    let view = isms::views::matrix::matrix(&viewer.isms);
    let above = above_the_line(&viewer);
    let page = MatrixPage {
        page: Page::new(&viewer, "Risk matrix"),
        version: view.method_version.clone(),
        live: view
            .maps
            .first()
            .map_or(0, |m| m.without + m.rows.iter().flatten().map(|c| c.count).sum::<usize>()),
        levels: levels_of(&view).into_iter().map(|l| LevelChip::new(&l)).collect(),
        maps: view.maps.iter().map(|m| map(&viewer, &view, m, &above)).collect(),
        impact: view.impact,
    };
    Ok(Html(page.render()?))
}

/// Levels that the criteria in force do not accept without treatment.
fn above_the_line(viewer: &Viewer) -> Vec<String> {
    let criteria = scores::method(&viewer.isms).map(|m| &m.acceptance_criteria);
    let refused = criteria.into_iter().flatten().filter(|c| c.acceptable == Some(false));
    refused.map(|c| c.level.to_string()).collect()
}

/// The levels of the matrix from the mildest to the worst.
fn levels_of(view: &Matrix) -> Vec<String> {
    let mut levels: Vec<(u16, String)> = Vec::new();
    for cell in
        view.maps.first().into_iter().flat_map(|m| m.rows.iter().flatten()).filter(|c| !c.level.is_empty())
    {
        let product = u16::from(cell.likelihood) * u16::from(cell.impact);
        match levels.iter_mut().find(|(_, level)| *level == cell.level) {
            Some((least, _)) => *least = product.min(*least),
            None => levels.push((product, cell.level.clone())),
        }
    }
    levels.sort();
    levels.into_iter().map(|(_, level)| level).collect()
}

fn map(viewer: &Viewer, view: &Matrix, map: &HeatMap, above: &[String]) -> Map {
    let rows: Vec<Row> = map
        .rows
        .iter()
        .zip(&view.likelihood)
        .map(|(cells, (value, label))| Row {
            value: *value,
            label: label.clone(),
            cells: cells.iter().map(|c| cell(viewer, view, map, c, above)).collect(),
        })
        .collect();
    let mut cells: Vec<Cell> =
        rows.iter().flat_map(|r| r.cells.iter().filter(|c| c.count > 0).cloned()).collect();
    cells.sort_by_key(|c| std::cmp::Reverse(c.count));
    Map {
        title: words::words(&map.of),
        without: words::counted(map.without, "risk has no such score", "risks have no such score"),
        without_href: list(viewer, &format!("{}_likelihood.empty=yes", map.of)),
        of: map.of.clone(),
        rows,
        cells,
    }
}

fn cell(viewer: &Viewer, view: &Matrix, map: &HeatMap, cell: &HeatCell, above: &[String]) -> Cell {
    let risks = words::counted(cell.count, "risk", "risks");
    let level =
        if cell.level.is_empty() { "no level".to_owned() } else { words::lower(&words::words(&cell.level)) };
    let query = format!("{0}_likelihood={1}&{0}_impact={2}", map.of, cell.likelihood, cell.impact);
    Cell {
        likelihood: named(&view.likelihood, cell.likelihood),
        impact: named(&view.impact, cell.impact),
        above: above.contains(&cell.level),
        words: format!("{risks}, {level}, likelihood {}, impact {}", cell.likelihood, cell.impact),
        href: list(viewer, &query),
        level: cell.level.clone(),
        count: cell.count,
    }
}

/// The list of the risks the maps count: all but closed ones.
fn list(viewer: &Viewer, query: &str) -> String {
    let live: Vec<&str> =
        RiskState::ALL.iter().filter(|s| **s != RiskState::Closed).map(|s| s.as_str()).collect();
    format!("{}/risk?{query}&state={}", viewer.base, live.join(","))
}

fn named(scale: &[(u8, String)], value: u8) -> String {
    let label = scale.iter().find(|(v, _)| *v == value).map(|(_, l)| l.as_str()).unwrap_or_default();
    if label == value.to_string() || label.is_empty() {
        value.to_string()
    } else {
        format!("{value} {label}")
    }
}
