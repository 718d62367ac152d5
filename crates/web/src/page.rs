//! What every page shows around its content: who, which organisation, which day, the menu. Built by the gate only,
//! so a page cannot be drawn for somebody who was not let in.

use isms::{Date, Kind, record::Group, records::OrgProfile};

use crate::{
    gate::Viewer,
    parts::{Beginning, Day},
};

/// The frame of a page.
pub(crate) struct Page {
    /// Title of the page, before the names of organisation and product.
    pub(crate) title: String,
    /// Prefix of every link: empty, or `/at/DATE` while looking at another day.
    pub(crate) base: String,
    /// Name of the organisation.
    pub(crate) organisation: String,
    /// Name of the account.
    pub(crate) account: String,
    /// The real today.
    pub(crate) today: Date,
    /// The day the page is about, if it is not today.
    pub(crate) other_day: Option<Date>,
    /// What a page about a day before the ledger's first says instead of its content.
    pub(crate) beginning: Option<Beginning>,
    /// Path of the page without the date, to stay on it when the day changes.
    pub(crate) path: String,
    /// The menu.
    pub(crate) menu: Vec<MenuGroup>,
    /// What just happened.
    pub(crate) flash: Option<String>,
    /// Whether the viewer may manage accounts.
    pub(crate) administrator: bool,
}

/// A group of links in the menu.
pub(crate) struct MenuGroup {
    pub(crate) label: &'static str,
    pub(crate) items: Vec<MenuItem>,
}

/// A link in the menu.
pub(crate) struct MenuItem {
    pub(crate) label: String,
    /// Path without the date.
    pub(crate) path: String,
    pub(crate) count: Option<usize>,
    pub(crate) here: bool,
}

impl Page {
    /// The frame for a viewer.
    pub(crate) fn new(viewer: &Viewer, title: impl Into<String>) -> Self {
        // Before the organisation had a name on record it is called what it is called today.
        let now = viewer.app.org.snapshot();
        let profile = viewer.isms.single::<OrgProfile>().or_else(|| now.single());
        Self {
            title: title.into(),
            base: viewer.base.clone(),
            organisation: profile.map_or_else(|| "Isthmus".to_owned(), |o| o.name.to_string()),
            account: viewer.account.name.clone(),
            today: viewer.today,
            other_day: viewer.at.filter(|at| *at != viewer.today),
            beginning: viewer.begins.map(|day| beginning(viewer, day)),
            path: viewer.path.clone(),
            menu: menu(viewer),
            flash: viewer.flash.clone(),
            administrator: viewer.actor.can(isms::access::Ability::ManageAccounts),
        }
    }

    /// Whether the page shows a day that has passed.
    pub(crate) fn is_past(&self) -> bool {
        self.other_day.is_some_and(|d| d < self.today)
    }

    /// The day shown in the date field of the header.
    pub(crate) fn day(&self) -> Date {
        self.other_day.unwrap_or(self.today)
    }

    /// Whether changes are offered: never on a page about another day.
    pub(crate) fn edits(&self) -> bool {
        self.other_day.is_none()
    }
}

/// Leads to the same page on the ledger's first day.
fn beginning(viewer: &Viewer, day: Date) -> Beginning {
    let path = viewer.path.clone();
    let there = if day == viewer.today { path } else { format!("/at/{day}{path}") };
    Beginning { heading: "Nothing was recorded yet", begins: Day { date: day }, to: Some((there, "Go to")) }
}

/// Kinds whose lists stand in the menu under each group; the others are reached from the group's page.
fn menu(viewer: &Viewer) -> Vec<MenuGroup> {
    let path = viewer.path.as_str();
    let item = |label: &str, target: &str, count: Option<usize>| MenuItem {
        label: label.to_owned(),
        path: target.to_owned(),
        count,
        here: path == target
            || (target.len() > 1 && path.strip_prefix(target).is_some_and(|r| r.starts_with('/'))),
    };
    let kind = |kind: Kind| {
        let count = viewer.isms.table(kind).len();
        item(kind.decl().many, &format!("/{}", kind.name()), Some(count))
    };
    let group = |group: Group| {
        let kinds = Kind::ALL.iter().copied().filter(|k| k.decl().group == group);
        let here =
            kinds.clone().any(|k| path.strip_prefix('/').and_then(|p| p.split('/').next()) == Some(k.name()));
        let target = format!("/group/{}", slug(group));
        MenuItem { label: group.label().to_owned(), here: here || path == target, path: target, count: None }
    };
    vec![
        MenuGroup { label: "", items: vec![item("Today", "/", None), item("The path", "/path", None)] },
        MenuGroup {
            label: "Plan",
            items: vec![
                group(Group::Context),
                kind(Kind::Risk),
                item("Risk matrix", "/matrix", None),
                item("Risk method", "/method", None),
                kind(Kind::Control),
                item("Statement of Applicability", "/soa", None),
                group(Group::Objectives),
            ],
        },
        MenuGroup {
            label: "Do",
            items: vec![
                kind(Kind::Evidence),
                group(Group::Documents),
                kind(Kind::Asset),
                group(Group::Suppliers),
                group(Group::People),
                group(Group::Incidents),
                group(Group::Changes),
                kind(Kind::Task),
            ],
        },
        MenuGroup {
            label: "Check",
            items: vec![
                item("Requirements", "/requirements", None),
                item("Forecast", "/forecast", None),
                item("Evidence calendar", "/calendar", None),
                item("Mandatory documents", "/coverage", None),
                item("Frameworks", "/frameworks", None),
                group(Group::Audits),
                group(Group::Reviews),
                group(Group::Certification),
            ],
        },
        MenuGroup {
            label: "Keep",
            items: vec![item("Activity", "/activity", None), item("Settings", "/settings", None)],
        },
    ]
}

/// The word for a group in an address.
pub(crate) fn slug(group: Group) -> String {
    group.label().to_lowercase().replace(' ', "-")
}
