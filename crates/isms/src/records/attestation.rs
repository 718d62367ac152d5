//! Reasoned human judgements on requirements that records alone cannot answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref,
    access::Actor,
    choice,
    commands::Reason,
    flow::{changed, default_date, default_person, is_top, same},
    record::{Decl, Group, HandCx, Record},
    records::{Evidence, IsmsProcess, Person, ProcessKind, RoleAssignment, RoleKind, SodWaiver},
    value::{RowRef, Text},
};

choice!(
    /// What the judgement came to.
    Verdict { Conform = "conform", NotConform = "not_conform" }
);

/// Somebody's reasoned word on whether a requirement is met.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Attestation {
    /// The requirement, such as 5.1a.
    pub requirement_ref: RowRef,
    /// What was looked at and why it is judged so.
    pub statement: Text,
    /// Whether the requirement is met.
    pub verdict: Option<Verdict>,
    /// Who gives the judgement: somebody other than the owner of the process.
    pub attested_by: Option<Ref<Person>>,
    /// The day of the judgement.
    pub attested_at: Option<Date>,
    /// What it rests on.
    pub evidence_ids: Vec<Ref<Evidence>>,
    /// Who looked at it as well: top management or an auditor.
    pub countersigned_by: Option<Ref<Person>>,
}

impl Record for Attestation {
    const DECL: Decl = Decl {
        name: "attestation",
        prefix: "ATT",
        one: "Attestation",
        many: "Attestations",
        group: Group::Certification,
        about: "Where judgement is asked for, such as leadership or culture: what was looked at, the verdict, and who stands for it.",
        required: &["requirement_ref"],
        columns: &["requirement_ref", "verdict", "attested_by", "attested_at", "countersigned_by"],
        events: &["attested_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!(
            "{} {}",
            self.requirement_ref,
            self.verdict.map_or("not judged", |v| match v {
                Verdict::Conform => "conform",
                Verdict::NotConform => "not conform",
            })
        )
    }

    fn complete(fields: &mut Map<String, Value>, _: &Isms, actor: &Actor, today: Date) {
        default_person(fields, "attested_by", actor);
        default_date(fields, "attested_at", today);
    }

    /// People attest in their own name, not about a process they own; the ISMS manager not where quality is judged
    /// (SOD-15, decision 4 of section 8). The waiver of SOD-15 names the requirement or the attestation.
    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut must = |holds: bool, message: &str| {
            if !holds {
                reasons.push(Reason::new("SOD-15", message));
            }
        };
        let me = cx.actor.person;
        let judged =
            ["requirement_ref", "statement", "verdict", "attested_by", "attested_at", "evidence_ids"];
        let mine = cx.before.is_none_or(|b| !changed(b, self, &judged).is_empty());
        if mine {
            must(same(self.attested_by, me), "people attest in their own name");
            let waived = cx.isms.all::<SodWaiver>().iter().any(|w| {
                let this = *w.record_ref == *self.requirement_ref || *w.record_ref == *cx.id.to_string();
                *w.rule == *"SOD-15"
                    && this
                    && w.approved_by.is_some()
                    && w.expires_at.is_some_and(|d| d >= cx.today)
            });
            if !waived {
                must(
                    !owns_process(cx.isms, &self.requirement_ref, me),
                    "who owns the process does not attest to it",
                );
                let class = frameworks::catalogue().requirement(&self.requirement_ref).map(|r| r.class);
                let performed = class == Some(frameworks::Class::Performed);
                let manages = RoleAssignment::held(cx.isms, me, RoleKind::IsmsConformity, cx.today);
                must(!performed || !manages, "the ISMS manager does not attest to how well this is done");
            }
        }
        if cx.before.is_none_or(|b| b.countersigned_by != self.countersigned_by)
            && self.countersigned_by.is_some()
        {
            must(same(self.countersigned_by, me), "people countersign in their own name");
            must(!same(self.countersigned_by, self.attested_by), "it is countersigned by somebody else");
            let auditor = RoleAssignment::held(cx.isms, me, RoleKind::InternalAuditor, cx.today);
            must(auditor || is_top(cx.isms, me), "it is countersigned by top management or an auditor");
        }
        reasons
    }
}

/// Whether a person owns a live process that produces what a requirement asks for.
fn owns_process(isms: &Isms, requirement: &str, person: Option<Ref<Person>>) -> bool {
    /// Processes by the beginning of the requirement; the longest that fits decides.
    const BY_CLAUSE: &[(&str, ProcessKind)] = &[
        ("4", ProcessKind::Context),
        ("6.1.2", ProcessKind::Risk),
        ("6.1.3", ProcessKind::Risk),
        ("6.1.3c", ProcessKind::ControlsSoa),
        ("6.1.3d", ProcessKind::ControlsSoa),
        ("6.3", ProcessKind::Change),
        ("7.2", ProcessKind::CompetenceAwareness),
        ("7.3", ProcessKind::CompetenceAwareness),
        ("7.5", ProcessKind::Documents),
        ("8.1-change", ProcessKind::Change),
        ("8.1-ext", ProcessKind::Supplier),
        ("8.2", ProcessKind::Risk),
        ("8.3", ProcessKind::Risk),
        ("9.1", ProcessKind::Monitoring),
        ("9.2", ProcessKind::InternalAudit),
        ("9.3", ProcessKind::ManagementReview),
        ("10", ProcessKind::NonconformityImprovement),
    ];
    let fits = BY_CLAUSE.iter().filter(|(clause, _)| requirement.starts_with(clause));
    let Some((_, kind)) = fits.max_by_key(|(clause, _)| clause.len()) else { return false };
    isms.all::<IsmsProcess>().live().any(|p| p.kind == Some(*kind) && same(p.owner_id, person))
}
