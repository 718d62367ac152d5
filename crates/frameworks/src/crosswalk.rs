//! Crosswalks: what of ISO/IEC 27001:2022 speaks about what of other frameworks, and those frameworks' identifiers.
//!
//! A pair says that evidence collected here is worth showing there, never that what is met here is met there: every
//! framework keeps a status of its own.

use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;
use crate::check::{self, Problem};
use crate::order::is_under;
use crate::sources::Sources;
use crate::words::words;

words! {
    /// A framework the crosswalks lead to.
    Framework {
        /// ISO/IEC 27001:2013, Annex A.
        Iso27001Of2013 = "iso27001_2013", "ISO/IEC 27001:2013";
        /// SOC 2, Trust Services Criteria 2017.
        Soc2Of2017 = "soc2_2017", "SOC 2";
        /// General Data Protection Regulation.
        Gdpr = "gdpr", "GDPR";
        /// HIPAA Security Rule.
        Hipaa = "hipaa", "HIPAA Security Rule";
        /// NIST Cybersecurity Framework 2.0.
        NistCsf2 = "nist_csf_2_0", "NIST CSF 2.0";
    }
}

words! {
    /// How much one thing speaks about another; the strongest first.
    Strength {
        /// A main means of meeting the target.
        Strong = "strong", "strong";
        /// Helps.
        Supporting = "supporting", "supporting";
        /// Weak or doubtful; for a person to confirm.
        Unsure = "unsure", "unsure";
    }
}

words! {
    /// Weight of a HIPAA paragraph.
    TargetKind {
        /// A standard of the rule.
        Standard = "standard", "standard";
        /// A specification that is required.
        Required = "required", "required";
        /// A specification to be met, or replaced with a reason.
        Addressable = "addressable", "addressable";
    }
}

/// One pair of a crosswalk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// A clause (`7.5`) or control (`A.5.9`) of ISO/IEC 27001:2022.
    pub source: String,
    /// The framework it leads to.
    pub framework: Framework,
    /// The requirement there.
    pub reference: String,
    /// How much the one speaks about the other.
    pub strength: Strength,
}

/// A framework the crosswalks lead to, with its identifiers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its title with the edition.
    pub title: String,
    /// Who publishes it.
    pub issuer: String,
    /// How far the map can be relied on.
    pub confidence: String,
    /// What is listed, what was left out, and how to read it.
    pub reading: String,
    /// Its parts.
    pub groups: Vec<Group>,
    /// Its requirements in its own order.
    pub requirements: Vec<TargetRequirement>,
}

/// Part of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// `CC6`
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A requirement of another framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetRequirement {
    /// `CC6.1`
    pub id: String,
    /// The part it belongs to.
    pub group: String,
    /// A short title of our own.
    pub title: String,
    /// Its weight; HIPAA only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TargetKind>,
}

/// All crosswalks; the embedded ones are [`crate::crosswalks()`].
#[derive(Debug, Clone, Default)]
pub struct Crosswalks {
    sources: Vec<String>,
    links: Vec<Link>,
    targets: Vec<Target>,
}

impl Crosswalks {
    /// Reads and checks the files; gives what could be read, and everything that is wrong.
    pub fn load(sources: &Sources, catalogue: &Catalogue) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut crosswalks = Self::default();
        let file: MapFile = sources.read(check::CROSSWALKS, &mut problems).unwrap_or_default();
        for map in file.maps {
            for (framework, pairs) in [
                (Framework::Iso27001Of2013, map.iso27001_2013),
                (Framework::Soc2Of2017, map.soc2_2017),
                (Framework::Gdpr, map.gdpr),
                (Framework::Hipaa, map.hipaa),
                (Framework::NistCsf2, map.nist_csf_2_0),
            ] {
                for (strength, references) in [
                    (Strength::Strong, pairs.strong),
                    (Strength::Supporting, pairs.supporting),
                    (Strength::Unsure, pairs.unsure),
                ] {
                    crosswalks.links.extend(references.into_iter().map(|reference| Link {
                        source: map.id.clone(),
                        framework,
                        reference,
                        strength,
                    }));
                }
            }
            crosswalks.sources.push(map.id);
        }
        crosswalks.targets = Framework::ALL
            .iter()
            .map(|framework| sources.read(&check::target_file(*framework), &mut problems).unwrap_or_default())
            .collect();
        problems.extend(check::crosswalks(&crosswalks, catalogue));
        (crosswalks, problems)
    }

    /// The clauses and controls that are mapped.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// All pairs.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The frameworks with their identifiers.
    pub fn targets(&self) -> impl Iterator<Item = (Framework, &Target)> {
        Framework::ALL.iter().copied().zip(&self.targets)
    }

    /// One framework with its identifiers; `None` only in an empty value.
    pub fn target(&self, framework: Framework) -> Option<&Target> {
        self.targets().find(|(candidate, _)| *candidate == framework).map(|(_, target)| target)
    }

    /// A requirement of another framework.
    pub fn requirement(&self, framework: Framework, reference: &str) -> Option<&TargetRequirement> {
        self.target(framework)?.requirements.iter().find(|requirement| requirement.id == reference)
    }

    /// The mapped clause or control an id belongs to: `7.5.2a` belongs to `7.5`, a control to itself.
    pub fn source_of(&self, id: &str) -> Option<&str> {
        self.sources
            .iter()
            .filter(|source| is_under(id, source))
            .max_by_key(|source| source.len())
            .map(String::as_str)
    }

    /// The pairs of the clause or control an id belongs to.
    pub fn links_from(&self, id: &str) -> impl Iterator<Item = &Link> {
        let source = self.source_of(id);
        self.links.iter().filter(move |link| Some(link.source.as_str()) == source)
    }

    /// The pairs that lead to a requirement of another framework.
    pub fn links_to<'a>(
        &'a self,
        framework: Framework,
        reference: &'a str,
    ) -> impl Iterator<Item = &'a Link> {
        self.links.iter().filter(move |link| link.framework == framework && link.reference == reference)
    }

    /// The best pair that leads to a requirement of another framework; `None`: not covered by this map.
    pub fn best(&self, framework: Framework, reference: &str) -> Option<Strength> {
        self.links_to(framework, reference).map(|link| link.strength).min()
    }

    /// The requirements of a framework that no pair leads to.
    pub fn not_covered(&self, framework: Framework) -> impl Iterator<Item = &TargetRequirement> {
        let requirements = self.target(framework).into_iter().flat_map(|target| &target.requirements);
        requirements.filter(move |requirement| self.best(framework, &requirement.id).is_none())
    }
}

/// The file of crosswalks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MapFile {
    maps: Vec<MapRow>,
}

/// The pairs of one clause or control.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MapRow {
    id: String,
    #[serde(default)]
    iso27001_2013: Pairs,
    #[serde(default)]
    soc2_2017: Pairs,
    #[serde(default)]
    gdpr: Pairs,
    #[serde(default)]
    hipaa: Pairs,
    #[serde(default)]
    nist_csf_2_0: Pairs,
}

/// References by strength.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Pairs {
    strong: Vec<String>,
    supporting: Vec<String>,
    unsure: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crosswalks;

    #[test]
    fn rows_follow_their_clause() {
        for (id, source) in [
            ("4.1-A1", Some("4.1")),
            ("6.1.1a-c", Some("6.1.1")),
            ("7.5.3-ext", Some("7.5")),
            ("10.2g", Some("10.2")),
            ("A.5.10", Some("A.5.10")),
            ("11.1", None),
        ] {
            assert_eq!(crosswalks().source_of(id), source, "{id}");
        }
        for requirement in crate::catalogue().requirements() {
            assert!(crosswalks().links_from(&requirement.id).next().is_some(), "{}", requirement.id);
        }
    }

    #[test]
    fn both_directions() {
        let to: Vec<_> = crosswalks().links_to(Framework::Soc2Of2017, "CC7.4").collect();
        let strong =
            to.iter().filter(|link| link.strength == Strength::Strong).map(|link| link.source.as_str());
        assert_eq!(strong.collect::<Vec<_>>(), ["A.5.24", "A.5.26", "A.5.28"]);
        assert_eq!(crosswalks().best(Framework::NistCsf2, "RC.CO-04"), Some(Strength::Supporting));
        assert_eq!(crosswalks().best(Framework::Hipaa, "164.314(b)(1)"), None);
        let named = crosswalks().requirement(Framework::Hipaa, "164.312(d)").and_then(|r| r.kind);
        assert_eq!(named, Some(TargetKind::Standard));
    }

    #[test]
    fn what_is_not_covered() {
        let ids = |framework| crosswalks().not_covered(framework).map(|r| r.id.as_str()).collect::<Vec<_>>();
        assert!(ids(Framework::Iso27001Of2013).is_empty());
        assert_eq!(ids(Framework::Soc2Of2017), ["PI1.4"]);
        assert_eq!(
            ids(Framework::Gdpr),
            ["5(1)(a)", "5(1)(d)", "7", "8", "11", "19", "27", "30(2)", "36", "45", "47", "48", "49"]
        );
        assert_eq!(
            ids(Framework::Hipaa),
            ["164.314(a)(1)", "164.314(a)(2)(ii)", "164.314(b)(1)", "164.314(b)(2)"]
        );
        assert!(ids(Framework::NistCsf2).is_empty());
    }
}
