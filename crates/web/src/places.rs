//! Addresses of places, and what the palette and the search page offer besides records: pages and actions.

use isms::{
    Isms, Kind,
    access::{Ability, Action},
    views::place::Place,
};

use crate::{gate::Viewer, page::Page, parts::path_of, words};

/// The path of a place, without the date.
pub(crate) fn path_to(isms: &Isms, place: &Place) -> String {
    match place {
        Place::Record(id) => path_of(*id),
        Place::List(kind, filter) if filter.is_empty() => format!("/{kind}"),
        Place::List(kind, filter) => {
            let pairs = filter.iter().map(|(name, value)| format!("{name}={}", urlencoding::encode(value)));
            format!("/{kind}?{}", pairs.collect::<Vec<_>>().join("&"))
        }
        Place::New(kind) => format!("/{kind}/new"),
        Place::Single(kind) => {
            let record = isms.table(*kind).all().next().map(|r| path_of(r.id()));
            record.unwrap_or_else(|| format!("/{kind}/new"))
        }
        Place::Soa => "/soa".to_owned(),
        Place::Method => "/method".to_owned(),
        Place::Scenarios => "/starters/scenarios".to_owned(),
        Place::Documents => "/starters/documents".to_owned(),
        Place::Coverage => "/coverage".to_owned(),
        Place::Requirements(clause) => format!("/requirements?clause={clause}"),
        Place::Today => "/".to_owned(),
    }
}

/// Whether the viewer gets anywhere there: some places are forms for those who may write.
pub(crate) fn open_to(viewer: &Viewer, place: &Place) -> bool {
    let may = |action, kind| viewer.actor.may(action, kind);
    match place {
        Place::Record(id) => may(Action::Read, id.kind),
        Place::List(kind, _) => may(Action::Read, *kind),
        Place::New(kind) => viewer.edits() && may(Action::Create, *kind),
        Place::Single(kind) if viewer.isms.table(*kind).is_empty() => {
            viewer.edits() && may(Action::Create, *kind)
        }
        Place::Single(kind) => may(Action::Read, *kind),
        Place::Soa => may(Action::Read, Kind::SoaVersion),
        Place::Method => may(Action::Read, Kind::RiskMethod),
        Place::Scenarios => viewer.edits() && may(Action::Create, Kind::Risk),
        Place::Documents => viewer.edits() && may(Action::Create, Kind::Document),
        Place::Coverage | Place::Requirements(_) | Place::Today => true,
    }
}

/// A page or an action that can be found by its name.
pub(crate) struct Named {
    /// What it is called.
    pub(crate) title: String,
    /// "Page", "List", "Action" or "Requirement".
    pub(crate) sort: &'static str,
    /// Its path, without the date.
    pub(crate) path: String,
    /// Whether it stands in the menu too.
    pub(crate) in_menu: bool,
}

impl Named {
    /// The page of a requirement.
    pub(crate) fn row(row: &frameworks::Requirement) -> Self {
        let title = format!("{} {}", row.id, isms::schema::shorten(&row.paraphrase));
        Self { title, sort: "Requirement", path: format!("/requirements/{}", row.id), in_menu: false }
    }

    /// Words people may have for it besides its title: what is done there.
    pub(crate) fn also(&self) -> &'static str {
        match self.path.as_str() {
            "/soa" => "SoA decide propose approve publish applicability export",
            "/method" => "approve scales matrix criteria",
            "/settings" => "parameters intervals",
            "/activity" => "ledger history verify proof",
            path if path.ends_with("/new") => "add create enter record",
            _ => "",
        }
    }
}

/// All pages and actions that are open to the viewer.
pub(crate) fn named(viewer: &Viewer, page: &Page) -> Vec<Named> {
    let mut all: Vec<Named> = page
        .menu
        .iter()
        .flat_map(|group| &group.items)
        .map(|item| Named { title: item.label.clone(), sort: "Page", path: item.path.clone(), in_menu: true })
        .collect();
    let mut add = |title: String, sort: &'static str, path: String| {
        if !all.iter().any(|n| n.path == path) {
            all.push(Named { title, sort, path, in_menu: false });
        }
    };
    for kind in Kind::ALL.iter().copied().filter(|k| viewer.actor.may(Action::Read, *k)) {
        add(kind.decl().many.to_owned(), "List", path_to(&viewer.isms, &Place::list(kind)));
    }
    add("My account".to_owned(), "Page", "/account".to_owned());
    if viewer.actor.can(Ability::ManageAccounts) {
        add("Accounts: invite, roles, links".to_owned(), "Page", "/accounts".to_owned());
    }
    for kind in Kind::ALL.iter().copied().filter(|k| !k.decl().single) {
        if open_to(viewer, &Place::New(kind)) {
            add(format!("New {}", words::one(kind)), "Action", path_to(&viewer.isms, &Place::New(kind)));
        }
    }
    let forms = [
        ("Starter scenarios for the risk register", Place::Scenarios),
        ("Documents a certification normally needs", Place::Documents),
    ];
    for (title, place) in forms {
        if open_to(viewer, &place) {
            add(title.to_owned(), "Action", path_to(&viewer.isms, &place));
        }
    }
    if viewer.edits() && viewer.actor.may(Action::Edit, Kind::RiskMethod) {
        add("Edit the risk method".to_owned(), "Action", "/method/edit".to_owned());
    }
    add("Download the newest checkpoint of the ledger".to_owned(), "Action", "/checkpoint".to_owned());
    all
}
