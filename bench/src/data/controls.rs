//! Controls, the Statement of Applicability about them, and the evidence that they work.

use isms::Kind;
use serde_json::json;

use super::{Scale, book::Book};

const VERBS: &[&str] = &["Review", "Restrict", "Monitor", "Encrypt", "Back up", "Test", "Log", "Separate"];
const OBJECTS: &[&str] = &[
    "access to customer data",
    "changes to the platform",
    "administrators' sessions",
    "keys and certificates",
    "supplier connections",
    "mobile devices",
    "records of payment",
    "development environments",
];
const STATUS: &[&str] = &["implemented", "implemented", "implemented", "partly", "planned", "not_started"];
const PROOFS: &[&str] = &["record", "screenshot", "report", "log extract", "minutes"];

/// How many controls there are besides those of Annex A.
pub(super) fn own(scale: Scale) -> usize {
    scale.controls.saturating_sub(frameworks::catalogue().controls().len())
}

/// The ids of all controls in the document.
fn ids(scale: Scale) -> impl Iterator<Item = String> {
    let annex_a = frameworks::catalogue().controls().iter().map(|c| c.id.clone());
    annex_a.chain((1..=own(scale)).map(|n| format!("c{n}")))
}

/// Adds controls and evidence.
pub(super) fn add(book: &mut Book, scale: Scale) {
    let all: Vec<String> = ids(scale).collect();
    for (n, id) in all.iter().enumerate() {
        let owner = book.pick("p", scale.people);
        let reviewed = book.past(360);
        let title = format!("{} {} ({n})", book.dice.one(VERBS), book.dice.one(OBJECTS));
        let custom = id.starts_with('c');
        let fields = json!({
            "ref": custom.then(|| format!("MI-{n:04}")),
            "title": custom.then_some(title),
            "framework": custom.then_some("custom"),
            "owner_id": owner,
            "implementation_status": book.dice.one(STATUS),
            "implementation_note": "Carried out by the platform team, checked by the security team each quarter.",
            "review_interval_months": 12,
            "last_reviewed_at": reviewed,
            "review_result": "effective",
        });
        book.add(Kind::Control, id, fields);
    }
    for n in 1..=scale.evidence {
        let control = book.dice.one(&all).clone();
        let (by, reviewer) = (book.pick("p", scale.people), book.pick("p", scale.people));
        let (collected, valid) = (book.past(300), book.ahead(300));
        let proof = *book.dice.one(PROOFS);
        let fields = json!({
            "control_ids": [control],
            "title": format!("{proof} {n} for {control}"),
            "kind": proof,
            "url": format!("https://files.meridian.example/{n}"),
            "collected_by": by,
            "collected_at": collected,
            "reviewed_by": reviewer,
            "reviewed_at": collected,
            "valid_until": valid,
            "state": "accepted",
        });
        book.add(Kind::Evidence, format!("e{n}"), fields);
    }
}

/// Adds a published Statement of Applicability about all controls.
pub(super) fn add_decisions(book: &mut Book, scale: Scale) {
    let (approved, review) = (book.today.plus_days(-120).to_string(), book.today.plus_days(245).to_string());
    let version = json!({
        "number": "1",
        "author_id": "p4",
        "approved_by": "p1",
        "approved_at": approved,
        "published_at": approved,
        "next_review_at": review,
        "state": "published",
    });
    book.add(Kind::SoaVersion, "soa", version);
    for id in ids(scale) {
        let applicable = book.dice.percent(95);
        let fields = json!({
            "control_id": id,
            "soa_version_id": "soa",
            "applicable": applicable,
            "reason_codes": if applicable { vec!["risk", "baseline"] } else { Vec::new() },
            "justification": if applicable { "Treats risks of the register." } else { "Nothing of the kind is in scope." },
            "implementation_status_at_version": book.dice.one(STATUS),
            "decided_by": "p4",
            "decided_at": approved,
            "approved_by": "p1",
            "approved_at": approved,
            "state": "published",
        });
        book.add(Kind::ApplicabilityDecision, format!("soa-{id}"), fields);
    }
}
