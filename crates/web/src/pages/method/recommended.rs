//! A method to start from: five steps each way, four levels, criteria, triggers and process in our own words. People
//! change the words until they fit.

use isms::{
    records::RiskMethod,
    value::{AcceptanceRule, MatrixCell, ScaleStep},
};

/// Likelihood: name and meaning, from 1.
const LIKELIHOOD: [(&str, &str); 5] = [
    ("Rare", "Less than once in 20 years. We know of no case in companies like ours."),
    ("Unlikely", "Once in 5 to 20 years. Has happened elsewhere, under other conditions."),
    ("Possible", "Once in 1 to 5 years. Has happened to companies like ours."),
    ("Likely", "About once a year. Has happened to us, or nearly."),
    ("Almost certain", "Several times a year."),
];

/// Impact: name and meaning in words and money, from 1.
const IMPACT: [(&str, &str); 5] = [
    (
        "Minor",
        "Less than 5,000 in all. Noticed inside only; put right within a day by those who do the work.",
    ),
    (
        "Noticeable",
        "5,000 to 25,000. A few customers notice; one day without a secondary service; no personal data of others touched.",
    ),
    (
        "Serious",
        "25,000 to 100,000. Several customers complain; a day without the main service; personal data of a few people exposed; a contract breached.",
    ),
    (
        "Severe",
        "100,000 to 500,000. Customers leave; several days without the main service; an authority or many people must be told; in the trade press.",
    ),
    (
        "Critical",
        "More than 500,000, or the company's existence. Customers leave in numbers; weeks of work lost; sensitive data of many people exposed; licences or certificates withdrawn.",
    ),
];

/// Levels with whether they are acceptable as they are, and who may accept them otherwise.
const CRITERIA: [(&str, bool, &str); 4] = [
    ("low", true, "Risk owner"),
    ("medium", true, "Risk owner"),
    ("high", false, "Top management, on the proposal of the head of the unit and the ISMS manager"),
    ("critical", false, "Top management only, for six months at most"),
];

const ASSESSMENT: &str = "All of the scope is assessed once a year, and out of turn when one of the triggers below occurs.

For each risk its owner says what could happen to which information, who or what could bring it about, what makes it possible, and which of confidentiality, integrity and availability would be lost.

Risks are scored as they are now, with the controls that work, on the two scales. The reason for the steps chosen is written down, so that somebody else would come to the same score. At least a tenth of the risks is scored by two people independently; where they differ by more than one step, they agree on how the scales are read and note it.

The level follows from the matrix and is compared with the criteria. Risks above the line get a place in the order of treatment: by level first, then by what can be done soonest.";

const TRIGGERS: &str = "Within 30 days after:
- a significant change: of scope, site, ownership, core platform, hosting provider or region, a new product, a new class of personal data, a change of headcount by a fifth;
- a major incident, at ours or at a supplier that matters;
- a new critical asset or critical supplier;
- a new law or contract with duties about information security.";

const TREATMENT: &str = "For each risk above the line the owner chooses: change it with controls, avoid it, share it, or keep it knowingly.

The controls that are needed are determined first, from any source. Then they are compared with Annex A, so that none that is necessary was overlooked; the Statement of Applicability is drawn from that comparison.

A plan names the controls, the work, who sees to it, the means, the date and the level to be reached. The owner of the risk approves it. When the work is done the risk is scored again; what remains above the line is treated further or accepted, in writing, by whom the criteria name, for twelve months at most.";

/// The method to start from.
pub(super) fn recommended() -> RiskMethod {
    let scale = |steps: &[(&str, &str)]| -> Vec<ScaleStep> {
        (1u8..)
            .zip(steps)
            .map(|(value, (label, description))| ScaleStep {
                value,
                label: (*label).into(),
                description: (*description).into(),
            })
            .collect()
    };
    let pairs = (1u8..=5).flat_map(|likelihood| (1u8..=5).map(move |impact| (likelihood, impact)));
    RiskMethod {
        likelihood_scale: scale(&LIKELIHOOD),
        impact_scale: scale(&IMPACT),
        level_matrix: pairs
            .filter_map(|(likelihood, impact)| {
                let level = frameworks::Level::of(likelihood, impact)?;
                Some(MatrixCell { likelihood, impact, level: level.word().into() })
            })
            .collect(),
        acceptance_criteria: CRITERIA
            .iter()
            .map(|(level, acceptable, authority)| AcceptanceRule {
                level: (*level).into(),
                acceptable: Some(*acceptable),
                authority: (*authority).into(),
            })
            .collect(),
        assessment_criteria: ASSESSMENT.into(),
        triggers: TRIGGERS.into(),
        treatment_process: TREATMENT.into(),
        ..RiskMethod::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_missing_from_it() {
        let method = recommended();
        assert_eq!(method.gaps(), []);
        assert_eq!(method.levels(), ["low", "medium", "high", "critical"]);
        for (likelihood, impact, level) in
            [(1, 4, "low"), (3, 3, "medium"), (2, 5, "high"), (3, 5, "critical")]
        {
            assert_eq!(method.level(likelihood, impact).map(|l| l.as_str()), Some(level));
        }
    }
}
