//! The data everything is measured against: a company of a given size, the same for the same seed and day.
//!
//! At full size it has 10,000 risks, 5,000 controls and 20,000 evidence records, with what they need: 300 people,
//! 2,000 assets, an approved risk method, a published Statement of Applicability, scores of each type, evaluations
//! and treatment plans. At a tenth it has a tenth of each.

mod book;
mod controls;
mod dice;
mod fill;
mod judged;
mod ledger;
mod people;
mod risks;

use isms::{Date, load::LoadDocument};

pub(crate) use fill::{EMAIL, PASSWORD, add_account, fill, open};
pub(crate) use judged::snapshot;
pub(crate) use ledger::{REVISIONS, fill_with_entries, long_ago};

use book::Book;

/// How large the company is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    /// Risks.
    pub(crate) risks: usize,
    /// Controls, those of Annex A among them.
    pub(crate) controls: usize,
    /// Evidence records.
    pub(crate) evidence: usize,
    /// Assets.
    pub(crate) assets: usize,
    /// People.
    pub(crate) people: usize,
}

impl Scale {
    /// All of it.
    pub(crate) const FULL: Scale =
        Scale { risks: 10_000, controls: 5_000, evidence: 20_000, assets: 2_000, people: 300 };
    /// A tenth of it.
    pub(crate) const TENTH: Scale =
        Scale { risks: 1_000, controls: 500, evidence: 2_000, assets: 200, people: 30 };
}

/// A company of a size, as it stands on a day.
pub(crate) fn company(scale: Scale, seed: u64, today: Date) -> LoadDocument {
    let mut book = Book::new(seed, today);
    people::add(&mut book, scale);
    risks::add_method(&mut book);
    controls::add(&mut book, scale);
    risks::add(&mut book, scale);
    controls::add_decisions(&mut book, scale);
    book.document()
}

#[cfg(test)]
mod tests {
    use isms::{Command, Kind, access::Actor, commands::Now};

    use super::*;

    fn today() -> Date {
        Date::new(2026, 6, 1).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_company() {
        let small = Scale { risks: 50, controls: 120, evidence: 100, assets: 20, people: 8 };
        assert_eq!(company(small, 1, today()), company(small, 1, today()));
        assert_ne!(company(small, 1, today()), company(small, 2, today()));
    }

    #[test]
    fn a_tenth_loads_and_has_what_it_says() {
        let now = Now { at: "2026-06-01T08:00:00Z".parse().unwrap(), today: today() };
        let document = company(Scale::TENTH, 7, today());
        let decision =
            isms::decide(&isms::Isms::default(), &Actor::operator(), now, Command::Load(document)).unwrap();
        for (kind, count) in [
            (Kind::Risk, 1_000),
            (Kind::Control, 500),
            (Kind::Evidence, 2_000),
            (Kind::Asset, 200),
            (Kind::Person, 30),
            (Kind::ApplicabilityDecision, 500),
        ] {
            assert_eq!(decision.isms.table(kind).len(), count, "{kind}");
        }
        assert!(isms::views::scores::method(&decision.isms).is_some());
    }
}
