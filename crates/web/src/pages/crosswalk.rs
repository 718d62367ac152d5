//! Other frameworks: for each of their requirements the rows and controls of ISO/IEC 27001 that speak to it, how much,
//! and how those stand. What is met here is never said to be met there, and what nothing speaks to is said and counted.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::{Html, IntoResponse, Response},
};
use frameworks::{Framework, Strength, Target, TargetRequirement, crosswalks};
use isms::rules::{Assessment, Status};

use crate::{error::WebError, fault::query, gate::Viewer, page::Page, parts::StatusChip, subjects, words};

#[derive(Template)]
#[template(path = "frameworks/list.html")]
struct ListPage {
    page: Page,
    frameworks: Vec<FrameworkLine>,
}

struct FrameworkLine {
    path: String,
    name: &'static str,
    title: &'static str,
    confidence: String,
    counts: Coverage,
}

/// How many requirements the best link of which is how strong.
#[derive(Clone, Copy, Default)]
struct Coverage {
    total: usize,
    strong: usize,
    supporting: usize,
    unsure: usize,
    none: usize,
}

impl Coverage {
    fn of(framework: Framework, target: &Target) -> Self {
        let mut counts = Self::default();
        for requirement in &target.requirements {
            counts.total += 1;
            match crosswalks().best(framework, &requirement.id) {
                Some(Strength::Strong) => counts.strong += 1,
                Some(Strength::Supporting) => counts.supporting += 1,
                Some(Strength::Unsure) => counts.unsure += 1,
                None => counts.none += 1,
            }
        }
        counts
    }
}

/// `GET /frameworks`.
pub(crate) async fn list(viewer: Viewer) -> Result<Response, WebError> {
    let frameworks = crosswalks().targets().map(|(framework, target)| FrameworkLine {
        path: path(framework),
        name: framework.label(),
        title: &target.title,
        confidence: words::capital(&target.confidence),
        counts: Coverage::of(framework, target),
    });
    let page = ListPage { page: Page::new(&viewer, "Frameworks"), frameworks: frameworks.collect() };
    Ok(Html(page.render()?).into_response())
}

fn path(framework: Framework) -> String {
    format!("/frameworks/{}", framework.word())
}

#[derive(Template)]
#[template(path = "frameworks/one.html")]
struct OnePage {
    page: Page,
    path: String,
    name: &'static str,
    title: &'static str,
    issuer: &'static str,
    confidence: String,
    reading: &'static str,
    counts: Coverage,
    show: &'static str,
    groups: Vec<GroupLine>,
    shown: usize,
}

impl OnePage {
    fn shows(&self, word: &str) -> bool {
        self.show == word
    }
}

struct GroupLine {
    title: String,
    lines: Vec<RequirementLine>,
}

struct RequirementLine {
    id: &'static str,
    title: &'static str,
    weight: &'static str,
    best: Option<Strength>,
    links: Vec<SourceLine>,
}

/// A clause or control that speaks to a requirement.
#[derive(Clone)]
struct SourceLine {
    id: &'static str,
    path: String,
    title: String,
    strength: Strength,
    /// The worst verdict among its rows; nothing where no rule judges it.
    status: Option<StatusChip>,
}

impl RequirementLine {
    fn in_words(&self) -> &'static str {
        match self.best {
            Some(Strength::Strong) => "A main means",
            Some(Strength::Supporting) => "Supports only",
            Some(Strength::Unsure) => "To be confirmed",
            None => "Not covered",
        }
    }
}

/// What can be shown apart: the word in the address, and of what strength the best link is.
const SHOWN: [(&str, Option<Strength>); 4] = [
    ("strong", Some(Strength::Strong)),
    ("supporting", Some(Strength::Supporting)),
    ("unsure", Some(Strength::Unsure)),
    ("not_covered", None),
];

/// `GET /frameworks/{name}`. `show=` leaves only what is covered so, or `not_covered`.
pub(crate) async fn one(
    viewer: Viewer,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, WebError> {
    let asked = query(raw)?;
    let framework = Framework::from_word(&name);
    let Some((framework, target)) = framework.and_then(|f| Some((f, crosswalks().target(f)?))) else {
        return Err(WebError::NotFound("There is no such framework here.".to_owned()));
    };
    let assessment = viewer.assessment().await?;
    let standing = standing(&viewer, &assessment);
    let show = SHOWN.into_iter().find(|(word, _)| *word == asked.text("show"));
    let line = |requirement: &'static TargetRequirement| {
        let mut links: Vec<SourceLine> = crosswalks()
            .links_to(framework, &requirement.id)
            .map(|link| source(&viewer, &link.source, link.strength, standing.get(link.source.as_str())))
            .collect();
        links.sort_by(|a, b| a.strength.cmp(&b.strength).then_with(|| frameworks::natural_cmp(a.id, b.id)));
        RequirementLine {
            id: &requirement.id,
            title: &requirement.title,
            weight: requirement.kind.map_or("", |k| k.label()),
            best: links.iter().map(|l| l.strength).min(),
            links,
        }
    };
    let groups: Vec<GroupLine> = target
        .groups
        .iter()
        .map(|group| GroupLine {
            title: format!("{} {}", group.id, group.title),
            lines: target
                .requirements
                .iter()
                .filter(|r| r.group == group.id)
                .map(line)
                .filter(|l| show.is_none_or(|(_, strength)| l.best == strength))
                .collect(),
        })
        .filter(|group: &GroupLine| !group.lines.is_empty())
        .collect();
    let page = OnePage {
        page: Page::new(&viewer, framework.label()),
        path: path(framework),
        name: framework.label(),
        title: &target.title,
        issuer: &target.issuer,
        confidence: words::capital(&target.confidence),
        reading: &target.reading,
        counts: Coverage::of(framework, target),
        show: show.map_or("", |(word, _)| word),
        shown: groups.iter().map(|g| g.lines.len()).sum(),
        groups,
    };
    Ok(Html(page.render()?).into_response())
}

/// The worst verdict under each mapped clause or control.
fn standing(viewer: &Viewer, assessment: &Assessment) -> HashMap<&'static str, Status> {
    let mut standing: HashMap<&str, Status> = HashMap::new();
    for subject in assessment.subjects().iter().filter(|s| !s.advisory) {
        if let Some(source) = crosswalks().source_of(&subject.judged.id) {
            let status = subject.judged.status(viewer.day);
            let worst = standing.entry(source).or_insert(status);
            *worst = (*worst).max(status);
        }
    }
    standing
}

fn source(viewer: &Viewer, id: &'static str, strength: Strength, status: Option<&Status>) -> SourceLine {
    let control = frameworks::catalogue().control(id);
    let row = frameworks::catalogue().requirement(id);
    let rows = frameworks::catalogue().requirements_under(id).count();
    let path = match rows > 1 {
        true => format!("/requirements?q={}", urlencoding::encode(id)),
        false => {
            let only = frameworks::catalogue().requirements_under(id).next();
            subjects::subject_path(only.map_or(id, |r| r.id.as_str()))
        }
    };
    SourceLine {
        id,
        path: format!("{}{path}", viewer.base),
        title: match (control, row) {
            (Some(control), _) => control.title.clone(),
            (None, Some(row)) => subjects::row_title(&row.id),
            (None, None) => words::counted(rows, "requirement", "requirements"),
        },
        strength,
        status: status.map(|s| StatusChip::new(*s)),
    }
}
