//! The path of a newcomer: six steps, each with a "done when" computed from the records and from what the rules say of
//! them. Nothing is locked; a step
//! whose turn has not come is only not recommended yet.

mod judged;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::place::Place;
use crate::{
    AnyRecord, Date, Id, Isms,
    id::ANNEX_A,
    records::{
        Addressed, ClimateDetermination, ContextIssue, InterestedParty, IssueKind, Kind, OrgProfile,
        PartyRequirement, Person, Relevance,
    },
    rules::Assessment,
    words::counted,
};

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is there.
    Open,
    /// Something is there, and more is needed.
    Begun,
    /// All that is asked for is there.
    Done,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The step is done.
    Done,
    /// The step to work on.
    Next,
    /// Not recommended yet.
    Later,
}

/// One thing that a step needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What is true when it is done, with numbers.
    pub words: String,
    /// How far it is.
    pub progress: Progress,
    /// Whether the step can end with it as it is: the exit tests ask that most rows are not unmet, not that nothing
    /// is left to do.
    pub enough: bool,
    /// Where it is done.
    pub place: Place,
    /// The words on the link.
    pub go: &'static str,
}

/// Something that need not be begun from nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it is, and what of it is on record.
    pub words: String,
    /// Where it is.
    pub place: Place,
}

/// A step of the path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathStep {
    /// What the catalogue says: title, usual length, what is asked and produced, the whole exit test.
    pub about: &'static frameworks::PathStep,
    /// What there is to start from, and how much of it is in use.
    pub offers: Vec<Offer>,
    /// Sentences worth knowing while working on the step.
    pub help: Vec<&'static str>,
    /// Whose turn it is.
    pub turn: Turn,
    /// What it needs, computed from records and verdicts.
    pub needs: Vec<Need>,
}

/// The six steps on a day.
#[must_use]
pub fn path(isms: &Isms, judged: &Assessment, day: Date) -> Vec<PathStep> {
    let catalogue = frameworks::catalogue();
    let help = |sentences: &[usize]| {
        sentences.iter().filter_map(|n| catalogue.path_help().get(*n)).map(String::as_str).collect::<Vec<_>>()
    };
    let mut turn_taken = false;
    let steps = catalogue.path_steps().iter().map(|about| {
        // The first two sentences are about Annex A and what is left out of it, the third is about intervals; the last
        // holds for the whole path.
        let (needs, help) = match about.number {
            1 => (scope(isms, day), Vec::new()),
            2 => (risks(isms), help(&[2])),
            3 => (annex_a(isms), help(&[0, 1])),
            later => (judged::needs(isms, judged, day, later), Vec::new()),
        };
        let done = !needs.is_empty() && needs.iter().all(|n| n.enough);
        let turn = match (done, turn_taken) {
            (true, _) => Turn::Done,
            (false, true) => Turn::Later,
            (false, false) => {
                turn_taken = true;
                Turn::Next
            }
        };
        PathStep { about, offers: offers(isms, about.number), help, turn, needs }
    });
    steps.collect()
}

/// What Isthmus brings to a step. Only what is there is called so: how much is counted from the records.
fn offers(isms: &Isms, step: u32) -> Vec<Offer> {
    let catalogue = frameworks::catalogue();
    let offer = |words: String, place: Place| Offer { words, place };
    let there = |kind: Kind, one: &str, many: &str| match live(isms, kind).count() {
        0 => format!("no {one} is on record yet"),
        1 => format!("one {one} is on record"),
        n => format!("{n} {many} are on record"),
    };
    let documents = || {
        let usual = catalogue.documents().len();
        let there = there(Kind::Document, "document", "documents");
        offer(
            format!("{usual} documents that a certification normally needs, to choose from; {there}"),
            Place::Documents,
        )
    };
    let asked = |clause: &'static str, what: &str| {
        offer(
            format!("What auditors look at {what}, requirement by requirement"),
            Place::Requirements(clause),
        )
    };
    match step {
        1 => vec![documents(), asked("4", "in context and scope")],
        2 => vec![
            offer(
                format!(
                    "A risk method to start from, with scales in words and money; {}",
                    there(Kind::RiskMethod, "version", "versions")
                ),
                Place::Method,
            ),
            offer(
                format!(
                    "{} starter scenarios, to choose from; {}",
                    catalogue.scenarios().len(),
                    there(Kind::Risk, "risk", "risks")
                ),
                Place::Scenarios,
            ),
            offer(
                "Controls that usually help, suggested where the treatment of a risk from a scenario is planned".to_owned(),
                Place::list(Kind::Risk),
            ),
        ],
        3 => vec![
            offer(
                format!("The {ANNEX_A} controls of Annex A; {}", there(Kind::Control, "control", "controls")),
                Place::list(Kind::Control),
            ),
            offer(
                "For each control that a plan or a requirement needs, a decision proposed with its reason".to_owned(),
                Place::Soa,
            ),
            offer("A question to ask before leaving out one that is often left out".to_owned(), Place::Soa),
        ],
        4 => {
            let open = live(isms, Kind::Evidence).filter(|e| e.state() == Some("requested")).count();
            vec![
                documents(),
                offer(
                    format!(
                        "Evidence is asked for again before it runs out; {} open",
                        counted(open, "request is", "requests are")
                    ),
                    Place::in_state(Kind::Evidence, &["requested"]),
                ),
            ]
        }
        5 => vec![asked("9", "in internal audit and management review")],
        6 => vec![
            offer("What the standard asks for in writing, with where each stands".to_owned(), Place::Coverage),
            offer("What stands in the way of Stage 1 and Stage 2".to_owned(), Place::Today),
            offer("The Statement of Applicability as a file".to_owned(), Place::Soa),
        ],
        _ => Vec::new(),
    }
}

/// The step to work on, and the first thing in it that holds it up.
#[must_use]
pub fn next_need(steps: &[PathStep]) -> Option<(&PathStep, Option<&Need>)> {
    let step = steps.iter().find(|s| s.turn == Turn::Next)?;
    Some((step, step.needs.iter().find(|n| !n.enough)))
}

/// Something that has to be done before the step can end.
fn need(words: impl Into<String>, progress: Progress, place: Place, go: &'static str) -> Need {
    Need { words: words.into(), progress, enough: progress == Progress::Done, place, go }
}

/// Something that has to be begun before the step can end, and goes on afterwards.
fn begin(words: impl Into<String>, progress: Progress, place: Place, go: &'static str) -> Need {
    Need { enough: progress != Progress::Open, ..need(words, progress, place, go) }
}

/// "3 of 4", or that there is none yet.
fn of_all(done: usize, all: usize) -> String {
    if all == 0 { "none yet".to_owned() } else { format!("{done} of {all}") }
}

/// Done if all conditions hold, begun if one of them does.
fn progress(conditions: &[bool]) -> Progress {
    if conditions.iter().all(|c| *c) {
        Progress::Done
    } else if conditions.iter().any(|c| *c) {
        Progress::Begun
    } else {
        Progress::Open
    }
}

/// Done if there is something and nothing is missing, begun if there is something.
fn of(done: usize, all: usize) -> Progress {
    match (done, all) {
        (_, 0) | (0, _) => Progress::Open,
        (done, all) if done >= all => Progress::Done,
        _ => Progress::Begun,
    }
}

/// Step 1: who we are, who expects what of us, what is inside.
fn scope(isms: &Isms, day: Date) -> Vec<Need> {
    let org = isms.single::<OrgProfile>();
    let top = isms.all::<Person>().iter().filter(|p| p.is_top_management == Some(true)).count();
    let issues = |kind: IssueKind| {
        let relevant = |i: &&crate::Stored<ContextIssue>| {
            i.relevance == Some(Relevance::Relevant) && i.kind == Some(kind)
        };
        isms.all::<ContextIssue>().live().filter(relevant).count()
    };
    let (inside, outside) = (issues(IssueKind::Internal), issues(IssueKind::External));
    let climate = isms.all::<ClimateDetermination>().iter().any(|c| c.relevant.is_some());
    let requirements: Vec<_> = isms.all::<PartyRequirement>().live().collect();
    let asks: HashSet<u32> = requirements.iter().filter_map(|r| r.party_id).map(|p| p.n()).collect();
    let parties = isms.all::<InterestedParty>().live().filter(|p| p.relevance == Some(Relevance::Relevant));
    let parties: Vec<u32> = parties.map(|p| p.meta.id.n).collect();
    let asking = parties.iter().filter(|n| asks.contains(n)).count();
    let decided = requirements.iter().filter(|r| r.addressed() != Addressed::Undecided).count();
    let items = || live(isms, Kind::ScopeItem);
    let within = items().filter(|r| flag(*r, "in_scope") == Some(true)).count();
    let without: Vec<&dyn AnyRecord> = items().filter(|r| flag(*r, "in_scope") == Some(false)).collect();
    let reasoned = without.iter().filter(|r| r.field("justification").is_some()).count();
    let roles = [role_held(isms, "isms_conformity", day), role_held(isms, "isms_reporting", day)];
    vec![
        begin(
            "The organisation is described: name, timezone, the day by which you want the certificate",
            progress(&[
                org.is_some_and(|o| !o.name.is_empty() && !o.timezone.is_empty()),
                org.is_some_and(|o| o.certification_target_date.is_some()),
            ]),
            Place::Single(Kind::OrgProfile),
            "Describe the organisation",
        ),
        need(
            format!("Top management is named: {top} so far"),
            of(top, top),
            Place::list(Kind::Person),
            "Name top management",
        ),
        need(
            format!("Issues that matter are listed: {inside} inside, {outside} outside"),
            progress(&[inside > 0, outside > 0]),
            Place::list(Kind::ContextIssue),
            "List issues",
        ),
        need(
            "Whether climate change matters is decided; either answer will do",
            progress(&[climate]),
            if climate {
                Place::list(Kind::ClimateDetermination)
            } else {
                Place::New(Kind::ClimateDetermination)
            },
            "Decide about climate change",
        ),
        begin(
            format!(
                "Interested parties that matter are listed with what they ask for: {}",
                of_all(asking, parties.len())
            ),
            if asking == 0 && !parties.is_empty() { Progress::Begun } else { of(asking, parties.len()) },
            Place::list(Kind::InterestedParty),
            "List parties and what they ask for",
        ),
        begin(
            format!(
                "It is decided which of their requirements the ISMS takes up: {}",
                of_all(decided, requirements.len())
            ),
            of(decided, requirements.len()),
            Place::list(Kind::PartyRequirement),
            "Decide on requirements",
        ),
        begin(
            format!(
                "What is inside is listed, and why the rest is not: {within} inside, {} outside, {reasoned} with a reason",
                without.len()
            ),
            progress(&[within > 0, within > 0 && reasoned == without.len()]),
            Place::list(Kind::ScopeItem),
            "List scope items",
        ),
        document(isms, "scope", "The scope is approved by top management", "Write the scope"),
        document(
            isms,
            "policy",
            "The information security policy is approved by top management",
            "Write the policy",
        ),
        need(
            "Somebody answers for the ISMS and somebody reports on it to top management, and both have accepted",
            progress(&roles),
            Place::list(Kind::RoleAssignment),
            "Assign roles",
        ),
    ]
}

/// Step 2: a method, the things worth protecting, what could happen to them, and what is done about it.
fn risks(isms: &Isms) -> Vec<Need> {
    let method = best(isms, Kind::RiskMethod, &["approved"], &["draft"]);
    let assets: Vec<&dyn AnyRecord> = live(isms, Kind::Asset).collect();
    let owned = assets.iter().filter(|a| a.field("owner_id").is_some()).count();
    let risks: Vec<Id> = live(isms, Kind::Risk).map(AnyRecord::id).collect();
    let with = |kind: Kind, wanted: &dyn Fn(&dyn AnyRecord) -> bool| -> HashSet<Id> {
        live(isms, kind).filter(|r| wanted(*r)).filter_map(|r| reference(r, "risk_id")).collect()
    };
    let scored = with(Kind::RiskScore, &|r| text(r, "type").as_deref() == Some("current"));
    let mut verdicts: HashMap<Id, (Option<String>, u32, bool)> = HashMap::new();
    for evaluation in live(isms, Kind::RiskEvaluation) {
        let (Some(risk), Some(acceptable)) =
            (reference(evaluation, "risk_id"), flag(evaluation, "acceptable"))
        else {
            continue;
        };
        let newest = (text(evaluation, "evaluated_at"), evaluation.id().n, acceptable);
        let known = verdicts.entry(risk).or_insert_with(|| newest.clone());
        if (&newest.0, newest.1) > (&known.0, known.1) {
            *known = newest;
        }
    }
    let planned =
        with(Kind::TreatmentPlan, &|r| matches!(r.state(), Some("approved" | "in_progress" | "done")));
    let accepted = with(Kind::RiskAcceptance, &|r| r.state() == Some("active"));
    let count = |test: &dyn Fn(&Id) -> bool| risks.iter().filter(|id| test(id)).count();
    let scores = count(&|id| scored.contains(id));
    let evaluated = count(&|id| verdicts.contains_key(id));
    let above = |id: &Id| verdicts.get(id).is_some_and(|v| !v.2);
    let above_all = count(&above);
    let above_done = count(&|id| above(id) && (planned.contains(id) || accepted.contains(id)));
    let above_progress = match (above_all, evaluated) {
        (_, 0) => Progress::Open,
        (0, _) => Progress::Done,
        _ => of(above_done, above_all),
    };
    let register = if risks.is_empty() { Place::Scenarios } else { Place::list(Kind::Risk) };
    vec![
        need("The risk method is approved by top management", method, Place::Method, "Agree on a method"),
        begin(
            format!(
                "What is worth protecting is listed, each with an owner: {}",
                of_all(owned, assets.len())
            ),
            if owned == 0 && !assets.is_empty() { Progress::Begun } else { of(owned, assets.len()) },
            Place::list(Kind::Asset),
            "List assets",
        ),
        need(
            format!("What could happen is in the register: {}", counted(risks.len(), "risk", "risks")),
            of(risks.len(), risks.len()),
            register.clone(),
            "Go through the starter scenarios",
        ),
        begin(
            format!("Every risk is scored as it stands: {}", of_all(scores, risks.len())),
            of(scores, risks.len()),
            Place::in_state(Kind::Risk, &["identified"]),
            "Score risks",
        ),
        begin(
            format!("Every risk is held against the criteria: {}", of_all(evaluated, risks.len())),
            of(evaluated, risks.len()),
            Place::in_state(Kind::Risk, &["analysed"]),
            "Evaluate risks",
        ),
        begin(
            format!(
                "Every risk above the line has an approved plan or is accepted: {}",
                if above_progress == Progress::Done && above_all == 0 {
                    "no risk is above it".to_owned()
                } else {
                    of_all(above_done, above_all)
                }
            ),
            above_progress,
            Place::in_state(Kind::Risk, &["evaluated"]),
            "Decide on treatment",
        ),
        need(
            "The assessment is closed as complete",
            best(isms, Kind::RiskAssessment, &["completed"], &["open"]),
            Place::list(Kind::RiskAssessment),
            "Close the assessment",
        ),
    ]
}

/// Step 3: compare with Annex A and state what applies.
fn annex_a(isms: &Isms) -> Vec<Need> {
    let controls: Vec<Id> = live(isms, Kind::Control).map(AnyRecord::id).collect();
    let all = controls.len().max(usize::try_from(ANNEX_A).unwrap_or_default());
    let mut decided: HashSet<Id> = HashSet::new();
    for decision in live(isms, Kind::ApplicabilityDecision) {
        if decision.state() != Some("undecided")
            && flag(decision, "applicable").is_some()
            && let Some(control) = reference(decision, "control_id")
        {
            decided.insert(control);
        }
    }
    let decided = controls.iter().filter(|id| decided.contains(id)).count();
    vec![
        need(
            format!("For each control it is decided whether it applies, and why: {decided} of {all}"),
            of(decided, all),
            Place::Soa,
            "Go through the controls",
        ),
        need(
            "The Statement of Applicability is approved by somebody who did not write it",
            best(isms, Kind::SoaVersion, &["approved", "published"], &["draft"]),
            Place::Soa,
            "Have it approved",
        ),
        need(
            "The Statement of Applicability is published",
            best(isms, Kind::SoaVersion, &["published"], &["draft", "approved"]),
            Place::Soa,
            "Publish it",
        ),
    ]
}

/// The document of a kind: approved, or at least begun.
fn document(isms: &Isms, kind: &str, words: &str, go: &'static str) -> Need {
    let document =
        live(isms, Kind::Document).find(|d| text(*d, "kind").as_deref() == Some(kind)).map(AnyRecord::id);
    let states = |id: Id| {
        let versions = isms.backrefs(id).filter(|b| b.source.kind == Kind::DocumentVersion);
        versions.filter_map(|b| isms.record(b.source)?.state()).collect::<Vec<_>>()
    };
    let progress = match document.map(states) {
        None => Progress::Open,
        Some(states) if states.iter().any(|s| matches!(*s, "approved" | "published")) => Progress::Done,
        Some(_) => Progress::Begun,
    };
    need(words, progress, document.map_or(Place::Documents, Place::Record), go)
}

/// ROLE_OK of the specification 0.2, without the question whether the person is in scope.
fn role_held(isms: &Isms, kind: &str, day: Date) -> bool {
    let roles: HashSet<Id> = live(isms, Kind::Role)
        .filter(|r| text(*r, "kind").as_deref() == Some(kind))
        .map(AnyRecord::id)
        .collect();
    live(isms, Kind::RoleAssignment).any(|a| {
        let date = |name: &str| text(a, name).and_then(|d| d.parse::<Date>().ok());
        reference(a, "role_id").is_some_and(|role| roles.contains(&role))
            && date("end_at").is_none_or(|end| end >= day)
            && date("accepted_at").is_some_and(|on| on <= day)
    })
}

/// Done if a record of the kind is in one of the states, begun if one is on its way there.
fn best(isms: &Isms, kind: Kind, done: &[&str], begun: &[&str]) -> Progress {
    let states: Vec<&str> = live(isms, kind).filter_map(AnyRecord::state).collect();
    if states.iter().any(|s| done.contains(s)) {
        Progress::Done
    } else if states.iter().any(|s| begun.contains(s)) {
        Progress::Begun
    } else {
        Progress::Open
    }
}

fn live(isms: &Isms, kind: Kind) -> impl Iterator<Item = &dyn AnyRecord> {
    isms.table(kind).all().filter(|r| r.live())
}

fn flag(record: &dyn AnyRecord, field: &str) -> Option<bool> {
    record.field(field)?.as_bool()
}

fn text(record: &dyn AnyRecord, field: &str) -> Option<String> {
    match record.field(field)? {
        Value::String(s) => Some(s),
        _ => None,
    }
}

fn reference(record: &dyn AnyRecord, field: &str) -> Option<Id> {
    record.field(field).as_ref().and_then(Value::as_str)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::commands::Change;

    /// A company built record by record, and its path.
    #[derive(Default)]
    struct Company(Isms);

    impl Company {
        fn add(&mut self, kind: Kind, body: Value) -> String {
            let id = Id { kind, n: self.0.table(kind).next() };
            self.put(id, body);
            id.to_string()
        }

        fn put(&mut self, id: Id, body: Value) {
            let change = Change { id, rev: 1, after: body.as_object().cloned() };
            let seq = self.0.size();
            self.0.apply(seq, jiff::Timestamp::UNIX_EPOCH, &change).unwrap();
            self.0.advance(seq, jiff::Timestamp::UNIX_EPOCH);
        }

        fn steps(&self) -> Vec<PathStep> {
            let judged = Assessment::of(&self.0, &crate::rules::History::default());
            path(&self.0, &judged, "2026-03-01".parse().unwrap())
        }

        /// How far each need of a step is, one letter each: o, b, d.
        fn marks(&self, step: usize) -> String {
            let letter = |n: &Need| match n.progress {
                Progress::Open => 'o',
                Progress::Begun => 'b',
                Progress::Done => 'd',
            };
            self.steps()[step - 1].needs.iter().map(letter).collect()
        }

        fn step_1() -> Self {
            let mut c = Self::default();
            c.add(
                Kind::OrgProfile,
                json!({"name": "X", "timezone": "UTC", "certification_target_date": "2027-01-01"}),
            );
            let person = c.add(Kind::Person, json!({"name": "Ada", "is_top_management": true}));
            for kind in ["internal", "external"] {
                c.add(Kind::ContextIssue, json!({"description": "d", "kind": kind, "relevance": "relevant"}));
            }
            c.add(Kind::ClimateDetermination, json!({"relevant": false}));
            let party = c.add(Kind::InterestedParty, json!({"name": "p", "relevance": "relevant"}));
            c.add(
                Kind::PartyRequirement,
                json!({"party_id": party, "text": "t", "addressed_via_isms": "yes"}),
            );
            c.add(Kind::ScopeItem, json!({"name": "in", "in_scope": true}));
            c.add(Kind::ScopeItem, json!({"name": "out", "in_scope": false, "justification": "because"}));
            for kind in ["scope", "policy"] {
                let document = c.add(Kind::Document, json!({"kind": kind, "title": kind}));
                c.add(Kind::DocumentVersion, json!({"document_id": document, "state": "approved"}));
            }
            for kind in ["isms_conformity", "isms_reporting"] {
                let role = c.add(Kind::Role, json!({"kind": kind, "title": kind}));
                let held = json!({"role_id": role, "person_id": person, "accepted_at": "2026-03-01"});
                c.add(Kind::RoleAssignment, held);
            }
            c
        }
    }

    #[test]
    fn an_empty_company_begins_with_step_1() {
        let steps = Company::default().steps();
        assert_eq!(steps.len(), 6);
        assert_eq!(
            steps.iter().map(|s| s.turn).collect::<Vec<_>>(),
            [Turn::Next, Turn::Later, Turn::Later, Turn::Later, Turn::Later, Turn::Later]
        );
        for step in &steps {
            let begun: Vec<_> = step.needs.iter().filter(|n| n.progress != Progress::Open).collect();
            assert!(begun.is_empty(), "{}: {begun:?}", step.about.title);
            assert!(!step.needs.is_empty());
        }
        assert_eq!(next_need(&steps).and_then(|(_, n)| n).map(|n| n.go), Some("Describe the organisation"));
    }

    #[test]
    fn what_is_offered_is_called_there_only_if_it_is() {
        let said = |c: &Company, step: usize| {
            c.steps()[step - 1].offers.iter().map(|o| o.words.clone()).collect::<Vec<_>>().join("\n")
        };
        let mut c = Company::default();
        for (step, nothing) in [
            (1, "no document is on record"),
            (2, "no version is on record"),
            (2, "no risk is"),
            (3, "no control is"),
        ] {
            assert!(said(&c, step).contains(nothing), "{}", said(&c, step));
        }
        assert!(c.steps().iter().all(|s| !s.offers.is_empty()));
        c.add(Kind::RiskMethod, json!({"version": "1"}));
        c.add(Kind::Risk, json!({"title": "r"}));
        c.add(Kind::Risk, json!({"title": "r2"}));
        c.add(Kind::Evidence, json!({"title": "e", "state": "requested"}));
        assert!(
            said(&c, 2).contains("one version is on record") && said(&c, 2).contains("2 risks are on record")
        );
        assert!(said(&c, 4).contains("1 request is open"), "{}", said(&c, 4));
    }

    #[test]
    fn step_1_is_done_when_all_of_it_is() {
        let c = Company::step_1();
        assert_eq!(c.marks(1), "dddddddddd");
        assert_eq!(c.steps()[0].turn, Turn::Done);
        assert_eq!(c.steps()[1].turn, Turn::Next);
    }

    #[test]
    fn what_is_missing_in_step_1_shows() {
        let n = |kind, n| Id { kind, n };
        for (id, body, marks) in [
            (n(Kind::OrgProfile, 1), json!({"name": "X", "timezone": "UTC"}), "bddddddddd"),
            (n(Kind::Person, 1), json!({"name": "Ada"}), "dodddddddd"),
            (
                n(Kind::ContextIssue, 2),
                json!({"description": "d", "kind": "external", "relevance": "not_relevant"}),
                "ddbddddddd",
            ),
            (
                n(Kind::ContextIssue, 2),
                json!({"description": "d", "kind": "external", "relevance": "relevant", "state": "retired"}),
                "ddbddddddd",
            ),
            (n(Kind::ClimateDetermination, 1), json!({}), "dddodddddd"),
            (n(Kind::InterestedParty, 2), json!({"name": "p", "relevance": "relevant"}), "ddddbddddd"),
            (
                n(Kind::PartyRequirement, 2),
                json!({"text": "t", "addressed_via_isms": "undecided"}),
                "dddddbdddd",
            ),
            (n(Kind::ScopeItem, 2), json!({"name": "out", "in_scope": false}), "ddddddbddd"),
            (n(Kind::DocumentVersion, 1), json!({"document_id": "X", "state": "draft"}), "dddddddbdd"),
            (n(Kind::Document, 2), json!({"kind": "policy", "title": "p", "state": "retired"}), "ddddddddod"),
            (n(Kind::RoleAssignment, 1), json!({"accepted_at": "2026-03-02"}), "dddddddddb"),
            (
                n(Kind::RoleAssignment, 2),
                json!({"accepted_at": "2026-01-01", "end_at": "2026-02-28"}),
                "dddddddddb",
            ),
        ] {
            let mut c = Company::step_1();
            let mut body = body;
            // References stay as they were.
            if let Some(old) = c.0.record(id).map(|r| r.fields()) {
                for name in ["document_id", "role_id", "person_id"] {
                    if let Some(value) = old.get(name) {
                        body[name] = value.clone();
                    }
                }
            }
            c.put(id, body.clone());
            assert_eq!(c.marks(1), marks, "{id} {body}");
        }
    }

    #[test]
    fn what_is_begun_and_goes_on_does_not_hold_a_step_up() {
        let mut c = Company::step_1();
        c.add(Kind::PartyRequirement, json!({"text": "t", "addressed_via_isms": "undecided"}));
        c.put(Id { kind: Kind::OrgProfile, n: 1 }, json!({"name": "X", "timezone": "UTC"}));
        assert_eq!(c.marks(1), "bddddbdddd");
        assert_eq!(c.steps()[0].turn, Turn::Done);
        c.put(Id { kind: Kind::ClimateDetermination, n: 1 }, json!({}));
        assert_eq!(c.steps()[0].turn, Turn::Next);
        assert_eq!(
            next_need(&c.steps()).and_then(|(_, n)| n).map(|n| n.go),
            Some("Decide about climate change")
        );
    }

    #[test]
    fn step_2_counts_risks() {
        let mut c = Company::step_1();
        c.add(Kind::RiskMethod, json!({"version": "1", "state": "approved"}));
        let person = Id { kind: Kind::Person, n: 1 }.to_string();
        c.add(Kind::Asset, json!({"name": "a", "owner_id": person}));
        assert_eq!(c.marks(2), "ddooooo");
        let risk = c.add(Kind::Risk, json!({"title": "r"}));
        assert_eq!(c.marks(2), "dddoooo");
        c.add(Kind::RiskScore, json!({"risk_id": risk, "type": "inherent", "likelihood": 3, "impact": 3}));
        assert_eq!(c.marks(2), "dddoooo", "an inherent score is not how the risk stands");
        c.add(Kind::RiskScore, json!({"risk_id": risk, "type": "current", "likelihood": 3, "impact": 3}));
        c.add(
            Kind::RiskEvaluation,
            json!({"risk_id": risk, "acceptable": false, "evaluated_at": "2026-02-01"}),
        );
        assert_eq!(c.marks(2), "dddddoo");
        let plan = c.add(Kind::TreatmentPlan, json!({"risk_id": risk, "state": "proposed"}));
        assert_eq!(c.marks(2), "dddddoo");
        c.put(plan.parse().unwrap(), json!({"risk_id": risk, "state": "approved"}));
        c.add(Kind::RiskAssessment, json!({"kind": "planned", "state": "completed"}));
        assert_eq!(c.marks(2), "ddddddd");
        assert_eq!(c.steps()[2].turn, Turn::Next);
        // A second risk, and the same assessment no longer covers all.
        c.add(Kind::Risk, json!({"title": "r2"}));
        assert_eq!(c.marks(2), "dddbbdd");
    }

    #[test]
    fn the_newest_evaluation_decides() {
        let mut c = Company::step_1();
        let risk = c.add(Kind::Risk, json!({"title": "r"}));
        c.add(
            Kind::RiskEvaluation,
            json!({"risk_id": risk, "acceptable": true, "evaluated_at": "2026-02-02"}),
        );
        c.add(
            Kind::RiskEvaluation,
            json!({"risk_id": risk, "acceptable": false, "evaluated_at": "2026-02-01"}),
        );
        assert_eq!(c.marks(2).chars().nth(5), Some('d'));
    }

    #[test]
    fn step_3_wants_every_control_decided() {
        let mut c = Company::step_1();
        for n in 1..=ANNEX_A {
            let id = Id { kind: Kind::Control, n };
            c.put(id, json!({"ref": id.to_string(), "title": "t", "framework": "annex_a"}));
            let state = if n == 1 { "undecided" } else { "proposed" };
            c.add(
                Kind::ApplicabilityDecision,
                json!({"control_id": id.to_string(), "applicable": true, "state": state}),
            );
        }
        assert_eq!(c.marks(3), "boo");
        let first = Id { kind: Kind::ApplicabilityDecision, n: 1 };
        c.put(first, json!({"control_id": "A.5.1", "applicable": false, "state": "proposed"}));
        assert_eq!(c.marks(3), "doo");
        let version = c.add(Kind::SoaVersion, json!({"number": "1", "state": "draft"}));
        assert_eq!(c.marks(3), "dbb");
        c.put(version.parse().unwrap(), json!({"number": "1", "state": "approved"}));
        assert_eq!(c.marks(3), "ddb");
        c.put(version.parse().unwrap(), json!({"number": "1", "state": "published"}));
        assert_eq!(c.marks(3), "ddd");
        // Own controls are in the Statement too.
        c.add(Kind::Control, json!({"ref": "C-1", "title": "own", "framework": "custom"}));
        assert_eq!(c.marks(3), "bdd");
    }
}
