//! What has to be true of the data files. Every check looks at everything and reports all it finds, with its place.

use std::collections::HashSet;

use crate::catalogue::Catalogue;
use crate::crosswalk::{Crosswalks, Framework};
use crate::guidance::Level;
use crate::iso27001::{Condition, DocumentedInformation, Theme};
use crate::order::{is_under, natural_cmp};

pub(crate) const ANNEX_A: &str = "iso27001/annex-a.toml";
pub(crate) const DOCUMENTS: &str = "iso27001/documents.toml";
pub(crate) const SCENARIOS: &str = "iso27001/scenarios.toml";
pub(crate) const PARAMETERS: &str = "iso27001/parameters.toml";
pub(crate) const MANDATORY: &str = "iso27001/mandatory.toml";
pub(crate) const PATH: &str = "iso27001/path.toml";
pub(crate) const CROSSWALKS: &str = "crosswalks.toml";
const CLAUSES: &str = "iso27001/clauses-*.toml";

pub(crate) fn clause_file(clause: u8) -> String {
    format!("iso27001/clauses-{clause}.toml")
}

pub(crate) fn target_file(framework: Framework) -> String {
    format!("targets/{}.toml", framework.word())
}

/// Something wrong with the data files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {place}: {fault}")]
pub struct Problem {
    /// The file, below `data/`.
    pub file: String,
    /// Where in it.
    pub place: String,
    /// What is wrong.
    pub fault: Fault,
}

impl Problem {
    pub(crate) fn new(file: impl Into<String>, place: impl Into<String>, fault: Fault) -> Self {
        Self { file: file.into(), place: place.into(), fault }
    }
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is not there.
    #[error("missing")]
    Missing,
    /// The file is not TOML, or not of the shape expected.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// There are more or fewer than there must be.
    #[error("{found} instead of {expected}")]
    Count {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The same identifier again.
    #[error("duplicated")]
    Duplicated,
    /// A reference to nothing.
    #[error("{field} names {reference}, which does not exist")]
    Dangling {
        /// The field that refers.
        field: &'static str,
        /// What it refers to.
        reference: String,
    },
    /// A field that must be filled.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A value that contradicts another.
    #[error("{field} is {found} instead of {expected}")]
    Inconsistent {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Not in the order people read identifiers.
    #[error("stands after {0}")]
    OutOfOrder(String),
}

/// Problems found so far.
struct Findings {
    problems: Vec<Problem>,
}

impl Findings {
    fn add(&mut self, file: &str, place: &str, fault: Fault) {
        self.problems.push(Problem::new(file, place, fault));
    }

    fn count(&mut self, file: &str, of: &str, expected: usize, found: usize) {
        if expected != found {
            self.add(file, of, Fault::Count { expected, found });
        }
    }

    fn filled(&mut self, file: &str, place: &str, field: &'static str, empty: bool) {
        if empty {
            self.add(file, place, Fault::Empty(field));
        }
    }

    fn equal(
        &mut self,
        file: &str,
        place: &str,
        field: &'static str,
        expected: impl ToString,
        found: impl ToString,
    ) {
        let (expected, found) = (expected.to_string(), found.to_string());
        if expected != found {
            self.add(file, place, Fault::Inconsistent { field, expected, found });
        }
    }

    fn unique<'a>(&mut self, file: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for id in ids {
            if !seen.insert(id) {
                self.add(file, id, Fault::Duplicated);
            }
        }
    }

    fn sorted<'a>(&mut self, file: &str, ids: impl Iterator<Item = &'a str>) {
        let mut before: Option<&str> = None;
        for id in ids {
            if let Some(before) = before.filter(|before| natural_cmp(before, id).is_gt()) {
                self.add(file, id, Fault::OutOfOrder(before.to_owned()));
            }
            before = Some(id);
        }
    }

    fn exist<'a>(
        &mut self,
        file: &str,
        place: &str,
        field: &'static str,
        references: impl IntoIterator<Item = &'a String>,
        exists: impl Fn(&str) -> bool,
    ) {
        let mut seen = HashSet::new();
        for reference in references {
            if !exists(reference) {
                self.add(file, place, Fault::Dangling { field, reference: reference.clone() });
            }
            if !seen.insert(reference) {
                self.add(file, &format!("{place} {field} {reference}"), Fault::Duplicated);
            }
        }
    }

    /// A text may name parameters in backticks; other names are fields of records, which are not known here.
    fn parameters(
        &mut self,
        catalogue: &Catalogue,
        file: &str,
        place: &str,
        field: &'static str,
        text: &str,
    ) {
        for name in text.split('`').skip(1).step_by(2) {
            let looks = ["_months", "_days", "_pct", "_factor"].iter().any(|end| name.ends_with(end));
            if looks && !name.contains('.') && catalogue.parameter(name).is_none() {
                self.add(file, place, Fault::Dangling { field, reference: name.to_owned() });
            }
        }
    }

    fn conditions(&mut self, catalogue: &Catalogue, file: &str, place: &str, conditions: &[Condition]) {
        let mut seen = HashSet::new();
        for condition in conditions {
            let place = format!("{place} {}", condition.label);
            let kind = condition.label.trim_end_matches(|c: char| c.is_ascii_digit());
            if !matches!(kind, "U" | "P" | "S" | "EXCL") {
                let expected = "U, P or S with a number, or EXCL".to_owned();
                self.add(
                    file,
                    &place,
                    Fault::Inconsistent { field: "label", expected, found: condition.label.clone() },
                );
            }
            if !seen.insert(&condition.label) {
                self.add(file, &place, Fault::Duplicated);
            }
            self.filled(file, &place, "text", condition.text.trim().is_empty());
            self.parameters(catalogue, file, &place, "text", &condition.text);
            if let Some(reference) = condition.text.strip_prefix("as ")
                && let Some((row, label)) = reference.split_once(' ')
                && !label.contains(' ')
                && catalogue.requirement(row).and_then(|row| row.condition(label)).is_none()
            {
                self.add(file, &place, Fault::Dangling { field: "text", reference: reference.to_owned() });
            }
        }
    }
}

/// Checks the catalogue of ISO/IEC 27001:2022.
pub fn catalogue(catalogue: &Catalogue) -> Vec<Problem> {
    let mut findings = Findings { problems: Vec::new() };
    requirements(catalogue, &mut findings);
    controls(catalogue, &mut findings);
    documents(catalogue, &mut findings);
    scenarios(catalogue, &mut findings);
    parameters(catalogue, &mut findings);
    path(catalogue, &mut findings);
    findings.problems
}

fn requirements(catalogue: &Catalogue, findings: &mut Findings) {
    let rows = catalogue.requirements();
    let conditions = rows.iter().map(|row| row.conditions.len()).sum();
    findings.count(CLAUSES, "requirements", 118, rows.len());
    findings.count(CLAUSES, "scored requirements", 117, catalogue.scored().count());
    findings.count(CLAUSES, "conditions", 454, conditions);
    let mut seen = HashSet::new();
    for row in rows {
        let (file, id) = (clause_file(row.clause), row.id.as_str());
        if !seen.insert(id) {
            findings.add(&file, id, Fault::Duplicated);
        }
        if !is_under(id, &row.clause.to_string()) {
            findings.equal(&file, id, "clause", id.split('.').next().unwrap_or_default(), row.clause);
        }
        for (field, text) in [
            ("clause_title", &row.clause_title),
            ("paraphrase", &row.paraphrase),
            ("stage2", &row.stage2),
            ("cite", &row.cite),
        ] {
            findings.filled(&file, id, field, text.trim().is_empty());
        }
        findings.filled(
            &file,
            id,
            "precondition",
            row.precondition.as_ref().is_some_and(|text| text.trim().is_empty()),
        );
        let via = row.documented_information == DocumentedInformation::Via;
        if via == row.via.is_empty() {
            findings.equal(&file, id, "via", if via { "filled" } else { "empty" }, row.via.join(" "));
        }
        findings.exist(&file, id, "via", &row.via, |reference| catalogue.resolves(reference));
        findings.conditions(catalogue, &file, id, &row.conditions);
        for kind in ["U", "P", "S"] {
            if !row.conditions.iter().any(|condition| condition.label.starts_with(kind)) {
                findings.add(
                    &file,
                    id,
                    Fault::Dangling { field: "conditions", reference: format!("{kind}1") },
                );
            }
        }
        for reading in &row.readings {
            findings.exist(&file, id, "readings", &reading.labels, |label| row.condition(label).is_some());
            findings.filled(&file, id, "readings", reading.text.trim().is_empty());
            findings.parameters(catalogue, &file, id, "readings", &reading.text);
        }
    }
}

fn controls(catalogue: &Catalogue, findings: &mut Findings) {
    let controls = catalogue.controls();
    findings.count(ANNEX_A, "controls", 93, controls.len());
    for (theme, expected) in
        [(Theme::Organizational, 37), (Theme::People, 8), (Theme::Physical, 14), (Theme::Technological, 34)]
    {
        let found = controls.iter().filter(|control| control.theme == theme).count();
        findings.count(ANNEX_A, &format!("{theme} controls"), expected, found);
    }
    findings.unique(ANNEX_A, controls.iter().map(|control| control.id.as_str()));
    findings.sorted(ANNEX_A, controls.iter().map(|control| control.id.as_str()));
    findings.conditions(catalogue, ANNEX_A, "rule", &catalogue.control_rule().conditions);
    findings.filled(ANNEX_A, "rule", "conditions", catalogue.control_rule().conditions.is_empty());
    findings.filled(ANNEX_A, "rule", "cite", catalogue.control_rule().cite.trim().is_empty());
    for (place, control) in controls.iter().enumerate() {
        let id = control.id.as_str();
        findings.equal(ANNEX_A, id, "number", place + 1, control.number);
        if !is_under(id, &format!("A.{}", control.theme.number())) {
            let theme = Theme::ALL.iter().find(|theme| is_under(id, &format!("A.{}", theme.number())));
            findings.equal(
                ANNEX_A,
                id,
                "theme",
                theme.map_or("another", |theme| theme.label()),
                control.theme,
            );
        }
        for (field, empty) in [
            ("title", control.title.trim().is_empty()),
            ("types", control.types.is_empty()),
            ("cia", control.cia.is_empty()),
            ("concepts", control.concepts.is_empty()),
            ("capabilities", control.capabilities.is_empty()),
            ("domains", control.domains.is_empty()),
            (
                "evidence",
                control.evidence.is_empty() || control.evidence.iter().any(|text| text.trim().is_empty()),
            ),
            ("interval_months", control.interval_months == 0),
            ("owner", control.owner.trim().is_empty()),
        ] {
            findings.filled(ANNEX_A, id, field, empty);
        }
    }
}

fn documents(catalogue: &Catalogue, findings: &mut Findings) {
    let documents = catalogue.documents();
    findings.count(DOCUMENTS, "documents", 30, documents.len());
    findings.unique(DOCUMENTS, documents.iter().map(|document| document.id.as_str()));
    findings.sorted(DOCUMENTS, documents.iter().map(|document| document.id.as_str()));
    for document in documents {
        let id = document.id.as_str();
        findings.filled(DOCUMENTS, id, "title", document.title.trim().is_empty());
        findings.filled(DOCUMENTS, id, "clauses", document.clauses.is_empty());
        findings
            .exist(DOCUMENTS, id, "clauses", &document.clauses, |reference| catalogue.resolves(reference));
        findings.exist(DOCUMENTS, id, "controls", &document.controls, |control| {
            catalogue.control(control).is_some()
        });
    }
    for merge in catalogue.document_merges() {
        findings.exist(DOCUMENTS, "merges", "merges", merge, |id| catalogue.document(id).is_some());
    }
    for control in catalogue.controls() {
        if !documents.iter().any(|document| document.controls.contains(&control.id)) {
            findings.add(DOCUMENTS, &control.id, Fault::Empty("documents"));
        }
    }
}

fn scenarios(catalogue: &Catalogue, findings: &mut Findings) {
    let scenarios = catalogue.scenarios();
    findings.count(SCENARIOS, "scenarios", 40, scenarios.len());
    findings.unique(SCENARIOS, scenarios.iter().map(|scenario| scenario.id.as_str()));
    findings.sorted(SCENARIOS, scenarios.iter().map(|scenario| scenario.id.as_str()));
    for scenario in scenarios {
        let id = scenario.id.as_str();
        for (field, empty) in [
            ("title", scenario.title.trim().is_empty()),
            ("asset_type", scenario.asset_type.trim().is_empty()),
            ("threat", scenario.threat.trim().is_empty()),
            ("vulnerability", scenario.vulnerability.trim().is_empty()),
            ("impact", scenario.impact.is_empty()),
            ("controls", scenario.controls.is_empty()),
        ] {
            findings.filled(SCENARIOS, id, field, empty);
        }
        match Level::of(scenario.likelihood, scenario.impact_score) {
            Some(level) => findings.equal(SCENARIOS, id, "level", level.word(), scenario.level.word()),
            None => {
                let found = format!("{} x {}", scenario.likelihood, scenario.impact_score);
                findings.equal(SCENARIOS, id, "score", "within 1 to 5", found);
            }
        }
        findings.exist(SCENARIOS, id, "controls", &scenario.controls, |control| {
            catalogue.control(control).is_some()
        });
    }
}

fn parameters(catalogue: &Catalogue, findings: &mut Findings) {
    let parameters = catalogue.parameters();
    findings.count(PARAMETERS, "parameters", 44, parameters.len());
    findings.unique(PARAMETERS, parameters.iter().map(|parameter| parameter.name.as_str()));
    for parameter in parameters {
        let name = parameter.name.as_str();
        findings.filled(PARAMETERS, name, "meaning", parameter.meaning.trim().is_empty());
        if let crate::guidance::DefaultValue::PerKey(values) = &parameter.default {
            findings.filled(PARAMETERS, name, "default", values.is_empty());
            findings.exist(PARAMETERS, name, "default", values.iter().map(|value| &value.key), |key| {
                Level::from_word(key).is_some() || matches!(key, "major" | "minor")
            });
        }
    }
}

fn path(catalogue: &Catalogue, findings: &mut Findings) {
    let items = catalogue.mandatory_items();
    findings.count(MANDATORY, "items", 16, items.len());
    for (place, item) in items.iter().enumerate() {
        let id = format!("item {}", item.number);
        findings.equal(MANDATORY, &id, "number", place + 1, item.number);
        findings.filled(MANDATORY, &id, "item", item.item.trim().is_empty());
        findings.filled(MANDATORY, &id, "test", item.test.trim().is_empty());
        findings.exist(MANDATORY, &id, "clause", [&item.clause], |reference| catalogue.resolves(reference));
    }
    findings.count(PATH, "steps", 6, catalogue.path_steps().len());
    findings.filled(PATH, "help", "help", catalogue.path_help().is_empty());
    for (place, step) in catalogue.path_steps().iter().enumerate() {
        let id = format!("step {}", step.number);
        findings.equal(PATH, &id, "number", place + 1, step.number);
        for (field, empty) in [
            ("title", step.title.trim().is_empty()),
            ("asked", step.asked.is_empty()),
            ("produced", step.produced.is_empty()),
            ("exit_test", step.exit_test.trim().is_empty()),
        ] {
            findings.filled(PATH, &id, field, empty);
        }
        findings.parameters(catalogue, PATH, &id, "exit_test", &step.exit_test);
        findings.exist(PATH, &id, "not_unmet", &step.not_unmet, |reference| catalogue.resolves(reference));
        findings.exist(PATH, &id, "met", &step.met, |reference| catalogue.resolves(reference));
    }
}

/// Requirements and pairs that each framework must have.
const fn sizes(framework: Framework) -> (usize, usize) {
    match framework {
        Framework::Iso27001Of2013 => (114, 115),
        Framework::Soc2Of2017 => (61, 284),
        Framework::Gdpr => (73, 212),
        Framework::Hipaa => (66, 205),
        Framework::NistCsf2 => (106, 280),
    }
}

/// Checks the crosswalks against the catalogue and the frameworks they lead to.
pub fn crosswalks(crosswalks: &Crosswalks, catalogue: &Catalogue) -> Vec<Problem> {
    let mut findings = Findings { problems: Vec::new() };
    findings.count(CROSSWALKS, "clauses and controls", 118, crosswalks.sources().len());
    findings.unique(CROSSWALKS, crosswalks.sources().iter().map(String::as_str));
    for source in crosswalks.sources() {
        findings.exist(CROSSWALKS, source, "id", [source], |reference| catalogue.resolves(reference));
    }
    let rows = catalogue.requirements().iter().map(|row| &row.id);
    for id in rows.chain(catalogue.controls().iter().map(|control| &control.id)) {
        findings.filled(CROSSWALKS, id, "map", crosswalks.source_of(id).is_none());
    }
    for (framework, target) in crosswalks.targets() {
        let (file, word) = (target_file(framework), framework.word());
        let (requirements, pairs) = sizes(framework);
        findings.count(&file, "requirements", requirements, target.requirements.len());
        findings.unique(&file, target.requirements.iter().map(|requirement| requirement.id.as_str()));
        findings.unique(&file, target.groups.iter().map(|group| group.id.as_str()));
        findings.filled(&file, "file", "title", target.title.trim().is_empty());
        let groups: HashSet<&str> = target.groups.iter().map(|group| group.id.as_str()).collect();
        for requirement in &target.requirements {
            let id = requirement.id.as_str();
            findings.filled(&file, id, "title", requirement.title.trim().is_empty());
            findings.exist(&file, id, "group", [&requirement.group], |group| groups.contains(group));
            if requirement.kind.is_some() != (framework == Framework::Hipaa) {
                findings.add(&file, id, Fault::Empty("kind"));
            }
        }
        let ids: HashSet<&str> =
            target.requirements.iter().map(|requirement| requirement.id.as_str()).collect();
        let links = crosswalks.links().iter().filter(|link| link.framework == framework);
        findings.count(CROSSWALKS, word, pairs, links.clone().count());
        let mut seen = HashSet::new();
        for link in links {
            if !ids.contains(link.reference.as_str()) {
                let fault = Fault::Dangling { field: word, reference: link.reference.clone() };
                findings.add(CROSSWALKS, &link.source, fault);
            }
            if !seen.insert((&link.source, &link.reference)) {
                findings.add(
                    CROSSWALKS,
                    &format!("{} {word} {}", link.source, link.reference),
                    Fault::Duplicated,
                );
            }
        }
    }
    findings.problems
}
