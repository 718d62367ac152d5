//! Two statements side by side: the one shown with the published version, another version, or another day.

use isms::{
    Date,
    views::soa::{self as view, Soa, SoaDifference},
};

use crate::{
    error::WebError,
    gate::{Viewer, ledger_begins},
    parts::{Beginning, Day},
    words,
};

/// What differs between two statements.
pub(super) struct Comparison {
    /// What the older one is.
    pub(super) before: String,
    /// What the newer one is.
    pub(super) after: String,
    pub(super) rows: Vec<Difference>,
    /// What is said instead if the day compared with lies before the ledger's first.
    pub(super) beginning: Option<Beginning>,
}

/// A control in which they differ.
pub(super) struct Difference {
    pub(super) href: String,
    pub(super) reference: String,
    pub(super) title: String,
    pub(super) columns: Vec<(String, String, String)>,
}

/// The comparison an address asks for: `published`, the id of a version, or a day.
pub(super) async fn comparison(
    viewer: &Viewer,
    shown: &Soa,
    with: &str,
) -> Result<Option<Comparison>, WebError> {
    if with.is_empty() {
        return Ok(None);
    }
    let name = |soa: &Soa, day: Option<Date>| {
        let version = soa.version.as_ref().map_or_else(
            || "No version".to_owned(),
            |v| format!("Version {}, {}", v.number, words::lower(&words::words(&v.state))),
        );
        day.map_or(version.clone(), |d| format!("{version}, on {}", words::day(d)))
    };
    let mut beginning = None;
    let (before, named) = if with == "published" {
        let Some(published) = view::published(&viewer.isms) else {
            return Err(WebError::NotFound(
                "No version of the Statement of Applicability is published yet.".to_owned(),
            ));
        };
        let soa = view::soa(&viewer.isms, Some(published.reference()), viewer.day);
        let named = name(&soa, None);
        (soa, named)
    } else if let Some(day) = crate::asof::asked(with) {
        let then = if day < viewer.today {
            viewer.app.org.snapshot_at(day).await.map_err(WebError::internal)?
        } else {
            viewer.app.org.snapshot()
        };
        let begins = ledger_begins(&viewer.app, &then).await?;
        beginning = begins.map(|first| compare_with_the_first(viewer, shown, first));
        let soa = view::soa(&then, None, day);
        let named = name(&soa, Some(day));
        (soa, named)
    } else {
        let version = super::asked_version(viewer, with)?;
        let soa = view::soa(&viewer.isms, version, viewer.day);
        let named = name(&soa, None);
        (soa, named)
    };
    let by_day = with.parse::<Date>().is_ok();
    // The older of two days stands on the left, whichever of them the header shows.
    let turned = with.parse::<Date>().is_ok_and(|day| day > viewer.day);
    let shown_named = name(shown, by_day.then_some(viewer.day));
    let (rows, before, after) = if turned {
        (view::compare(shown, &before), shown_named, named)
    } else {
        (view::compare(&before, shown), named, shown_named)
    };
    let rows = rows.into_iter().map(|d| difference(viewer, d)).collect();
    Ok(Some(Comparison { before, after, rows, beginning }))
}

/// Leads to the same comparison with the ledger's first day, unless that is the day shown.
fn compare_with_the_first(viewer: &Viewer, shown: &Soa, day: Date) -> Beginning {
    let version = shown.version.as_ref().map_or_else(String::new, |v| format!("&version={}", v.id));
    let there = (format!("{}/soa?compare={day}{version}", viewer.base), "Compare with");
    Beginning {
        heading: "Nothing to compare with",
        begins: Day { date: day },
        to: Some(there).filter(|_| day != viewer.day),
    }
}

fn difference(viewer: &Viewer, difference: SoaDifference) -> Difference {
    Difference {
        href: format!("{}/soa/{}", viewer.base, difference.control),
        reference: difference.reference,
        title: difference.title,
        columns: difference.columns,
    }
}
