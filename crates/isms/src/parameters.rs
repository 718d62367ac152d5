//! The parameters of the rules (0.3): the catalogue's defaults, and what the organisation set instead. The standard
//! fixes none of these numbers; they are the organisation's decision.

use std::sync::LazyLock;

use frameworks::{DefaultValue, Parameter, Unit};

use crate::{Isms, records::ParameterSetting};

/// One number for each level of risk or criticality of a supplier, most urgent first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// For the level critical.
    pub critical: i64,
    /// For the level high.
    pub high: i64,
    /// For the level medium.
    pub medium: i64,
    /// For the level low.
    pub low: i64,
}

impl Levels {
    /// The number for a level by its name; `None` for a level of another name, which a risk method may have.
    #[must_use]
    pub fn of(&self, level: &str) -> Option<i64> {
        match level {
            "critical" => Some(self.critical),
            "high" => Some(self.high),
            "medium" => Some(self.medium),
            "low" => Some(self.low),
            _ => None,
        }
    }
}

/// One number for each grade of nonconformity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grades {
    /// For major nonconformities.
    pub major: i64,
    /// For minor nonconformities.
    pub minor: i64,
}

/// What a parameter can be: one number, or a few with names.
trait Setting {
    /// The names and numbers; a single number has no name.
    fn parts(&self) -> Vec<(&'static str, i64)>;
    /// The number of a name.
    fn part(&mut self, name: &str) -> Option<&mut i64>;
}

impl Setting for i64 {
    fn parts(&self) -> Vec<(&'static str, i64)> {
        vec![("", *self)]
    }
    fn part(&mut self, name: &str) -> Option<&mut i64> {
        name.is_empty().then_some(self)
    }
}

impl Setting for Levels {
    fn parts(&self) -> Vec<(&'static str, i64)> {
        vec![("critical", self.critical), ("high", self.high), ("medium", self.medium), ("low", self.low)]
    }
    fn part(&mut self, name: &str) -> Option<&mut i64> {
        match name {
            "critical" => Some(&mut self.critical),
            "high" => Some(&mut self.high),
            "medium" => Some(&mut self.medium),
            "low" => Some(&mut self.low),
            _ => None,
        }
    }
}

impl Setting for Grades {
    fn parts(&self) -> Vec<(&'static str, i64)> {
        vec![("major", self.major), ("minor", self.minor)]
    }
    fn part(&mut self, name: &str) -> Option<&mut i64> {
        match name {
            "major" => Some(&mut self.major),
            "minor" => Some(&mut self.minor),
            _ => None,
        }
    }
}

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident: $Type:ty),* $(,)?) => {
        /// The parameters of the rules, each as whole months, days, percent, or a factor, as its name says.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Parameters { $($(#[$doc])* pub $name: $Type),* }

        impl Parameters {
            /// The names of all parameters.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// All zero: what the defaults are written into.
            fn blank() -> Self {
                Self { $($name: <$Type>::default()),* }
            }

            fn setting(&self, name: &str) -> Option<&dyn Setting> {
                match name {
                    $(stringify!($name) => Some(&self.$name),)*
                    _ => None,
                }
            }

            fn setting_mut(&mut self, name: &str) -> Option<&mut dyn Setting> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

parameters! {
    /// A soft review older than interval x this factor counts as lapsed (unmet) instead of stale.
    stale_factor: i64,
    /// Days after a hard planned interval (8.2, 9.1, 9.2, 9.3) during which the status is stale before it becomes unmet.
    hard_grace_days: i64,
    /// Review of issues and of the climate determination (4.1).
    context_months: i64,
    /// Review of interested parties and requirements (4.2).
    party_months: i64,
    /// Review of the scope (4.3).
    scope_months: i64,
    /// Review of the ISMS process map (4.4, 8.1).
    process_months: i64,
    /// Review of the information security policy (5.2).
    policy_months: i64,
    /// Default review of any other controlled document; overridden per document.
    document_months: i64,
    /// Review of roles and authorities (5.3).
    role_months: i64,
    /// Time allowed to acknowledge a published document.
    ack_days: i64,
    /// Acknowledgement / training coverage needed for met.
    ack_target_pct: i64,
    /// Coverage below which the status is unmet.
    ack_floor_pct: i64,
    /// Yearly re-acknowledgement of the policy; 0 switches it off.
    reack_months: i64,
    /// Time for a joiner to acknowledge the policy and pass awareness training.
    joiner_days: i64,
    /// Validity of awareness training.
    training_months: i64,
    /// Re-assessment of competence.
    competence_months: i64,
    /// Review of the communication plan and of top-management messages.
    comms_months: i64,
    /// Review of ISMS-level risks and opportunities.
    planning_months: i64,
    /// Review of objectives.
    objective_months: i64,
    /// Review of the risk method.
    method_months: i64,
    /// Planned risk assessment interval (8.2).
    assess_months: i64,
    /// Time to reassess after a significant change, major incident, or new critical asset or supplier.
    trigger_days: i64,
    /// Review of a single risk, by current level.
    risk_review_months: Levels,
    /// Longest life of a risk acceptance.
    accept_months: i64,
    /// Lateness after which the rules that name it react.
    overdue_days: i64,
    /// Time from completing an action to checking that it worked.
    effect_days: i64,
    /// Lateness allowed on a measurement or analysis.
    metric_grace_days: i64,
    /// Internal audit interval for clauses 4-10.
    audit_months: i64,
    /// Period in which every applicable Annex A control must be audited once.
    audit_cycle_months: i64,
    /// Management review interval.
    mr_months: i64,
    /// Default validity of evidence when neither requirement nor control gives one.
    evidence_months: i64,
    /// Evidence becomes expiring this long before valid_until.
    evidence_warn_days: i64,
    /// Share of applicable, implemented controls with accepted in-date evidence needed for met.
    evidence_target_pct: i64,
    /// Below this share the row is unmet.
    evidence_floor_pct: i64,
    /// Supplier reassessment, by criticality.
    supplier_months: Levels,
    /// Post-implementation review of a change.
    change_review_days: i64,
    /// Time to correct / contain.
    nc_correct_days: Grades,
    /// Time to cause analysis and approved action plan.
    nc_plan_days: Grades,
    /// Time to close.
    nc_close_days: Grades,
    /// At least one decided improvement in this period.
    improvement_months: i64,
    /// Validity of an attestation.
    attest_months: i64,
    /// Share of records that must be linked onward (issues to risks and so on).
    link_pct: i64,
    /// Operating history wanted before Stage 2; practice of certification bodies, not a requirement of the standard.
    preop_days: i64,
    /// Time without progress on an open treatment plan before 8.3 is stale.
    progress_days: i64,
}

impl Default for Parameters {
    /// The defaults of the catalogue.
    fn default() -> Self {
        static DEFAULTS: LazyLock<Parameters> = LazyLock::new(|| {
            let mut parameters = Parameters::blank();
            for parameter in frameworks::catalogue().parameters() {
                let Some(setting) = parameters.setting_mut(&parameter.name) else { continue };
                let mut put = |key: &str, value: u32| {
                    if let Some(part) = setting.part(key) {
                        *part = i64::from(value);
                    }
                };
                match &parameter.default {
                    DefaultValue::Number(value) => put("", *value),
                    DefaultValue::PerKey(values) => values.iter().for_each(|v| put(&v.key, v.value)),
                }
            }
            parameters
        });
        DEFAULTS.clone()
    }
}

impl Parameters {
    /// The parameters an organisation goes by: the defaults, and what it set instead.
    #[must_use]
    pub fn of(isms: &Isms) -> Self {
        let mut parameters = Self::default();
        for own in isms.all::<ParameterSetting>().iter() {
            // Refused when they are written; a value that a later version no longer takes leaves the default.
            _ = parameters.set(&own.name, &own.value);
        }
        parameters
    }

    /// The value of a parameter as text, in the form [`set`](Self::set) reads; `None` if there is no such parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let parts = self.setting(name)?.parts().into_iter();
        let shown = parts
            .map(|(key, value)| if key.is_empty() { value.to_string() } else { format!("{key} {value}") });
        Some(shown.collect::<Vec<_>>().join(", "))
    }

    /// Sets a parameter from text: a whole number, or where there is one a level or grade, such as
    /// `critical 3, high 6`; a single number then holds for all, and what is not named stays.
    ///
    /// # Errors
    /// What is wrong, as a clause that follows the name or the value. The parameter is unchanged then.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let about = describe(name).ok_or_else(|| NOT_A_PARAMETER.to_owned())?;
        let setting = self.setting_mut(name).ok_or_else(|| NOT_A_PARAMETER.to_owned())?;
        let keys: Vec<&'static str> = setting.parts().into_iter().map(|(key, _)| key).collect();
        let values = read(text, &keys, about.unit)?;
        for (key, value) in values {
            if let Some(part) = setting.part(key) {
                *part = value;
            }
        }
        Ok(())
    }
}

const NOT_A_PARAMETER: &str = "is not a parameter";

/// What the catalogue says of a parameter: meaning, unit, default.
#[must_use]
pub fn describe(name: &str) -> Option<&'static Parameter> {
    frameworks::catalogue().parameters().iter().find(|p| p.name == name)
}

/// Whether there is a parameter of this name.
#[must_use]
pub fn exists(name: &str) -> bool {
    Parameters::NAMES.contains(&name)
}

/// Whether a value may be given to a parameter.
///
/// # Errors
/// What is wrong, as a clause.
pub fn check(name: &str, value: &str) -> Result<(), String> {
    Parameters::default().set(name, value)
}

/// The smallest and largest number of a unit. A hundred years are never meant.
fn bounds(unit: Unit) -> (i64, i64) {
    match unit {
        Unit::Months => (0, 1_200),
        Unit::Days => (0, 36_500),
        Unit::Percent => (0, 100),
        Unit::Factor => (1, 100),
    }
}

/// Reads the numbers of a parameter with these keys.
fn read<'k>(text: &str, keys: &[&'k str], unit: Unit) -> Result<Vec<(&'k str, i64)>, String> {
    let (min, max) = bounds(unit);
    let number = |text: &str| {
        let value = text.parse().ok().or_else(|| whole(text)).filter(|n| (min..=max).contains(n));
        value.ok_or_else(|| {
            let unit = if unit == Unit::Factor { String::new() } else { format!(" {}", unit.word()) };
            format!("\"{}\" is not a whole number from {min} to {max}{unit}", crate::schema::shorten(text))
        })
    };
    let text = text.trim();
    if keys == [""] || !text.contains(char::is_alphabetic) {
        let value = number(text)?;
        return Ok(keys.iter().map(|key| (*key, value)).collect());
    }
    let mut values = Vec::with_capacity(keys.len());
    for part in text.split(',').map(str::trim) {
        let (key, value) = part.split_once([' ', ':', '=']).unwrap_or((part, ""));
        let Some(key) = keys.iter().copied().find(|k| *k == key.trim()) else {
            return Err(format!("\"{}\" names none of {}", crate::schema::shorten(part), keys.join(", ")));
        };
        if values.iter().any(|(k, _)| *k == key) {
            return Err(format!("names {key} twice"));
        }
        values.push((key, number(value.trim())?));
    }
    Ok(values)
}

/// A whole number written with decimals, such as `12.0`.
fn whole(text: &str) -> Option<i64> {
    let (number, zeros) = text.split_once('.')?;
    (!zeros.is_empty() && zeros.bytes().all(|b| b == b'0')).then(|| number.parse().ok())?
}

impl Parameters {
    /// A percentage as the rules count with it: 0 to 100.
    #[must_use]
    pub fn pct(&self, value: i64) -> u32 {
        u32::try_from(value.clamp(0, 100)).unwrap_or(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Kind, Refusal, access::Actor, commands::Now, decide};

    #[test]
    fn the_catalogue_and_the_type_have_the_same_parameters_in_the_same_shape() {
        let defaults = Parameters::default();
        let catalogue: Vec<&str> =
            frameworks::catalogue().parameters().iter().map(|p| p.name.as_str()).collect();
        assert_eq!(catalogue, Parameters::NAMES);
        for parameter in frameworks::catalogue().parameters() {
            let expected = match &parameter.default {
                DefaultValue::Number(value) => value.to_string(),
                DefaultValue::PerKey(values) => {
                    values.iter().map(|v| format!("{} {}", v.key, v.value)).collect::<Vec<_>>().join(", ")
                }
            };
            assert_eq!(defaults.get(&parameter.name), Some(expected), "{}", parameter.name);
            assert_eq!(check(&parameter.name, &defaults.get(&parameter.name).unwrap()), Ok(()));
        }
    }

    #[test]
    fn defaults_of_the_specification() {
        let p = Parameters::default();
        assert_eq!(
            (p.stale_factor, p.hard_grace_days, p.audit_cycle_months, p.progress_days),
            (2, 0, 36, 90)
        );
        assert_eq!(p.risk_review_months, Levels { critical: 3, high: 6, medium: 12, low: 12 });
        assert_eq!(p.supplier_months, Levels { critical: 12, high: 12, medium: 24, low: 36 });
        assert_eq!(p.nc_correct_days, Grades { major: 10, minor: 30 });
        assert_eq!(p.nc_close_days, Grades { major: 90, minor: 180 });
        assert_eq!(p.risk_review_months.of("medium"), Some(12));
        assert_eq!(p.risk_review_months.of("catastrophic"), None);
    }

    #[test]
    fn set_reads_what_get_shows() {
        for (name, text, shown) in [
            ("audit_months", "18", "18"),
            ("audit_months", " 18.0 ", "18"),
            ("reack_months", "0", "0"),
            ("link_pct", "100", "100"),
            ("stale_factor", "1", "1"),
            ("risk_review_months", "critical 1, low 24", "critical 1, high 6, medium 12, low 24"),
            ("risk_review_months", "critical: 1,high=2", "critical 1, high 2, medium 12, low 12"),
            ("supplier_months", "6", "critical 6, high 6, medium 6, low 6"),
            ("nc_plan_days", "minor 45", "major 30, minor 45"),
        ] {
            let mut p = Parameters::default();
            assert_eq!(p.set(name, text), Ok(()), "{name} {text}");
            assert_eq!(p.get(name).as_deref(), Some(shown), "{name} {text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_changes_nothing() {
        for (name, text, why) in [
            ("colour", "1", "is not a parameter"),
            ("", "1", "is not a parameter"),
            ("audit_months", "", "whole number"),
            ("audit_months", "-1", "whole number from 0 to 1200 months"),
            ("audit_months", "twelve", "whole number"),
            ("audit_months", "12.5", "whole number"),
            ("audit_months", "12.", "whole number"),
            ("audit_months", "critical 12", "whole number"),
            ("audit_months", "99999999999999999999", "whole number"),
            ("trigger_days", "36501", "whole number"),
            ("ack_target_pct", "101", "from 0 to 100 percent"),
            ("stale_factor", "0", "from 1 to 100"),
            ("risk_review_months", "major 3", "names none of critical, high, medium, low"),
            ("risk_review_months", "critical", "whole number"),
            ("risk_review_months", "critical 3, high -6", "whole number"),
            ("risk_review_months", "critical 3, critical 4", "names critical twice"),
            ("nc_close_days", "major 3,", "names none of major, minor"),
            ("risk_review_months", "3, 6", "whole number"),
        ] {
            let mut p = Parameters::default();
            let refused = p.set(name, text).unwrap_err();
            assert!(refused.contains(why), "{name} {text}: {refused}");
            assert_eq!(p, Parameters::default(), "{name} {text}");
        }
    }

    #[test]
    fn an_organisation_goes_by_what_it_set_and_a_wrong_setting_is_refused_by_field() {
        let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today: "2026-03-01".parse().unwrap() };
        let set = |name: &str, value: &str, isms: &Isms| {
            let fields = [("name", name.into()), ("value", value.into())];
            decide(isms, &Actor::operator(), now, Command::create(Kind::ParameterSetting, fields))
        };
        let isms = set("audit_months", "18", &Isms::default()).unwrap().isms;
        let isms = set("nc_plan_days", "minor 45", &isms).unwrap().isms;
        let expected = Parameters {
            audit_months: 18,
            nc_plan_days: Grades { major: 30, minor: 45 },
            ..Parameters::default()
        };
        assert_eq!(Parameters::of(&isms), expected);
        for (name, value, field) in
            [("audit_month", "18", "name"), ("mr_months", "-1", "value"), ("audit_months", "6", "name")]
        {
            let Err(Refusal::Invalid(problems)) = set(name, value, &isms) else {
                panic!("{name} {value} was taken")
            };
            assert_eq!(
                problems.iter().map(|p| p.place.as_str()).collect::<Vec<_>>(),
                [field],
                "{name} {value}"
            );
        }
    }
}
