//! What the page of a record shows beyond its fields: panels of a shape of their own, by kind.

use askama::Template;
use isms::{
    Date, Id, Kind, Ref, Stored,
    access::Action,
    records::{
        ApplicabilityDecision, Control, Document, DocumentVersion, Evidence, EvidenceRequirement, Risk,
        TreatmentPlan,
    },
    views::{scores, soa},
};

use crate::{
    error::WebError,
    gate::Viewer,
    pages::{evidence, risk},
    parts::{Markup, RecordLink, StateChip},
    upload::size_words,
};

/// The panels of a record, in order; none for most kinds.
pub(crate) async fn of(viewer: &Viewer, id: Id) -> Result<Vec<Markup>, WebError> {
    fn typed<T: isms::record::Filed>(viewer: &Viewer, id: Id) -> Option<&Stored<T>> {
        viewer.isms.get(Ref::try_from(id).ok()?)
    }
    match id.kind {
        Kind::Risk => typed::<Risk>(viewer, id).map_or(Ok(Vec::new()), |risk| risk::panels(viewer, risk)),
        Kind::Control => {
            typed::<Control>(viewer, id).map_or(Ok(Vec::new()), |control| of_control(viewer, control))
        }
        Kind::Evidence => match typed::<Evidence>(viewer, id) {
            Some(evidence) => evidence::panel(viewer, evidence).await,
            None => Ok(Vec::new()),
        },
        Kind::Document => match typed::<Document>(viewer, id) {
            Some(document) => of_document(viewer, document).await,
            None => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    }
}

#[derive(Template)]
#[template(path = "soa/panel.html")]
struct ControlPanel {
    base: String,
    id: String,
    annex_a: bool,
    decision: Option<DecisionLine>,
    draft: Option<DecisionLine>,
    drivers: Vec<(String, RecordLink)>,
    plans: Vec<(RecordLink, RecordLink, StateChip, Option<Date>)>,
    asked: Vec<RecordLink>,
    evidence: Vec<EvidenceLine>,
    may_hand_in: bool,
}

struct DecisionLine {
    link: RecordLink,
    version: String,
    state: StateChip,
    applicable: &'static str,
    justification: String,
}

struct EvidenceLine {
    link: RecordLink,
    state: StateChip,
    until: Option<Date>,
    /// Whether it proves the control on the day.
    counts: bool,
}

fn decision_line(viewer: &Viewer, decision: &Stored<ApplicabilityDecision>) -> DecisionLine {
    DecisionLine {
        link: RecordLink::new(&viewer.isms, &viewer.base, decision.meta.id),
        version: viewer.isms.find(decision.soa_version_id).map(|v| v.number.to_string()).unwrap_or_default(),
        state: StateChip::new(decision.state.as_str()),
        applicable: match decision.applicable {
            Some(true) => "Applicable",
            Some(false) => "Excluded",
            None => "Undecided",
        },
        justification: decision.justification.to_string(),
    }
}

fn of_control(viewer: &Viewer, control: &Stored<Control>) -> Result<Vec<Markup>, WebError> {
    let isms = &*viewer.isms;
    let id = control.meta.id;
    let link = |id| RecordLink::new(isms, &viewer.base, id);
    let decision = ApplicabilityDecision::in_force(isms, control.reference());
    let draft = soa::in_work(isms)
        .and_then(|v| soa::decisions(isms, v).remove(&id))
        .filter(|d| decision.is_none_or(|f| f.meta.id != d.meta.id));
    let mut evidence: Vec<&Stored<Evidence>> = scores::about(isms, id).collect();
    evidence.sort_by_key(|e| std::cmp::Reverse((e.ends(isms), e.meta.id.n)));
    let drivers = soa::drivers(isms).remove(&id).unwrap_or_default();
    let panel = ControlPanel {
        base: viewer.base.clone(),
        id: id.to_string(),
        annex_a: id.n <= isms::id::ANNEX_A,
        decision: decision.map(|d| decision_line(viewer, d)),
        draft: draft.map(|d| decision_line(viewer, d)),
        drivers: drivers
            .iter()
            .map(|d| {
                let label = match d.code.as_str() {
                    "risk" => "Risk",
                    "legal" => "Law",
                    "contractual" => "Contract",
                    _ => "Business",
                };
                (label.to_owned(), link(d.id))
            })
            .collect(),
        plans: scores::about::<TreatmentPlan>(isms, id)
            .filter(|p| p.live())
            .filter_map(|p| {
                Some((link(p.meta.id), link(p.risk_id?.id()), StateChip::new(p.state.as_str()), p.due_at))
            })
            .collect(),
        asked: scores::about::<EvidenceRequirement>(isms, id)
            .filter(|r| r.live())
            .map(|r| link(r.meta.id))
            .collect(),
        evidence: evidence
            .into_iter()
            .map(|e| EvidenceLine {
                link: link(e.meta.id),
                state: StateChip::new(e.state.as_str()),
                until: e.ends(isms),
                counts: e.counts_on(isms, viewer.day),
            })
            .collect(),
        may_hand_in: viewer.edits() && viewer.actor.may(Action::Create, Kind::Evidence),
    };
    Ok(vec![Markup::of(&panel)?])
}

#[derive(Template)]
#[template(path = "evidence/versions.html")]
struct VersionsPanel {
    base: String,
    id: String,
    versions: Vec<VersionLine>,
    may_upload: bool,
}

struct VersionLine {
    link: RecordLink,
    number: String,
    state: StateChip,
    author: String,
    approver: String,
    published: Option<Date>,
    review: Option<Date>,
    late: bool,
    file: Option<(String, String)>,
    /// Whether it names a file that does not lie in the store.
    absent: bool,
}

async fn of_document(viewer: &Viewer, document: &Stored<Document>) -> Result<Vec<Markup>, WebError> {
    let isms = &*viewer.isms;
    let id = document.meta.id;
    let mut all: Vec<&Stored<DocumentVersion>> = scores::about(isms, id).collect();
    all.sort_by_key(|v| std::cmp::Reverse(v.meta.id.n));
    let name =
        |person: Option<Ref<isms::records::Person>>| person.map(|p| isms.title(p.id())).unwrap_or_default();
    let mut versions = Vec::with_capacity(all.len());
    for version in all {
        let file = evidence::file_of(viewer, &version.file_hash).await?;
        let published = version.state.as_str() == "published";
        versions.push(VersionLine {
            link: RecordLink::new(isms, &viewer.base, version.meta.id),
            number: version.number.to_string(),
            state: StateChip::new(version.state.as_str()),
            author: name(version.author_id),
            approver: name(version.approver_id),
            published: version.published_at,
            review: version.next_review_at,
            late: published && version.next_review_at.is_some_and(|d| d < viewer.day),
            absent: file.is_none() && !version.file_hash.is_empty(),
            file: file
                .map(|f| (version.file_hash.to_string(), format!("{}, {}", f.name, size_words(f.size)))),
        });
    }
    let panel = VersionsPanel {
        base: viewer.base.clone(),
        id: id.to_string(),
        versions,
        may_upload: viewer.edits()
            && document.live()
            && viewer.actor.may(Action::Create, Kind::DocumentVersion),
    };
    Ok(vec![Markup::of(&panel)?])
}
