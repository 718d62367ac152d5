//! Judgement by people: attestations and audit checks of a row, and the days on which one holds (ATT_OK, 0.1 step 2).

use std::collections::HashMap;

use super::{Cx, When};
use crate::{
    Id,
    records::{Attestation, Audit, AuditCheck, AuditKind, AuditState, CheckResult, Verdict},
    time::Date,
};

/// One judgement of a row.
#[derive(Clone, Debug)]
pub struct Given {
    /// The attestation or audit check.
    pub id: Id,
    /// The field that holds its day.
    pub field: &'static str,
    /// The day it was given.
    pub at: Date,
    /// Whether the requirement was judged to be met.
    pub conform: bool,
    /// Whether it is an attestation, and not a check of an audit.
    pub attested: bool,
    /// Its last day: `attest_months` after an attestation, `audit_months` after a check.
    pub last: Date,
}

/// All judgements, by row, oldest first.
pub(super) fn by_row<'a>(cx: &Cx<'a>) -> HashMap<&'a str, Vec<Given>> {
    let mut all: HashMap<&str, Vec<Given>> = HashMap::new();
    for a in cx.isms.all::<Attestation>().live() {
        let (Some(at), Some(verdict)) = (a.attested_at, a.verdict) else { continue };
        let at = a.meta.created_at.map_or(at, |created| at.max(created));
        all.entry(&a.requirement_ref).or_default().push(Given {
            id: a.meta.id,
            field: "attested_at",
            at,
            conform: verdict == Verdict::Conform,
            attested: true,
            last: a.attested_at.unwrap_or(at).plus_months(cx.p.attest_months),
        });
    }
    for c in cx.isms.all::<AuditCheck>().live() {
        let (Some(at), Some(result)) = (c.checked_at, c.result) else { continue };
        let counts = cx.isms.find(c.audit_id).is_some_and(|a| judges(a));
        // An opportunity for improvement is no verdict: it neither holds nor ends one.
        let verdict = matches!(result, CheckResult::Conform | CheckResult::Minor | CheckResult::Major);
        if !counts || !verdict || c.requirement_ref.is_empty() {
            continue;
        }
        all.entry(&c.requirement_ref).or_default().push(Given {
            id: c.meta.id,
            field: "checked_at",
            at: c.meta.created_at.map_or(at, |created| at.max(created)),
            conform: result == CheckResult::Conform,
            attested: false,
            last: at.plus_months(cx.p.audit_months),
        });
    }
    for given in all.values_mut() {
        // Of two on one day the one that is not conform decides.
        given.sort_by_key(|g| (g.at, !g.conform, g.id.n));
    }
    all
}

/// Whether the checks of an audit count as judgement: a closed one, internal or of the certification body.
fn judges(audit: &Audit) -> bool {
    audit.state == AuditState::Closed && audit.kind.is_some_and(|k| k != AuditKind::Supplier)
}

impl Cx<'_> {
    /// All judgements of a row, oldest first.
    #[must_use]
    pub fn judgements(&self, row: &str) -> &[Given] {
        self.given.get(|| by_row(self)).get(row).map_or(&[], Vec::as_slice)
    }

    /// ATT_OK: the days on which the newest judgement of a row says that it is met and is not too old.
    #[must_use]
    pub fn attested(&self, row: &str) -> When {
        newest_conform(self.judgements(row).iter())
    }

    /// The days on which the newest attestation of a row stands: where the specification asks for an attestation that
    /// something is not there, and no audit check will do.
    #[must_use]
    pub fn stated(&self, row: &str) -> When {
        newest_conform(self.judgements(row).iter().filter(|g| g.attested))
    }
}

/// The days on which the newest of several, given in the order of their days, is conform and in date.
fn newest_conform<'g>(given: impl Iterator<Item = &'g Given> + Clone) -> When {
    When::any(given.clone().enumerate().filter(|(_, g)| g.conform).map(|(i, g)| {
        let next = given.clone().nth(i + 1).map_or_else(When::always, |n| When::before(n.at));
        When::between(g.at, g.last).and(&next)
    }))
}
