//! The list page: head, filters in use, rows, pager. Written straight into one string; only the rows of the page are
//! looked at.

use std::fmt::Write;

use axum::body::Bytes;
use isms::{
    Id, Kind,
    access::{Ability, Action},
    views::derived::Cx,
};

use super::{address::Asked, cells::Cells, toolbar};
use crate::{
    answers::{Form, Question},
    gate::Viewer,
    parts::{Markup, escape},
    words,
};

/// The content of a list page. `found` are the numbers of all records found, in order.
pub(crate) fn draw(viewer: &Viewer, asked: &Asked, found: &[u32]) -> Markup {
    let mut out = String::with_capacity(64 * 1024);
    head(&mut out, viewer, asked, found.len());
    let table = viewer.isms.table(asked.kind);
    if table.is_empty() {
        nothing_yet(&mut out, viewer, asked.kind);
        return Markup::written(out);
    }
    toolbar::draw(&mut out, viewer, asked);
    if found.is_empty() {
        nothing_found(&mut out, viewer, asked);
    } else {
        body(&mut out, viewer, asked, found);
    }
    Markup::written(out)
}

/// Rows and pager: the same for everybody who may see all of the kind, so they are kept until something is written.
fn body(out: &mut String, viewer: &Viewer, asked: &Asked, found: &[u32]) {
    let query = asked.question(&[], Some(("page", &asked.query.page.to_string())));
    let question =
        Question::new(Form::Rows, asked.kind, &viewer.isms, viewer.day, &viewer.base, Some(&query));
    let for_all = viewer.sees_all(asked.kind);
    if let Some(kept) = viewer.app.answers.get(&question).filter(|_| for_all)
        && let Ok(html) = std::str::from_utf8(&kept)
    {
        return out.push_str(html);
    }
    let start = out.len();
    rows(out, viewer, asked, found);
    asked
        .pager(found.len())
        .draw(out, |n| asked.with(&viewer.base, "page", (n > 1).then(|| n.to_string()).as_deref()));
    if for_all {
        let written = out.get(start..).unwrap_or_default();
        viewer.app.answers.keep(question, &Bytes::copy_from_slice(written.as_bytes()));
    }
}

/// Pages of their own shape about the records of a kind: what they are called and where they are.
pub(crate) fn beside(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Risk => &[("Matrix", "/matrix"), ("Starter scenarios", "/starters/scenarios")],
        Kind::Control | Kind::ApplicabilityDecision | Kind::SoaVersion => {
            &[("Statement of Applicability", "/soa")]
        }
        Kind::Document => &[("Documents to begin with", "/starters/documents")],
        Kind::RiskMethod => &[("Risk method", "/method")],
        Kind::Evidence => &[("Upload files", "/evidence/upload")],
        _ => &[],
    }
}

/// Whether the viewer may make a new record of the kind, here and now.
fn may_add(viewer: &Viewer, kind: Kind) -> bool {
    let taken = kind.decl().single && !viewer.isms.table(kind).is_empty();
    viewer.edits() && !taken && viewer.actor.may(Action::Create, kind)
}

fn head(out: &mut String, viewer: &Viewer, asked: &Asked, found: usize) {
    let kind = asked.kind;
    let decl = kind.decl();
    out.push_str("<header class=\"page-head\"><h1>");
    escape(out, decl.many);
    out.push_str("</h1><span class=\"count\">");
    let all = viewer.isms.table(kind).len();
    if asked.narrowed() {
        let _ = write!(out, "{} of {}", words::count(found), words::count(all));
    } else {
        out.push_str(&words::count(found));
    }
    out.push_str("</span><div class=\"actions\">");
    for (label, path) in beside(kind) {
        // Starters and uploads add records; they are for those who may.
        if (path.starts_with("/starters") || path.ends_with("/upload")) && !may_add(viewer, kind) {
            continue;
        }
        let _ = write!(
            out,
            "<a class=\"btn\" href=\"{}{path}\" data-palette=\"{label}\">{label}</a>",
            viewer.base
        );
    }
    if found > 0 && viewer.actor.can(Ability::Export) {
        let question = asked.question(&[], None);
        let mut question_html = String::new();
        escape(&mut question_html, &question);
        let rows = words::counted(found, "row", "rows");
        let _ = write!(out, "<details class=\"menu\"><summary class=\"btn\">Export</summary><ul>");
        for (format, label) in [("xlsx", "XLSX"), ("csv", "CSV"), ("json", "JSON")] {
            let _ = write!(
                out,
                "<li><a href=\"{}/{kind}/export/{format}{question_html}\">{label}, {rows}</a></li>",
                viewer.base
            );
        }
        out.push_str("</ul></details>");
    }
    if may_add(viewer, kind) {
        let one = words::one(kind);
        let _ = write!(
            out,
            "<a class=\"btn primary\" href=\"/{kind}/new\" data-palette=\"New {one}\">New {one}</a>"
        );
    }
    out.push_str("</div></header>");
}

fn nothing_yet(out: &mut String, viewer: &Viewer, kind: Kind) {
    let decl = kind.decl();
    let _ = write!(out, "<section class=\"empty\"><h2>No {} yet</h2><p>", words::many(kind));
    escape(out, decl.about);
    out.push_str("</p>");
    if !decl.clause.is_empty() {
        let _ = write!(out, "<p class=\"muted\">Serves {}.</p>", decl.clause);
    }
    if may_add(viewer, kind) {
        let _ = write!(
            out,
            "<div class=\"actions\"><a class=\"btn primary\" href=\"/{kind}/new\">Add the first one</a>"
        );
        for (label, path) in beside(kind).iter().filter(|(_, path)| path.starts_with("/starters")) {
            let _ = write!(out, "<a class=\"btn\" href=\"{path}\">{label}</a>");
        }
        out.push_str("</div>");
    } else if viewer.edits() {
        out.push_str("<p>Your role does not add them; an ISMS manager can.</p>");
    }
    out.push_str("</section>");
}

fn nothing_found(out: &mut String, viewer: &Viewer, asked: &Asked) {
    let _ = write!(
        out,
        "<section class=\"empty\"><h2>Nothing matches</h2><p>None of the {} fits these filters.</p><div class=\"actions\"><a class=\"btn\" href=\"{}/{}\">Show all</a></div></section>",
        words::many(asked.kind),
        viewer.base,
        asked.kind
    );
}

fn rows(out: &mut String, viewer: &Viewer, asked: &Asked, found: &[u32]) {
    let kind = asked.kind;
    let isms = &*viewer.isms;
    let wide = asked.columns.len() > 8;
    out.push_str("<div class=\"table-wrap");
    out.push_str(if wide { " wide\" role=\"region\" tabindex=\"0\" aria-label=\"Table\">" } else { "\">" });
    out.push_str("<table class=\"list\"><caption class=\"visually-hidden\">");
    escape(out, kind.decl().many);
    out.push_str("</caption><thead><tr>");
    header(out, viewer, asked, "id", "Id", "");
    header(out, viewer, asked, "title", "Title", "");
    for column in &asked.columns {
        let class = if column.class() == "num" { "num" } else { "" };
        header(out, viewer, asked, column.name(), &column.label(), class);
    }
    out.push_str("</tr></thead><tbody>");
    let labels: Vec<String> = asked
        .columns
        .iter()
        .map(|c| {
            let mut label = String::new();
            escape(&mut label, &c.label());
            format!("<td class=\"{}\" data-label=\"{label}\">", c.class())
        })
        .collect();
    let cx = Cx { isms, today: viewer.day };
    let cells = Cells { isms, base: &viewer.base, narrow: true };
    let table = isms.table(kind);
    for record in asked.on_page(found).iter().filter_map(|n| table.any(*n)) {
        let id: Id = record.id();
        let title = record.title();
        let _ = write!(
            out,
            "<tr><td class=\"fit ref\"><a class=\"id\" href=\"{0}/{kind}/{id}\" tabindex=\"-1\">{id}</a></td><th scope=\"row\" class=\"title\"><a href=\"{0}/{kind}/{id}\">",
            viewer.base
        );
        escape(out, words::titled(&title));
        out.push_str("</a>");
        if record.meta().archived {
            out.push_str(" <span class=\"chip\">Archived</span>");
        }
        out.push_str("</th>");
        for (column, open) in asked.columns.iter().zip(&labels) {
            out.push_str(open);
            if let Some(value) = column.value(&cx, record) {
                cells.cell(out, column, &value);
            }
            out.push_str("</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

/// A heading that orders by its column: upward at first, downward when it is pressed again.
fn header(out: &mut String, viewer: &Viewer, asked: &Asked, name: &str, label: &str, class: &str) {
    let first = asked.query.sort.first().filter(|(field, _)| field == name).map(|(_, down)| *down);
    out.push_str("<th scope=\"col\"");
    if !class.is_empty() {
        let _ = write!(out, " class=\"{class}\"");
    }
    out.push_str(match first {
        Some(true) => " aria-sort=\"descending\"><a href=\"",
        Some(false) => " aria-sort=\"ascending\"><a href=\"",
        None => "><a href=\"",
    });
    let next = if first == Some(false) { format!("-{name}") } else { name.to_owned() };
    escape(out, &asked.with(&viewer.base, "sort", Some(&next)));
    out.push_str("\">");
    escape(out, label);
    out.push_str("</a></th>");
}
