//! 6.3: changes of the ISMS are planned first.

use crate::{
    Date, Filed, Ref,
    records::{
        Change, ChangeKind, Document, DocumentKind, DocumentVersion, DocumentVersionState, RiskMethod,
        RiskMethodState, SoaVersion, SoaVersionState,
    },
    rules::{
        Cx, Item, Row, Seen, When,
        changes::{implemented, unapproved},
        cx::newest,
    },
};

/// Months without any change of the ISMS after which somebody has to state that there was none.
const QUIET_MONTHS: i64 = 24;

/// Row 6.3.
pub(super) fn planned(cx: &Cx<'_>) -> Row {
    let changes: Vec<_> = cx.all::<Change>().filter(|c| c.kind == Some(ChangeKind::Isms)).collect();
    let exists = When::any(changes.iter().map(|c| c.there.clone()));
    let recent = When::any(changes.iter().filter_map(|c| {
        let recorded = c.meta.created_at?;
        Some(c.there.and(&When::between(recorded, recorded.plus_months(QUIET_MONTHS))))
    }));
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
                .filter_map(|c| Some(Item::new(c.meta.id, lacking(c)?, c.there.and(&implemented(c)?))))
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

/// The first field that a planned change lacks.
fn lacking(change: &Change) -> Option<&'static str> {
    [
        ("purpose", change.purpose.is_empty()),
        ("impact_assessment", change.impact_assessment.is_empty()),
        ("resources", change.resources.is_empty()),
        ("responsible_id", change.responsible_id.is_none()),
        ("target_date", change.target_date.is_none()),
    ]
    .into_iter()
    .find_map(|(field, lacks)| lacks.then_some(field))
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
