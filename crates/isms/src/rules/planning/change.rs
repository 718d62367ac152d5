//! 6.3: changes of the ISMS are planned first.

use crate::{
    Date, Filed, Ref,
    records::{
        Change, ChangeKind, ChangeState, Document, DocumentKind, DocumentVersion, DocumentVersionState,
        RiskMethod, RiskMethodState, SoaVersion, SoaVersionState,
    },
    rules::{Cx, Item, Row, Seen, When, cx::newest},
};

/// Working days within which an emergency is approved afterwards (SOD-10).
const EMERGENCY_DAYS: u32 = 5;
/// Months without any change of the ISMS after which somebody has to state that there was none.
const QUIET_MONTHS: i64 = 24;

/// Row 6.3.
pub(super) fn planned(cx: &Cx<'_>) -> Row {
    let changes: Vec<_> = cx.all::<Change>().filter(|c| c.kind == Some(ChangeKind::Isms)).collect();
    let exists = When::any(changes.iter().map(|c| c.there.clone()));
    let recent = When::any(changes.iter().filter_map(|c| {
        let recorded = c.meta.created_at.or(c.approved_at).or(c.implemented_at)?;
        Some(c.there.and(&When::between(recorded, recorded.plus_months(QUIET_MONTHS))))
    }));
    let incomplete = |c: &Change| {
        c.purpose.is_empty()
            || c.impact_assessment.is_empty()
            || c.resources.is_empty()
            || c.responsible_id.is_none()
            || c.target_date.is_none()
    };
    Row::new("6.3")
        .needs(
            exists.or(&has_procedure(cx)),
            "no change of the ISMS is recorded, and no published document says how one is planned",
        )
        .any(
            "U1",
            "{n} significant [change|changes] of the ISMS [was|were] carried out before [it was|they were] approved",
            changes
                .iter()
                .filter(|c| c.significant == Some(true))
                .filter_map(|c| {
                    let when = unapproved(c)?;
                    Some(Item::new(c.meta.id, "approved_at", c.there.and(&when)))
                })
                .collect(),
        )
        .any(
            "P1",
            "{n} [change|changes] of the ISMS [lacks|lack] purpose, impact, means, who is responsible or a date",
            changes
                .iter()
                .filter(|c| incomplete(c))
                .filter_map(|c| Some(Item::new(c.meta.id, "impact_assessment", c.there.and(&implemented(c)?))))
                .collect(),
        )
        .any(
            "P2",
            "{n} new [version|versions] of scope, risk method or Statement of Applicability [belongs|belong] to no planned change",
            unplanned_versions(cx),
        )
        .when(
            "S1",
            recent.or(&cx.stated("6.3")).not(),
            "no change of the ISMS was recorded in 24 months, and nobody has stated that there was none",
            vec![],
        )
}

/// The days on which a published document says how changes are planned.
fn has_procedure(cx: &Cx<'_>) -> When {
    let documents = cx.live::<Document>().filter(|d| d.required_by.iter().any(|r| r.as_str() == "6.3"));
    When::any(documents.flat_map(|d| {
        cx.about::<DocumentVersion>(d.meta.id)
            .filter(|v| v.document_id.is_some_and(|x| x.id() == d.meta.id))
            .filter(|v| v.state == DocumentVersionState::Published)
            .map(|v| v.there.and(&v.published_at.map_or_else(When::always, When::from)))
            .collect::<Vec<_>>()
    }))
}

/// The days from which a change is carried out; `None` if it is not.
fn implemented(change: &Change) -> Option<When> {
    match (change.implemented_at, change.state) {
        (Some(day), _) => Some(When::from(day)),
        (None, ChangeState::Implemented | ChangeState::Reviewed | ChangeState::Closed) => {
            Some(When::always())
        }
        _ => None,
    }
}

/// The days on which a change stands as carried out without approval before. An emergency may be approved up to five
/// working days later; that it was one, shows its state or that it was not planned.
fn unapproved(change: &Change) -> Option<When> {
    let days = implemented(change)?;
    let Some(done) = change.implemented_at else {
        return change.approved_at.is_none().then_some(days);
    };
    if change.approved_at.is_some_and(|approved| approved < done) {
        return None;
    }
    let emergency = change.state == ChangeState::Emergency || change.planned == Some(false);
    if !emergency {
        return Some(days);
    }
    let last = working_days_after(done, EMERGENCY_DAYS);
    match change.approved_at {
        Some(approved) if approved <= last => None,
        _ => Some(When::after(last)),
    }
}

/// The day that lies so many working days, Monday to Friday, after another.
fn working_days_after(day: Date, count: u32) -> Date {
    let mut at = day;
    let mut left = count;
    while left > 0 {
        at = at.plus_days(1);
        if at == Date::MAX {
            break;
        }
        if !is_weekend(at) {
            left -= 1;
        }
    }
    at
}

fn is_weekend(day: Date) -> bool {
    // 3 January 2000 was a Monday.
    Date::new(2000, 1, 3).is_some_and(|monday| monday.days_until(day).rem_euclid(7) >= 5)
}

/// Versions of scope, risk method and Statement of Applicability younger than `audit_months` that name no change. A
/// first version needs none.
fn unplanned_versions(cx: &Cx<'_>) -> Vec<Item> {
    let scope = cx.live::<Document>().filter(|d| d.kind == Some(DocumentKind::Scope)).flat_map(|d| {
        use DocumentVersionState::{Published, Retired, Superseded};
        let versions = cx
            .about::<DocumentVersion>(d.meta.id)
            .filter(|v| v.document_id.is_some_and(|x| x.id() == d.meta.id))
            .filter(|v| matches!(v.state, Published | Superseded | Retired));
        later_ones(cx, versions.collect(), |v| {
            (v.published_at.or(v.effective_from), v.change_id, v.state == Published)
        })
    });
    let methods = cx.all::<RiskMethod>().filter(|m| m.state != RiskMethodState::Draft);
    let methods = later_ones(cx, methods.collect(), |m| {
        (m.published_at.or(m.approved_at), m.change_id, m.state == RiskMethodState::Approved)
    });
    let statements = cx
        .all::<SoaVersion>()
        .filter(|v| matches!(v.state, SoaVersionState::Published | SoaVersionState::Superseded));
    let statements = later_ones(cx, statements.collect(), |v| {
        let change = cx.isms.find(v.document_version_id).and_then(|d| d.change_id);
        (v.published_at, change, v.state == SoaVersionState::Published)
    });
    scope.chain(methods).chain(statements).collect()
}

/// Of several versions those in force that came after a first one, `audit_months` ago at most, and belong to no change.
fn later_ones<T: Filed>(
    cx: &Cx<'_>,
    versions: Vec<Seen<'_, T>>,
    of: impl Fn(&T) -> (Option<Date>, Option<Ref<Change>>, bool),
) -> Vec<Item> {
    let dated = versions.into_iter().map(|v| {
        let since = of(&v).0.map_or_else(When::always, When::from);
        Seen { there: v.there.and(&since), ..v }
    });
    let ordered = newest(dated, |v| of(v).0);
    let later = ordered.into_iter().skip(1).filter_map(|(version, newest)| {
        let (published, change, in_force) = of(&version);
        let day = published.filter(|_| in_force && cx.isms.find(change).is_none())?;
        let recent = When::between(day, day.plus_months(cx.p.audit_months));
        Some(Item::new(version.meta.id, "change_id", newest.and(&recent)))
    });
    later.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_days_leave_out_weekends() {
        let d = |s: &str| s.parse::<Date>().unwrap();
        // 2026-06-01 is a Monday.
        for (from, to) in [
            ("2026-06-01", "2026-06-08"),
            ("2026-06-05", "2026-06-12"),
            ("2026-06-06", "2026-06-12"),
            ("2026-06-07", "2026-06-12"),
        ] {
            assert_eq!(working_days_after(d(from), 5), d(to), "{from}");
        }
    }
}
