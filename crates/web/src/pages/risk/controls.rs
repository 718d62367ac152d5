//! Picking controls: those that are suggested first, then all of them by theme, with a search that works without
//! script.

use isms::{
    Stored,
    records::{Control, Framework, Risk},
};

use crate::{forms::Pairs, gate::Viewer, pages::starters};

/// Controls under one heading.
pub(super) struct Group {
    pub(super) label: String,
    /// Whether it is unfolded.
    pub(super) open: bool,
    /// Whether it is what a search found.
    pub(super) found: bool,
    pub(super) controls: Vec<Pick>,
}

/// One control to tick.
pub(super) struct Pick {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) status: String,
    pub(super) on: bool,
}

/// The controls to choose from, each once: chosen, suggested, found, then by theme.
pub(super) fn groups(
    viewer: &Viewer,
    risk: &Stored<Risk>,
    chosen: &[String],
    typed: Option<&Pairs>,
) -> Vec<Group> {
    let mut left: Vec<(Pick, u8, String)> = viewer
        .isms
        .all::<Control>()
        .live()
        .map(|control| {
            let id = control.meta.id.to_string();
            let theme = match control.framework {
                Some(Framework::Custom) => 9,
                _ => frameworks::catalogue().control(&id).map_or(9, |c| c.theme.number()),
            };
            let status = control.implementation_status.map_or("", |s| s.as_str());
            let words = format!("{id} {}", control.title).to_lowercase();
            let on = chosen.contains(&id);
            (
                Pick { id, title: control.title.to_string(), status: crate::words::words(status), on },
                theme,
                words,
            )
        })
        .collect();
    let mut groups = Vec::new();
    let mut take = |label: &str, open: bool, wanted: &dyn Fn(&(Pick, u8, String)) -> bool| {
        let (taken, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut left).into_iter().partition(|c| wanted(c));
        left = rest;
        if !taken.is_empty() {
            let controls = taken.into_iter().map(|(pick, _, _)| pick).collect();
            groups.push(Group { label: label.to_owned(), open, found: label.starts_with("Found"), controls });
        }
    };
    take("Chosen", true, &|c| c.0.on);
    let suggested = starters::scenario_of(risk).map(|s| s.controls.as_slice()).unwrap_or_default();
    take("Suggested for this scenario", true, &|c| suggested.contains(&c.0.id));
    let find = typed.map(|t| t.text("_find").to_lowercase()).unwrap_or_default();
    if !find.is_empty() {
        take(&format!("Found for “{find}”"), true, &|c| {
            find.split_whitespace().all(|word| c.2.contains(word))
        });
    }
    for theme in frameworks::Theme::ALL {
        take(theme.label(), false, &|c| c.1 == theme.number());
    }
    take("Your own", false, &|_| true);
    groups
}
