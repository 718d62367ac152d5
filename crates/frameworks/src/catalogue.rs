//! The catalogue of ISO/IEC 27001:2022 as one value: requirements, controls, and what helps to set an ISMS up.

use std::collections::HashMap;

use crate::check::{self, Problem};
use crate::guidance::{
    Document, DocumentFile, MandatoryFile, MandatoryItem, Parameter, ParameterFile, Path, PathStep, Scenario,
    ScenarioFile,
};
use crate::iso27001::{AnnexFile, ClauseFile, Control, ControlRule, Requirement};
use crate::order::is_under;
use crate::sources::Sources;

/// The whole catalogue; the embedded one is [`crate::catalogue()`].
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    requirements: Vec<Requirement>,
    requirement_index: HashMap<String, usize>,
    control_rule: ControlRule,
    controls: Vec<Control>,
    control_index: HashMap<String, usize>,
    documents: Vec<Document>,
    merges: Vec<Vec<String>>,
    scenarios: Vec<Scenario>,
    parameters: Vec<Parameter>,
    mandatory: Vec<MandatoryItem>,
    path: Path,
}

impl Catalogue {
    /// Reads and checks the files; gives what could be read, and everything that is wrong.
    pub fn load(sources: &Sources) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut catalogue = Self::default();
        for clause in 4..=10 {
            let Some(file) = sources.read::<ClauseFile>(&check::clause_file(clause), &mut problems) else {
                continue;
            };
            catalogue.requirements.extend(file.requirements.into_iter().map(|requirement| Requirement {
                clause: file.clause,
                clause_title: file.title.clone(),
                ..requirement
            }));
        }
        let annex: AnnexFile = sources.read(check::ANNEX_A, &mut problems).unwrap_or_default();
        let documents: DocumentFile = sources.read(check::DOCUMENTS, &mut problems).unwrap_or_default();
        let scenarios: ScenarioFile = sources.read(check::SCENARIOS, &mut problems).unwrap_or_default();
        let parameters: ParameterFile = sources.read(check::PARAMETERS, &mut problems).unwrap_or_default();
        let mandatory: MandatoryFile = sources.read(check::MANDATORY, &mut problems).unwrap_or_default();
        catalogue.path = sources.read(check::PATH, &mut problems).unwrap_or_default();
        catalogue.control_rule = annex.rule;
        catalogue.controls = annex.controls;
        catalogue.documents = documents.documents;
        catalogue.merges = documents.merges;
        catalogue.scenarios = scenarios.scenarios;
        catalogue.parameters = parameters.parameters;
        catalogue.mandatory = mandatory.items;
        catalogue.requirement_index = index(catalogue.requirements.iter().map(|requirement| &requirement.id));
        catalogue.control_index = index(catalogue.controls.iter().map(|control| &control.id));
        problems.extend(check::catalogue(&catalogue));
        (catalogue, problems)
    }

    /// The requirements of clauses 4 to 10 in the order of the standard.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The requirement with this id.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.get(*self.requirement_index.get(id)?)
    }

    /// The requirements that count: all but advisory rows.
    pub fn scored(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(|requirement| !requirement.advisory)
    }

    /// The row with this id and all rows below it: `9.2` gives `9.2.1a` to `9.2.2-doc`.
    pub fn requirements_under<'a>(&'a self, reference: &'a str) -> impl Iterator<Item = &'a Requirement> {
        self.requirements.iter().filter(move |requirement| is_under(&requirement.id, reference))
    }

    /// The controls of Annex A in order.
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// The control with this id.
    pub fn control(&self, id: &str) -> Option<&Control> {
        self.controls.get(*self.control_index.get(id)?)
    }

    /// Place of a control in Annex A, 1 to 93: `A.5.9` is 9, `A.6.1` is 38.
    pub fn control_number(&self, id: &str) -> Option<u32> {
        self.control(id).map(|control| control.number)
    }

    /// The control at a place in Annex A, 1 to 93.
    pub fn control_by_number(&self, number: u32) -> Option<&Control> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        self.controls.get(place).filter(|control| control.number == number)
    }

    /// How the status of every control is judged.
    pub fn control_rule(&self) -> &ControlRule {
        &self.control_rule
    }

    /// The documents a certification normally needs.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The document with this id.
    pub fn document(&self, id: &str) -> Option<&Document> {
        self.documents.iter().find(|document| document.id == id)
    }

    /// Documents that small organisations usually merge into one file.
    pub fn document_merges(&self) -> &[Vec<String>] {
        &self.merges
    }

    /// The starter scenarios.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The scenario with this id.
    pub fn scenario(&self, id: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|scenario| scenario.id == id)
    }

    /// The parameters of the rules.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The parameter with this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The documented information that the standard asks for by name.
    pub fn mandatory_items(&self) -> &[MandatoryItem] {
        &self.mandatory
    }

    /// The steps of the guided path.
    pub fn path_steps(&self) -> &[PathStep] {
        &self.path.steps
    }

    /// Sentences the guided path has to show.
    pub fn path_help(&self) -> &[String] {
        &self.path.help
    }

    /// Whether a reference names a control, a requirement, or a clause with requirements below it.
    pub fn resolves(&self, reference: &str) -> bool {
        self.control_index.contains_key(reference) || self.requirements_under(reference).next().is_some()
    }
}

/// Where each id is; the first of a duplicated one.
fn index<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    let mut index = HashMap::new();
    for (place, id) in ids.enumerate() {
        index.entry(id.clone()).or_insert(place);
    }
    index
}

#[cfg(test)]
mod tests {
    use crate::catalogue;

    #[test]
    fn numbers_and_back() {
        let catalogue = catalogue();
        for (id, number) in [
            ("A.5.1", 1),
            ("A.5.9", 9),
            ("A.5.10", 10),
            ("A.5.37", 37),
            ("A.6.1", 38),
            ("A.7.1", 46),
            ("A.8.1", 60),
            ("A.8.34", 93),
        ] {
            assert_eq!(catalogue.control_number(id), Some(number));
            assert_eq!(catalogue.control_by_number(number).map(|control| control.id.as_str()), Some(id));
        }
        assert_eq!(catalogue.control_number("A.5.38"), None);
        assert!(catalogue.control_by_number(0).is_none() && catalogue.control_by_number(94).is_none());
    }

    #[test]
    fn rows_below_a_clause() {
        let ids = |reference| {
            let rows = catalogue().requirements_under(reference);
            rows.map(|requirement| requirement.id.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(ids("4.1"), ["4.1", "4.1-A1"]);
        assert_eq!(ids("9.2"), ["9.2.1a", "9.2.1b", "9.2.2", "9.2.2a", "9.2.2b", "9.2.2c", "9.2.2-doc"]);
        assert_eq!(ids("10.1"), ["10.1"]);
        assert_eq!(ids("7").len(), 20);
        assert!(ids("11").is_empty());
        assert_eq!(catalogue().scored().count(), 117);
    }
}
