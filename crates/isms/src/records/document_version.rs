//! Versions of a document and their way from draft to retired (specification 4.1).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref, Stored,
    access::{Actor, Role},
    commands::{Command, Reason, waived},
    flow::{
        default_person, default_value, ensure, follow, is_small, is_top, name_of, next_number, none_of,
        only_by_step, referred, same, version_order,
    },
    record::{Decl, Group, HandCx, Record},
    records::{Change, ContextIssue, Control, Document, DocumentKind, PartyRequirement, Person, ScopeItem},
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::{FileHash, Number, Text},
    views::scores,
};

states!(
    /// Where a version stands (4.1).
    DocumentVersionState {
        Draft = "draft",
        InReview = "in_review",
        Approved = "approved",
        Published = "published",
        Superseded = "superseded",
        Retired = "retired",
    }
);

/// One version of a document. Nothing in it changes once it is approved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DocumentVersion {
    /// The document.
    pub document_id: Option<Ref<Document>>,
    /// Number of the version, such as 1.2.
    pub number: Number,
    /// Who wrote it.
    pub author_id: Option<Ref<Person>>,
    /// Who is asked to read it before approval.
    pub reviewer_ids: Vec<Ref<Person>>,
    /// Who approved it: somebody other than the author; for policy and scope somebody of top management.
    pub approver_id: Option<Ref<Person>>,
    /// The day it was approved.
    pub approved_at: Option<Date>,
    /// The day it was made available.
    pub published_at: Option<Date>,
    /// From which day it holds.
    pub effective_from: Option<Date>,
    /// By when it is to be looked at again.
    pub next_review_at: Option<Date>,
    /// The day it was last reviewed and left as it is.
    pub last_reviewed_at: Option<Date>,
    /// What is new since the version before.
    pub change_summary: Text,
    /// The planned change it belongs to (6.3).
    pub change_id: Option<Ref<Change>>,
    /// The file itself.
    pub file_hash: FileHash,
    /// What the content must have, ticked by whoever checked it. An information security policy needs all four (5.2); other documents need none.
    #[schemars(extend("x-flags" = DocumentVersion::POLICY_CHECKLIST))]
    pub content_checklist: BTreeMap<String, bool>,
    /// For the scope: context issues that were taken into account (4.3 a).
    pub considered_issue_ids: Vec<Ref<ContextIssue>>,
    /// For the scope: requirements of interested parties that were taken into account (4.3 b).
    pub considered_requirement_ids: Vec<Ref<PartyRequirement>>,
    /// For the scope: interfaces and dependencies that were taken into account (4.3 c).
    pub considered_interface_ids: Vec<Ref<ScopeItem>>,
    /// Where it stands.
    pub state: DocumentVersionState,
}

impl Record for DocumentVersion {
    const DECL: Decl = Decl {
        name: "document_version",
        prefix: "DV",
        one: "Document version",
        many: "Document versions",
        group: Group::Documents,
        clause: "7.5.2",
        about: "Each version of each document with its author, approver and file. Written, reviewed, approved by somebody else, published.",
        required: &["document_id"],
        columns: &[
            "document_id",
            "number",
            "state",
            "author_id",
            "approver_id",
            "published_at",
            "next_review_at",
        ],
        by_step: &["approver_id", "approved_at", "published_at", "last_reviewed_at"],
        steps_set_state: true,
        frozen: &["approved", "published", "superseded", "retired"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("{} version {}", name_of(self.document_id), self.number)
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn complete(fields: &mut Map<String, Value>, isms: &Isms, actor: &Actor, _: Date) {
        default_person(fields, "author_id", actor);
        if let Some(document) = referred::<Document>(fields, "document_id") {
            let numbers = scores::about::<Self>(isms, document.id()).map(|v| v.number.as_str());
            let number = next_number(numbers);
            default_value(fields, "number", number);
        }
    }

    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let renumbered =
            cx.before.is_none_or(|b| b.number != self.number || b.document_id != self.document_id);
        if renumbered && let Some(document) = self.document_id {
            let others = scores::about::<Self>(cx.isms, document.id()).filter(|v| v.meta.id != cx.id);
            let highest = others.max_by(|a, b| version_order(&a.number, &b.number));
            if let Some(highest) = highest
                && version_order(&self.number, &highest.number).is_le()
            {
                let message = format!(
                    "numbers rise: there is a version {} already ({})",
                    highest.number, highest.meta.id
                );
                reasons.push(Reason::new("7.5.3", message));
            }
        }
        if let Some(before) = cx.before.filter(|b| b.state == DocumentVersionState::InReview) {
            let how = "it is being reviewed; return it to draft first";
            reasons.extend(only_by_step(
                before,
                self,
                &["document_id", "number", "author_id", "file_hash"],
                "7.5.2c",
                how,
            ));
        }
        reasons
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl DocumentVersion {
    /// What the checklist of an information security policy must have (5.2 a to d).
    /// Name and label of each.
    pub const POLICY_CHECKLIST: [(&'static str, &'static str); 4] = [
        ("purpose_fit", "It suits what the organisation is for (5.2 a)"),
        ("objectives_or_framework", "It gives objectives, or says how they are set (5.2 b)"),
        ("commit_requirements", "It commits to meeting the requirements that apply (5.2 c)"),
        ("commit_improvement", "It commits to improving the ISMS continually (5.2 d)"),
    ];

    /// CUR of the specification 0.2: the published version of a document that is in force on a day.
    #[must_use]
    pub fn current(isms: &Isms, document: Ref<Document>, day: Date) -> Option<&Stored<Self>> {
        scores::about::<Self>(isms, document.id())
            .filter(|v| v.document_id == Some(document) && v.state == DocumentVersionState::Published)
            .filter(|v| v.effective_from.is_none_or(|from| from <= day))
            .max_by_key(|v| (v.effective_from, v.meta.id.n))
    }

    /// The moves that publishing a version brings for older ones of the same document.
    pub(crate) fn superseded_by(isms: &Isms, version: &Stored<Self>) -> Vec<Command> {
        let Some(document) = version.document_id else { return Vec::new() };
        scores::about::<Self>(isms, document.id())
            .filter(|v| v.document_id == Some(document) && v.meta.id != version.meta.id)
            .filter(|v| v.state == DocumentVersionState::Published)
            .map(|v| follow(v.meta.id, "supersede"))
            .collect()
    }
}

const STEPS: &[Step] = &[
    Step {
        name: "submit",
        label: "Send to review",
        from: &["draft"],
        to: "in_review",
        who: &[Duty::Author],
        asks: &["reviewer_ids", "file_hash", "change_summary"],
        requires: &["author_id", "number", "reviewer_ids", "file_hash"],
        guards: &[
            Guard { rule: "7.5.2c", waivable: false, holds: somebody_else_reads_it },
            Guard { rule: "7.5.3", waivable: false, holds: says_what_is_new },
        ],
        basis: "7.5.2 c",
        ..Step::BLANK
    },
    Step {
        name: "return",
        label: "Return to the author",
        from: &["in_review"],
        to: "draft",
        who: &[Duty::Anyone],
        comment: true,
        guards: &[Guard { rule: "7.5.2c", waivable: false, holds: by_reviewer_or_approver }],
        basis: "7.5.2 c",
        ..Step::BLANK
    },
    Step {
        name: "approve",
        label: "Approve",
        from: &["in_review"],
        to: "approved",
        who: &[Duty::Approver],
        asks: &[
            "next_review_at",
            "content_checklist",
            "considered_issue_ids",
            "considered_requirement_ids",
            "considered_interface_ids",
        ],
        requires: &["author_id", "approver_id", "next_review_at", "file_hash"],
        stamps: &[("approver_id", Stamp::Actor), ("approved_at", Stamp::Today)],
        guards: &[
            Guard { rule: "SOD-1", waivable: true, holds: not_by_author },
            Guard { rule: "SOD-1", waivable: false, holds: waiver_is_possible },
            Guard { rule: "5.2", waivable: false, holds: by_top_management },
            Guard { rule: "5.2", waivable: false, holds: policy_says_all },
            Guard { rule: "4.3", waivable: false, holds: scope_considers_all },
        ],
        basis: "5.2, 4.3, 7.5.2 c",
        ..Step::BLANK
    },
    Step {
        name: "publish",
        label: "Publish",
        from: &["approved"],
        to: "published",
        who: &[Duty::Owner, Duty::IsmsManager],
        asks: &["effective_from"],
        requires: &["published_at", "effective_from"],
        stamps: &[("published_at", Stamp::Today), ("effective_from", Stamp::TodayIfEmpty)],
        guards: &[Guard { rule: "7.5.3", waivable: false, holds: retention_is_set }],
        effects: supersede_older,
        basis: "7.5.3 a, c, e",
        ..Step::BLANK
    },
    Step {
        name: "supersede",
        label: "Supersede",
        from: &["published"],
        to: "superseded",
        who: &[Duty::Clock],
        guards: &[Guard { rule: "7.5.3", waivable: false, holds: only_by_a_newer }],
        basis: "7.5.3 e",
        ..Step::BLANK
    },
    Step {
        name: "review",
        label: "Review without change",
        from: &["published"],
        to: "published",
        who: &[Duty::Approver],
        asks: &["next_review_at"],
        requires: &["next_review_at"],
        stamps: &[("last_reviewed_at", Stamp::Today)],
        comment: true,
        guards: &[
            Guard { rule: "SOD-1", waivable: true, holds: not_by_author },
            Guard { rule: "SOD-1", waivable: false, holds: waiver_is_possible },
            Guard { rule: "7.5.2c", waivable: false, holds: next_review_is_ahead },
        ],
        basis: "A.5.1, 7.5.2 c",
        ..Step::BLANK
    },
    Step {
        name: "retire",
        label: "Retire",
        from: &["published"],
        to: "retired",
        who: &[Duty::Approver],
        comment: true,
        guards: &[
            Guard { rule: "SOD-1", waivable: true, holds: not_by_author },
            Guard { rule: "7.5.3", waivable: false, holds: nothing_depends_on_it },
        ],
        basis: "7.5.3 f",
        ..Step::BLANK
    },
];

fn document<'a>(cx: &StepCx<'a>) -> Result<&'a Stored<Document>, String> {
    cx.isms.find(cx.record::<DocumentVersion>()?.document_id).ok_or_else(|| "it names no document".to_owned())
}

fn is_kind(cx: &StepCx<'_>, kinds: &[DocumentKind]) -> bool {
    document(cx).is_ok_and(|d| d.kind.is_some_and(|k| kinds.contains(&k)))
}

fn somebody_else_reads_it(cx: &StepCx<'_>) -> Result<(), String> {
    let version = cx.record::<DocumentVersion>()?;
    ensure(version.reviewer_ids.iter().any(|r| Some(*r) != version.author_id), || {
        "at least one reviewer is somebody other than the author".to_owned()
    })
}

fn says_what_is_new(cx: &StepCx<'_>) -> Result<(), String> {
    let version = cx.record::<DocumentVersion>()?;
    let document = document(cx)?;
    let first = scores::about::<DocumentVersion>(cx.isms, document.meta.id).all(|v| v.meta.id.n >= cx.id.n);
    ensure(first || !version.change_summary.is_empty(), || {
        "say what is new since the version before".to_owned()
    })
}

fn by_reviewer_or_approver(cx: &StepCx<'_>) -> Result<(), String> {
    let version = cx.record::<DocumentVersion>()?;
    let reviewer = cx.actor.person.is_some_and(|p| version.reviewer_ids.contains(&p));
    ensure(reviewer || cx.actor.has(Role::IsmsManager) || is_top(cx.isms, cx.actor.person), || {
        "a version is returned by one of its reviewers or an approver".to_owned()
    })
}

fn not_by_author(cx: &StepCx<'_>) -> Result<(), String> {
    let version = cx.record::<DocumentVersion>()?;
    ensure(!same(version.author_id, cx.actor.person), || {
        "the author of a version does not approve it; somebody else has to".to_owned()
    })
}

/// A waiver of SOD-1 counts only in a small organisation, and never for policy, scope or SoA (8, decision 3).
fn waiver_is_possible(cx: &StepCx<'_>) -> Result<(), String> {
    if not_by_author(cx).is_ok() || !waived(cx.isms, "SOD-1", cx.id, cx.today) {
        return Ok(());
    }
    ensure(!is_kind(cx, &[DocumentKind::Policy, DocumentKind::Scope, DocumentKind::Soa]), || {
        "two people are needed for policy, scope and SoA even where this is waived otherwise".to_owned()
    })?;
    ensure(is_small(cx.isms, cx.today), || {
        "an organisation of more than 25 people cannot waive this".to_owned()
    })
}

fn by_top_management(cx: &StepCx<'_>) -> Result<(), String> {
    let needs = is_kind(cx, &[DocumentKind::Policy, DocumentKind::Scope]);
    ensure(!needs || is_top(cx.isms, cx.actor.person), || {
        "policy and scope are approved by top management".to_owned()
    })
}

fn policy_says_all(cx: &StepCx<'_>) -> Result<(), String> {
    if !is_kind(cx, &[DocumentKind::Policy]) {
        return Ok(());
    }
    let checklist = &cx.record::<DocumentVersion>()?.content_checklist;
    let open = DocumentVersion::POLICY_CHECKLIST.iter().filter(|(key, _)| checklist.get(*key) != Some(&true));
    none_of(open.map(|(_, label)| format!("the checklist does not confirm: {label}")).collect())
}

fn scope_considers_all(cx: &StepCx<'_>) -> Result<(), String> {
    if !is_kind(cx, &[DocumentKind::Scope]) {
        return Ok(());
    }
    let version = cx.record::<DocumentVersion>()?;
    let open = [
        (version.considered_issue_ids.is_empty(), "context issues (4.3 a)"),
        (version.considered_requirement_ids.is_empty(), "requirements of interested parties (4.3 b)"),
        (version.considered_interface_ids.is_empty(), "interfaces and dependencies (4.3 c)"),
    ];
    none_of(
        open.iter()
            .filter(|(open, _)| *open)
            .map(|(_, what)| format!("it names no {what} as considered"))
            .collect(),
    )
}

fn retention_is_set(cx: &StepCx<'_>) -> Result<(), String> {
    let document = document(cx)?;
    ensure(document.retention_months.is_some() || !document.retention_basis.is_empty(), || {
        format!("{} does not say how long its versions are kept", document.meta.id)
    })
}

fn supersede_older(cx: &StepCx<'_>) -> Vec<Command> {
    cx.record::<DocumentVersion>().map(|v| DocumentVersion::superseded_by(cx.isms, v)).unwrap_or_default()
}

fn only_by_a_newer(_: &StepCx<'_>) -> Result<(), String> {
    Err("a version is superseded by the publication of a newer one, and in no other way".to_owned())
}

fn next_review_is_ahead(cx: &StepCx<'_>) -> Result<(), String> {
    let next = cx.record::<DocumentVersion>()?.next_review_at;
    ensure(next.is_some_and(|d| d > cx.today), || "the next review lies ahead".to_owned())
}

/// Live controls that rest on the document, and the set of documents the standard itself asks for, hold a version.
fn nothing_depends_on_it(cx: &StepCx<'_>) -> Result<(), String> {
    let document = document(cx)?;
    let reference = document.reference();
    let controls = scores::about::<Control>(cx.isms, document.meta.id)
        .filter(|c| c.live() && c.document_ids.contains(&reference))
        .map(|c| format!("the control {} rests on it", c.meta.id));
    let asked = document.required_by.iter().map(|row| format!("{row} asks for it"));
    let mandatory = is_kind(cx, &[DocumentKind::Policy, DocumentKind::Scope, DocumentKind::Soa])
        .then(|| "the standard asks for this document; publish a new version instead".to_owned());
    none_of(controls.chain(asked).chain(mandatory).collect())
}
