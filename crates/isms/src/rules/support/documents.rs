//! 7.5: documented information.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::store_checks;
use crate::{
    Id,
    flow::{SMALL, same, version_order},
    records::{
        AckCampaign, AckCampaignState, CheckOutcome, Control, Document, DocumentKind, DocumentVersion,
        DocumentVersionState, OrgProfile, PartyRequirement, RequirementKind, RiskMethod, RiskMethodState,
        SoaVersion, SoaVersionState, SodWaiver, StoreCheckKind,
    },
    rules::{
        Count, Cx, Item, Row, Seen, Soft, When,
        cx::{counted, exists, first_of, reviewed},
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

    /// The document, on some of the days on which the version is published: reasons name it and not the version (ruling
    /// 9.1).
    fn on(&self, days: &When) -> Item {
        Item::new(self.document.meta.id, "", self.when.and(days))
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
    let bare = cx.annex_a().filter(|c| c.document_ids.is_empty() && wants_document(c));
    let bare = bare.map(|c| c.on("document_ids", &cx.decided(c.meta.id, true)));
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
    let lacks = |p: &Published<'_>| {
        let (d, v) = (&p.document, &p.version);
        let dated = v.published_at.or(v.approved_at).or(v.effective_from).is_some();
        let of_document = first_of([("identifier", d.identifier.is_empty()), ("title", d.title.is_empty())]);
        let of_version = || {
            first_of([
                ("number", v.number.is_empty()),
                ("author_id", v.author_id.is_none()),
                ("published_at", !dated),
            ])
        };
        let version = |field| Item::new(v.meta.id, field, p.when.clone());
        of_document.map(|field| p.document(field)).or_else(|| of_version().map(version))
    };
    let bare: Vec<Item> = published.iter().filter_map(lacks).collect();
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
    let lacks = |p: &Published<'_>| {
        first_of([("format", p.document.format.is_empty()), ("media", p.document.media.is_empty())])
    };
    let bare: Vec<Item> = published.iter().filter_map(|p| Some(p.document(lacks(p)?))).collect();
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
    let documents =
        published.iter().filter(|p| is_mandatory(&p.document)).filter(unapproved).map(|p| p.document(""));
    let methods = cx
        .all::<RiskMethod>()
        .filter(|m| m.state == RiskMethodState::Approved && m.approved_by.is_none())
        .map(|m| m.item("approved_by"));
    let statements = cx
        .all::<SoaVersion>()
        .filter(|v| v.state == SoaVersionState::Published && v.approved_by.is_none())
        .map(|v| v.on("approved_by", &v.published_at.map_or_else(When::always, When::from)));
    let waivers = Waivers::of(cx);
    let irregular = published.iter().map(|p| {
        let v = &p.version;
        let late = v.approved_at.zip(v.published_at).is_some_and(|(approved, out)| approved > out);
        if v.approver_id.is_none() || late {
            p.document("")
        } else if same(v.approver_id, v.author_id) {
            p.on(&waivers.lifting(p).not())
        } else {
            p.on(&When::never())
        }
    });
    let due = |of: &dyn Fn(&Soft) -> When| -> Vec<Item> {
        published.iter().map(|p| p.on(&of(&cx.review_due(&p.version)))).collect()
    };
    Row::new("7.5.2c")
        .any(
            "U1",
            "{n} [document|documents] that the standard asks for [is|are] in force and approved by nobody",
            documents.chain(methods).chain(statements).collect(),
        )
        .any(
            "P1",
            "{n} published [document|documents] [was|were] approved by nobody, by [its|their] author, or only after publication",
            irregular.collect(),
        )
        .every(
            "U0",
            "the {m} published [document|documents] [was|were] looked at by nobody in twice the interval",
            due(&|s| s.lapsed.clone()),
            whole(published),
        )
        .any("S1", "the review of {n} published [document|documents] is overdue", due(&Soft::past))
}

/// Leave to approve one's own work: approved, and up to its last day (4.0).
struct Waivers {
    /// The days of each, by rule and record.
    given: HashMap<(&'static str, Id), When>,
    /// The days on which the organisation is small enough for a waiver of SOD-1 to count.
    small: When,
}

impl Waivers {
    fn of(cx: &Cx<'_>) -> Self {
        let mut given: HashMap<(&'static str, Id), When> = HashMap::new();
        for waiver in cx.all::<SodWaiver>().filter(|w| w.approved_by.is_some()) {
            let rule = match waiver.rule.trim() {
                "SOD-1" => "SOD-1",
                "SOD-4" => "SOD-4",
                _ => continue,
            };
            if let (Some(last), Ok(id)) = (waiver.expires_at, waiver.record_ref.trim().parse()) {
                let days = given.entry((rule, id)).or_default();
                *days = days.or(&waiver.there.and(&When::until(last)));
            }
        }
        let small = if given.is_empty() { When::never() } else { small(cx) };
        Self { given, small }
    }

    /// The days on which somebody may have approved their own work in a document or this version of it. For the
    /// Statement of Applicability that is SOD-4; SOD-1 is not waived for it, nor for the policy, nor where people are
    /// many (8, decision 3).
    fn lifting(&self, p: &Published<'_>) -> When {
        let rule = match p.document.kind {
            Some(DocumentKind::Policy) => return When::never(),
            Some(DocumentKind::Soa) => "SOD-4",
            _ => "SOD-1",
        };
        let of = |id: Id| self.given.get(&(rule, id)).cloned().unwrap_or_default();
        let days = of(p.version.meta.id).or(&of(p.document.meta.id));
        if rule == "SOD-1" { days.and(&self.small) } else { days }
    }
}

/// The days on which the organisation is a small one: by its headcount, else by the people on record, as in the workflow.
fn small(cx: &Cx<'_>) -> When {
    match cx.isms.single::<OrgProfile>().and_then(|o| o.headcount) {
        Some(headcount) => When::fixed(headcount <= SMALL),
        None => Count::of(cx.people().iter().map(|(_, when)| when)).is(|n| n <= i64::from(SMALL)),
    }
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
        let aged = When::after(check.at?.plus_months(cx.p.document_months));
        Some(Item::new(check.meta.id, "at", when.and(&aged)))
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
    let unkept = |d: &Seen<'_, Document>| {
        let lacks = first_of([
            ("retention_months", d.retention_months.is_none()),
            ("retention_basis", d.retention_basis.is_empty()),
        ]);
        Some(d.item(lacks?))
    };
    let (silent, twice) = versions(cx, &documents, published);
    let offered = cx.all::<AckCampaign>().filter(|c| c.state == AckCampaignState::Open).filter_map(|c| {
        let version = cx.isms.find(c.document_version_id)?;
        let superseded = version.state == DocumentVersionState::Superseded;
        let document = version.document_id.filter(|_| superseded)?;
        Some(Item::new(document.id(), "", c.there))
    });
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
        .any("P1", "of {n} [document|documents] a later version does not say what is new in it", silent)
        .any(
            "P2",
            "of {n} [document|documents] two versions count as published, or one is offered that is no longer in force",
            twice.into_iter().chain(offered).collect(),
        )
        .any(
            "P3",
            "of {n} [document|documents] it is not said how long [it is|they are] kept, or why so long",
            documents.iter().filter_map(unkept).collect(),
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

/// Documents with a version after the first that does not say what is new, and those of which two versions are published.
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
    for (document, versions) in &mut by_document {
        versions.sort_by(|a, b| version_order(&a.number, &b.number));
        let later = versions.iter().skip(1).filter(|v| {
            use DocumentVersionState::{Draft, InReview};
            !matches!(v.state, Draft | InReview) && v.change_summary.is_empty()
        });
        silent.extend(later.map(|v| Item::new(*document, "", v.there.clone())));
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
    let from_outside =
        |d: &Document| d.external_origin == Some(true) || d.kind == Some(DocumentKind::External);
    let all: Vec<_> = cx.live::<Document>().filter(|d| from_outside(d)).collect();
    let binding: Vec<_> = cx
        .live::<PartyRequirement>()
        .filter(|r| {
            use RequirementKind::{Contractual, Legal, Regulatory};
            matches!(r.kind, Some(Legal | Regulatory | Contractual))
        })
        .collect();
    let lacks = |d: &Seen<'_, Document>| {
        first_of([
            ("external_source", d.external_source.is_empty()),
            ("external_version", d.external_version.is_empty()),
            ("owner_id", d.owner_id.is_none()),
        ])
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
            all.iter().filter_map(|d| Some(d.item(lacks(d)?))).collect(),
        );
    reviewed(row, &all, "external_checked_at", "[document|documents] from outside", |d| {
        cx.soft(d.external_checked_at, cx.p.document_months)
    })
}
