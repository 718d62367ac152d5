//! The company, its people, its scope and its assets.

use isms::Kind;
use serde_json::json;

use super::{Scale, book::Book};

const FIRST: &[&str] = &[
    "Ada", "Bram", "Chidi", "Dagny", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Liam",
    "Mina", "Noor", "Oskar", "Petra", "Quentin", "Rosa", "Sven", "Tove", "Ulla", "Viktor", "Wanda", "Xenia",
    "Yusuf", "Zora",
];
const LAST: &[&str] = &[
    "Andersson",
    "Brandt",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Gomez",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Peeters",
    "Quist",
    "Rossi",
    "Silva",
    "Tanaka",
    "Umar",
    "Virtanen",
    "Weber",
    "Yilmaz",
    "Zhang",
];
const SITES: &[&str] =
    &["Head office", "Data centre north", "Data centre south", "Support centre", "Laboratory"];
const THINGS: &[(&str, &str)] = &[
    ("Customer database", "information"),
    ("Payroll records", "information"),
    ("Source code repository", "software"),
    ("Build server", "hardware"),
    ("Payment gateway", "service"),
    ("Mail platform", "service"),
    ("Laptop fleet", "hardware"),
    ("Backup vault", "hardware"),
    ("Design archive", "information"),
    ("Identity provider", "service"),
    ("Support desk", "service"),
    ("Mobile application", "software"),
];
const CLASSES: &[&str] = &["public", "internal", "confidential", "restricted"];

/// Adds them.
pub(super) fn add(book: &mut Book, scale: Scale) {
    let profile =
        json!({ "name": "Meridian Instruments", "headcount": scale.people, "timezone": "Europe/Stockholm" });
    book.add(Kind::OrgProfile, "org", profile);
    for n in 1..=scale.people {
        let name = format!("{} {}", book.dice.one(FIRST), book.dice.one(LAST));
        let start = book.past(3_000);
        let fields = json!({
            "name": name,
            "employment_type": "employee",
            "manager_id": (n > 3).then(|| format!("p{}", n / 3)),
            "start_date": start,
            "in_scope": true,
            "is_top_management": n <= 3,
            "group_ids": ["g-all"],
        });
        book.add(Kind::Person, format!("p{n}"), fields);
    }
    for (n, site) in (1..).zip(SITES) {
        let reviewed = book.past(300);
        let fields = json!({ "kind": "site", "name": site, "in_scope": true, "last_reviewed_at": reviewed });
        book.add(Kind::ScopeItem, format!("scope{n}"), fields);
    }
    for n in 1..=scale.assets {
        let (name, asset_type) = *book.dice.one(THINGS);
        let owner = book.pick("p", scale.people);
        let (added, reviewed) = (book.past(2_000), book.past(360));
        let fields = json!({
            "name": format!("{name} {n}"),
            "asset_type": asset_type,
            "owner_id": owner,
            "classification": book.dice.one(CLASSES),
            "value_c": book.dice.between(1, 5),
            "value_i": book.dice.between(1, 5),
            "value_a": book.dice.between(1, 5),
            "in_scope": true,
            "added_at": added,
            "last_reviewed_at": reviewed,
        });
        book.add(Kind::Asset, format!("a{n}"), fields);
    }
}

/// How many parts of the scope there are.
pub(super) fn scope_items() -> usize {
    SITES.len()
}
