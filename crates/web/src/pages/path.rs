//! The path: six steps from nothing to a certificate.

use askama::Template;
use axum::response::Html;
use isms::views::path::{self, Need, PathStep, Progress, Turn};

use crate::{
    error::WebError,
    gate::Viewer,
    page::Page,
    places::{open_to, path_to},
};

#[derive(Template)]
#[template(path = "path.html")]
struct PathPage {
    page: Page,
    steps: Vec<Step>,
    closing: &'static str,
}

struct Step {
    number: u32,
    title: &'static str,
    turn: &'static str,
    said: String,
    current: bool,
    summary: &'static str,
    help: Vec<&'static str>,
    needs: Vec<Line>,
    /// Where to go on: the first thing that is not done.
    go: Option<(String, &'static str)>,
    /// What there is to start from, with where it is for those who get there.
    offers: Vec<(String, Option<String>)>,
    asked: &'static [String],
    produced: &'static [String],
    exit_test: String,
}

/// One thing a step needs.
pub(super) struct Line {
    pub(super) status: &'static str,
    pub(super) word: &'static str,
    pub(super) words: String,
    pub(super) path: Option<String>,
}

/// What a step is about, in a sentence.
fn summary(number: u32) -> &'static str {
    match number {
        1 => "Who we are, who expects what of us, what is inside and what is not.",
        2 => {
            "A method everybody can apply alike, the things worth protecting, what could happen to them, and what we do about it."
        }
        3 => "Compare what you do against Annex A, and state what applies and why.",
        4 => "Do what was decided, and keep what shows it.",
        5 => "Look at it yourselves before others do: one audit, one review by top management.",
        6 => "The certification body looks at the documents, then at the practice.",
        _ => "",
    }
}

pub(super) fn line(viewer: &Viewer, need: &Need) -> Line {
    let (status, word) = match need.progress {
        Progress::Done => ("met", "Done"),
        Progress::Begun => ("partly", "Begun"),
        Progress::Open => ("none", "Open"),
    };
    let path = open_to(viewer, &need.place).then(|| path_to(&viewer.isms, &need.place));
    Line { status, word, words: need.words.clone(), path }
}

fn step(viewer: &Viewer, step: &PathStep) -> Step {
    let about = step.about;
    let [from, to] = about.weeks;
    let weeks = format!("usually {from} to {to} weeks");
    let (turn, said) = match step.turn {
        Turn::Done if step.needs.iter().any(|n| n.progress != Progress::Done) => {
            ("done", "Done, with something left to do".to_owned())
        }
        Turn::Done => ("done", "Done".to_owned()),
        Turn::Next => ("next", format!("Next, {weeks}")),
        Turn::Later => ("later", format!("Not recommended yet, {weeks}")),
    };
    let open = || step.needs.iter().filter(|n| n.progress != Progress::Done && open_to(viewer, &n.place));
    let first = open().find(|n| !n.enough).or_else(|| open().next());
    Step {
        number: about.number,
        title: &about.title,
        turn,
        said,
        current: step.turn == Turn::Next,
        summary: summary(about.number),
        help: step.help.clone(),
        needs: step.needs.iter().map(|n| line(viewer, n)).collect(),
        go: first.map(|n| (path_to(&viewer.isms, &n.place), n.go)),
        offers: step
            .offers
            .iter()
            .map(|o| {
                let path = open_to(viewer, &o.place).then(|| path_to(&viewer.isms, &o.place));
                (o.words.clone(), path)
            })
            .collect(),
        asked: &about.asked,
        produced: &about.produced,
        // Names of parameters are marked in the catalogue; here they are words among others.
        exit_test: about.exit_test.replace('`', ""),
    }
}

/// The page.
pub(crate) async fn path(viewer: Viewer) -> Result<Html<String>, WebError> {
    let judged = viewer.assessment().await?;
    let steps = path::path(&viewer.isms, &judged, viewer.day);
    let page = PathPage {
        page: Page::new(&viewer, "The path"),
        steps: steps.iter().map(|s| step(&viewer, s)).collect(),
        closing: frameworks::catalogue().path_help().last().map_or("", String::as_str),
    };
    Ok(Html(page.render()?))
}
