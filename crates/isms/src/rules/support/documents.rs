//! 7.5: documented information.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::store_checks;
use crate::{
    Id,
    flow::{same, version_order},
    records::{
        AckCampaign, AckCampaignState, CheckOutcome, Control, Document, DocumentKind, DocumentVersion,
        DocumentVersionState, PartyRequirement, RequirementKind, RiskMethod, RiskMethodState, SoaVersion,
        SoaVersionState, SodWaiver, StoreCheckKind,
    },
    rules::{
        Count, Cx, Item, Row, Seen, When,
        cx::{counted, exists, reviewed, seen},
        mandatory,
    },
};

/// The rows of 7.5.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let published = published(cx);
    let there = When::any(published.iter().map(|p| p.when.clone()));
    let needs = |row: Row| row.needs(there.clone(), "no document is published");
    vec![
        asked_for(cx),
        found_necessary(cx, &published),
        needs(identified(cx, &published)),
        needs(formats(cx, &published)),
        needs(approved(cx, &published)),
        needs(found_and_safe(cx, &published)),
        needs(under_control(cx, &published)),
        external(cx),
    ]
}

/// A published version of a live document.
#[derive(Clone)]
pub(crate) struct Published<'a> {
    /// The document.
    pub(crate) document: Seen<'a, Document>,
    /// The version.
    pub(crate) version: Seen<'a, DocumentVersion>,
    /// The days on which both are there and the version is published.
    pub(crate) when: When,
}

impl Published<'_> {
    /// The document, with the field of it that shows something.
    fn document(&self, field: &'static str) -> Item {
        Item::new(self.document.meta.id, field, self.when.clone())
    }

    /// The version, with the field of it that shows something.
    fn version(&self, field: &'static str) -> Item {
        Item::new(self.version.meta.id, field, self.when.clone())
    }
}

/// All published versions.
pub(crate) fn published<'a>(cx: &Cx<'a>) -> Vec<Published<'a>> {
    let published = cx.live::<DocumentVersion>().filter(|v| v.state == DocumentVersionState::Published);
    published
        .filter_map(|version| {
            let document = cx.find(version.document_id).filter(|d| d.live())?;
            let from = version.published_at.or(version.effective_from);
            let from = from.map_or_else(When::always, When::from);
            let when = version.there.and(&document.there).and(&from);
            Some(Published { document, version, when })
        })
        .collect()
}

fn whole(published: &[Published<'_>]) -> Count {
    Count::of(published.iter().map(|p| &p.when))
}

fn asked_for(cx: &Cx<'_>) -> Row {
    let items = mandatory::items(cx);
    let names = |of: &dyn Fn(&mandatory::Item16) -> When| -> Vec<(String, When)> {
        let names = items.iter().flat_map(|item| {
            let (days, early) = (of(item), item.not_due());
            let due = (item.name(), days.and_not(&early));
            let not_due = (format!("{}: not due yet", item.name()), days.and(&early));
            [due, not_due]
        });
        names.filter(|(_, when)| !when.is_never()).collect()
    };
    Row::new("7.5.1a")
        .names("U1", "the standard asks for what was never written: {names}", names(&|i| i.never.clone()))
        .names(
            "P1",
            "what the standard asks for is not published or has no record in its interval: {names}",
            names(&|i| i.lacking.clone()),
        )
        .citing(items.iter().flat_map(|i| i.lacking_records.clone()).collect())
        .names("S1", "what the standard asks for is past its review: {names}", names(&|i| i.past.clone()))
        .citing(items.iter().flat_map(|i| i.past_records.clone()).collect())
}

/// Whether Table B names a document among the evidence of a control (ruling 9.4, 7.5.1b).
fn wants_document(control: &Control) -> bool {
    let entry = frameworks::catalogue().control(control.r#ref.trim());
    entry.is_some_and(|c| {
        let words = c.evidence.iter().flat_map(|e| e.split(|c: char| !c.is_alphabetic()));
        words.map(str::to_lowercase).any(|word| {
            let stem = word.strip_suffix('s').unwrap_or(&word);
            matches!(stem, "policy" | "policie" | "procedure" | "plan" | "rule" | "standard")
        })
    })
}

fn found_necessary(cx: &Cx<'_>, published: &[Published<'_>]) -> Row {
    let documents: Vec<_> = cx.live::<Document>().collect();
    let bare = cx.annex_a().filter(|c| c.document_ids.is_empty() && wants_document(c)).filter_map(|c| {
        let decision = cx.decision(c.meta.id).filter(|d| d.applicable == Some(true))?;
        Some(c.on("document_ids", &seen(decision).there))
    });
    let mut in_force: HashMap<Id, Vec<Published<'_>>> = HashMap::new();
    for p in published {
        in_force.entry(p.document.meta.id).or_default().push(p.clone());
    }
    let of = |d: &Seen<'_, Document>| in_force.get(&d.meta.id).map_or(&[][..], Vec::as_slice);
    let unpublished = documents
        .iter()
        .filter(|d| !d.required_by.is_empty())
        .map(|d| d.on("required_by", &When::any(of(d).iter().map(|p| p.when.clone())).not()));
    let overdue = documents.iter().map(|d| {
        let late = of(d).iter().map(|p| p.when.and(&cx.review_due(&p.version).past()));
        d.on("", &When::any(late))
    });
    let lapsed = published.iter().map(|p| {
        let late = cx.review_due(&p.version).lapsed;
        Item::new(p.document.meta.id, "", p.when.and(&late))
    });
    Row::new("7.5.1b")
        .when("U1", exists(&documents).not(), "no document is on record", vec![])
        .every(
            "U0",
            "none of the {m} published documents was looked at in twice its interval",
            lapsed.collect(),
            whole(published),
        )
        .any(
            "P1",
            "{n} applicable [control|controls] usually [has|have] a policy or procedure, and [names|name] no document",
            bare.collect(),
        )
        .any("P2", "{n} [document|documents] that a requirement calls for [is|are] not published", unpublished.collect())
        .over_pct(
            "S1",
            "the review of {n} of {m} documents is overdue",
            overdue.collect(),
            counted(&documents),
            10,
        )
}

fn identified(cx: &Cx<'_>, published: &[Published<'_>]) -> Row {
    let lacks = |p: &&Published<'_>| {
        let (d, v) = (&p.document, &p.version);
        let dated = v.published_at.or(v.approved_at).or(v.effective_from).is_some();
        d.identifier.is_empty()
            || d.title.is_empty()
            || v.number.is_empty()
            || v.author_id.is_none()
            || !dated
    };
    let bare: Vec<Item> = published.iter().filter(lacks).map(|p| p.document("identifier")).collect();
    let mut by_identifier: BTreeMap<String, Vec<Seen<'_, Document>>> = BTreeMap::new();
    for document in cx.live::<Document>().filter(|d| !d.identifier.is_empty()) {
        by_identifier.entry(document.identifier.trim().to_lowercase()).or_default().push(document);
    }
    let twice = by_identifier.values().filter(|same| same.len() > 1).flat_map(|same| {
        let days = counted(same).at_least(2);
        same.iter().map(move |d| d.on("identifier", &days))
    });
    let any = bare.iter().cloned().chain(twice).collect();
    Row::new("7.5.2a")
        .over_pct(
            "U1",
            "{n} of {m} published documents [lacks|lack] identifier, title, number, author or date",
            bare,
            whole(published),
            20,
        )
        .any(
            "P1",
            "{n} published [document|documents] [lacks|lack] identifier, title, number, author or date, or [shares|share] an identifier",
            any,
        )
}

/// The newest check of stored files, on the days on which it found something wrong.
fn failed_integrity(cx: &Cx<'_>) -> Vec<Item> {
    failed(cx, StoreCheckKind::Integrity)
}

fn failed(cx: &Cx<'_>, kind: StoreCheckKind) -> Vec<Item> {
    store_checks(cx, &[kind])
        .into_iter()
        .filter(|(check, _)| check.result == Some(CheckOutcome::Fail))
        .map(|(check, when)| Item::new(check.meta.id, "result", when))
        .collect()
}

fn formats(cx: &Cx<'_>, published: &[Published<'_>]) -> Row {
    let lacks = |p: &&Published<'_>| p.document.format.is_empty() || p.document.media.is_empty();
    let bare: Vec<Item> = published.iter().filter(lacks).map(|p| p.document("format")).collect();
    let any = bare.iter().cloned().chain(failed_integrity(cx)).collect();
    Row::new("7.5.2b")
        .over_pct(
            "U1",
            "{n} of {m} published documents [does|do] not say in which format or on which medium [it is|they are] kept",
            bare,
            whole(published),
            20,
        )
        .any("P1", "documents do not say in which format or on which medium they are kept, or a stored file could not be read", any)
}

fn approved(cx: &Cx<'_>, published: &[Published<'_>]) -> Row {
    let is_mandatory =
        |d: &Document| matches!(d.kind, Some(DocumentKind::Scope | DocumentKind::Policy | DocumentKind::Soa));
    let unapproved = |p: &&Published<'_>| p.version.approver_id.is_none();
    let documents = published
        .iter()
        .filter(|p| is_mandatory(&p.document))
        .filter(unapproved)
        .map(|p| p.version("approver_id"));
    let methods = cx
        .all::<RiskMethod>()
        .filter(|m| m.state == RiskMethodState::Approved && m.approved_by.is_none())
        .map(|m| m.item("approved_by"));
    let statements = cx
        .all::<SoaVersion>()
        .filter(|v| v.state == SoaVersionState::Published && v.approved_by.is_none())
        .map(|v| v.on("approved_by", &v.published_at.map_or_else(When::always, When::from)));
    let waived = waivers(cx);
    let irregular = published.iter().map(|p| {
        let (d, v) = (&p.document, &p.version);
        let late = v.approved_at.zip(v.published_at).is_some_and(|(approved, out)| approved > out);
        if v.approver_id.is_none() || late {
            return p.version(if late { "approved_at" } else { "approver_id" });
        }
        if !same(v.approver_id, v.author_id) {
            return Item::new(v.meta.id, "approver_id", When::never());
        }
        let waived = [v.meta.id, d.meta.id].map(|id| waived.get(&id).cloned().unwrap_or_default());
        Item::new(v.meta.id, "approver_id", p.when.and_not(&When::any(waived)))
    });
    let row = Row::new("7.5.2c")
        .any(
            "U1",
            "{n} [document|documents] that the standard asks for [is|are] in force and approved by nobody",
            documents.chain(methods).chain(statements).collect(),
        )
        .any(
            "P1",
            "{n} published [version|versions] [was|were] approved by nobody, by [its|their] author, or only after publication",
            irregular.collect(),
        );
    let versions: Vec<_> =
        published.iter().map(|p| Seen { record: p.version.record, there: p.when.clone() }).collect();
    reviewed(row, &versions, "next_review_at", "published [document|documents]", |v| cx.review_due(v))
}

/// Records for which somebody may approve their own work, with the days on which they may (SOD-1, SOD-4).
fn waivers(cx: &Cx<'_>) -> HashMap<Id, When> {
    let mut waived: HashMap<Id, When> = HashMap::new();
    for waiver in cx.all::<SodWaiver>().filter(|w| matches!(w.rule.trim(), "SOD-1" | "SOD-4")) {
        if let Ok(id) = waiver.record_ref.trim().parse() {
            let valid = waiver.expires_at.map_or_else(When::always, When::until);
            let days = waived.entry(id).or_default();
            *days = days.or(&waiver.there.and(&valid));
        }
    }
    waived
}

fn found_and_safe(cx: &Cx<'_>, published: &[Published<'_>]) -> Row {
    let nobody = |d: &Document| d.audience_group_ids.is_empty() && d.access_group_ids.is_empty();
    let closed: Vec<Item> =
        published.iter().filter(|p| nobody(&p.document)).map(|p| p.document("access_group_ids")).collect();
    let unclassified = published
        .iter()
        .filter(|p| !nobody(&p.document) && p.document.classification.is_empty())
        .map(|p| p.document("classification"));
    let any = closed.iter().cloned().chain(unclassified).collect();
    let checks = store_checks(cx, &[StoreCheckKind::Integrity, StoreCheckKind::RestoreTest]);
    let old = checks.into_iter().filter_map(|(check, when)| {
        let aged = When::after(check.checked_at?.plus_months(cx.p.document_months));
        Some(Item::new(check.meta.id, "checked_at", when.and(&aged)))
    });
    Row::new("7.5.3a-b")
        .over_pct(
            "U1",
            "{n} of {m} published documents [does|do] not say who gets or may read [it|them]",
            closed,
            whole(published),
            20,
        )
        .any("P1", "{n} published [document|documents] [does|do] not say who may read [it|them], or how confidential [it is|they are]", any)
        .any("P2", "stored files are not what they were when they were stored", failed_integrity(cx))
        .any("S1", "the last check of stored files or test of a restore is too long ago", old.collect())
}

fn under_control(cx: &Cx<'_>, published: &[Published<'_>]) -> Row {
    let procedure = published.iter().filter(|p| {
        p.document.kind == Some(DocumentKind::Procedure)
            && p.document.required_by.iter().any(|row| row.trim() == "7.5.3c-f")
    });
    let procedure = When::any(procedure.map(|p| p.when.clone()));
    let documents: Vec<_> = cx.live::<Document>().collect();
    let keeps = |d: &&Seen<'_, Document>| d.retention_months.is_none() || d.retention_basis.is_empty();
    let (silent, twice) = versions(cx, &documents, published);
    let offered = cx
        .all::<AckCampaign>()
        .filter(|c| c.state == AckCampaignState::Open)
        .filter(|c| {
            let version = cx.isms.find(c.document_version_id);
            version.is_some_and(|v| v.state == DocumentVersionState::Superseded)
        })
        .map(|c| c.item("document_version_id"));
    let unread = documents.iter().filter(|d| {
        let media = d.media.to_lowercase();
        media.contains("paper") || media.contains("archive")
    });
    let unread = unread.map(|d| {
        let due = d.legibility_checked_at.map(|day| day.plus_months(cx.p.document_months));
        d.on("legibility_checked_at", &due.map_or_else(When::always, When::after))
    });
    Row::new("7.5.3c-f")
        .when(
            "U1",
            procedure.not(),
            "no published procedure says how documents and records are controlled",
            vec![],
        )
        .any("P1", "{n} [version|versions] [does|do] not say what is new in [it|them]", silent)
        .any(
            "P2",
            "of {n} [document|documents] two versions count as published, or one is offered that is no longer in force",
            twice.into_iter().chain(offered).collect(),
        )
        .any(
            "P3",
            "of {n} [document|documents] it is not said how long [it is|they are] kept, or why so long",
            documents.iter().filter(keeps).map(|d| d.item("retention_months")).collect(),
        )
        .any(
            "P4",
            "records are kept past their time, neither disposed of nor held for a reason",
            failed(cx, StoreCheckKind::RetentionRun),
        )
        .any(
            "S1",
            "whether {n} [document|documents] on paper or in archives can still be read is overdue to be checked",
            unread.collect(),
        )
}

/// Versions after the first that do not say what is new, and documents of which two versions are published.
fn versions(
    cx: &Cx<'_>,
    documents: &[Seen<'_, Document>],
    published: &[Published<'_>],
) -> (Vec<Item>, Vec<Item>) {
    let live: HashSet<Id> = documents.iter().map(|d| d.meta.id).collect();
    let mut by_document: BTreeMap<Id, Vec<Seen<'_, DocumentVersion>>> = BTreeMap::new();
    for version in cx.all::<DocumentVersion>() {
        if let Some(document) = version.document_id.map(|d| d.id()).filter(|d| live.contains(d)) {
            by_document.entry(document).or_default().push(version);
        }
    }
    let mut silent = Vec::new();
    for versions in by_document.values_mut() {
        versions.sort_by(|a, b| version_order(&a.number, &b.number));
        let later = versions.iter().skip(1).filter(|v| {
            use DocumentVersionState::{Draft, InReview};
            !matches!(v.state, Draft | InReview) && v.change_summary.is_empty()
        });
        silent.extend(later.map(|v| v.item("change_summary")));
    }
    let mut at_once: BTreeMap<Id, Vec<&When>> = BTreeMap::new();
    for p in published {
        at_once.entry(p.document.meta.id).or_default().push(&p.when);
    }
    let twice = at_once.into_iter().filter(|(_, days)| days.len() > 1);
    let twice = twice.map(|(id, days)| Item::new(id, "", Count::of(days).at_least(2)));
    (silent, twice.collect())
}

fn external(cx: &Cx<'_>) -> Row {
    let all: Vec<_> = cx.live::<Document>().filter(|d| d.external_origin == Some(true)).collect();
    let binding: Vec<_> = cx
        .live::<PartyRequirement>()
        .filter(|r| {
            use RequirementKind::{Contractual, Legal, Regulatory};
            matches!(r.kind, Some(Legal | Regulatory | Contractual))
        })
        .collect();
    let lacks = |d: &&Seen<'_, Document>| {
        d.external_source.is_empty() || d.external_version.is_empty() || d.owner_id.is_none()
    };
    let row = Row::new("7.5.3-ext")
        .needs(
            exists(&all).or(&cx.stated("7.5.3-ext")),
            "no document from outside is on record, and nobody attested that none is needed",
        )
        .when(
            "U1",
            exists(&binding).and_not(&exists(&all)),
            "laws, authorities or contracts ask for something, and no document from outside is on record",
            binding.iter().map(|r| r.on("kind", &exists(&all).not())).collect(),
        )
        .any(
            "P1",
            "{n} [document|documents] from outside [lacks|lack] source, edition or owner",
            all.iter().filter(lacks).map(|d| d.item("external_version")).collect(),
        );
    reviewed(row, &all, "external_checked_at", "[document|documents] from outside", |d| {
        cx.soft(d.external_checked_at, cx.p.document_months)
    })
}
