//! 5.2: the information security policy.

use std::collections::HashMap;

use crate::{
    Date, Ref,
    records::{
        AckCampaign, Acknowledgement, Change, ChangeState, Document, DocumentKind, DocumentVersion,
        DocumentVersionState, ExternalAvailability, Person,
    },
    rules::{
        Count, Cx, Item, Row, Seen, Soft, When,
        cx::{newest, not_yet},
        planning::objectives,
        risks::Turns,
    },
};

/// The rows of 5.2.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let policy = Policy { cx, versions: cx.current_versions(DocumentKind::Policy) };
    vec![
        policy.suits(),
        policy.objectives(),
        policy.promises(
            "5.2c",
            "commit_requirements",
            "the policy is not confirmed to promise that requirements are met",
        ),
        policy.promises(
            "5.2d",
            "commit_improvement",
            "the policy is not confirmed to promise that the ISMS gets better",
        ),
        policy.in_writing(),
        policy.told(),
        policy.outside(),
    ]
}

/// What is said where there is no policy.
pub(super) const NO_POLICY: &str = "there is no published policy in force";

/// The policy over time: CUR(policy).
pub(super) struct Policy<'c, 'a> {
    /// The rules' view.
    pub cx: &'c Cx<'a>,
    /// The published versions, each with the days on which it is in force.
    pub versions: Turns<'a, DocumentVersion>,
}

impl<'a> Policy<'_, 'a> {
    /// The days on which there is a policy in force.
    pub(super) fn exists(&self) -> When {
        When::any(self.versions.iter().map(|(_, when)| when.clone()))
    }

    /// The versions of which something is wrong, on the days on which they are in force.
    pub(super) fn where_wrong(
        &self,
        field: &'static str,
        wrong: impl Fn(&Seen<'a, DocumentVersion>) -> bool,
    ) -> Vec<Item> {
        let versions = self.versions.iter().filter(|(v, _)| wrong(v));
        versions.map(|(v, when)| Item::new(v.meta.id, field, when.clone())).collect()
    }

    /// The versions whose review is due, in the sense of `of`.
    pub(super) fn due(&self, of: impl Fn(&Soft) -> When) -> Vec<Item> {
        let due = |v: &Seen<'a, DocumentVersion>| of(&self.cx.review_due(v));
        let item = |(v, when): &(Seen<'a, DocumentVersion>, When)| {
            Item::new(v.meta.id, "next_review_at", when.and(&due(v)))
        };
        self.versions.iter().map(item).collect()
    }

    /// U1 and U0 of the rows about what the policy says.
    fn row(&self, id: &'static str) -> Row {
        Row::new(id).when("U1", self.exists().not(), NO_POLICY, vec![]).any(
            "U0",
            "the review of the policy has lapsed",
            self.due(|s| s.lapsed.clone()),
        )
    }

    /// S1 of those rows.
    fn aging(&self, row: Row) -> Row {
        row.any("S1", "the review of the policy is due", self.due(Soft::past))
    }

    fn unticked(&self, key: &'static str) -> Vec<Item> {
        self.where_wrong("content_checklist", |v| v.content_checklist.get(key) != Some(&true))
    }

    fn promises(&self, id: &'static str, key: &'static str, what: &'static str) -> Row {
        self.aging(self.row(id).any("P1", what, self.unticked(key)))
    }

    fn suits(&self) -> Row {
        let by_author = self.where_wrong("approver_id", |v| {
            v.author_id.is_some() && v.author_id == v.approver_id || !self.cx.is_top(v.approver_id)
        });
        let row = self.row("5.2a").any(
            "P1",
            "the policy is not confirmed to suit the company, or was approved by its author or by nobody of top \
             management",
            self.unticked("purpose_fit").into_iter().chain(by_author).collect(),
        );
        self.aging(row).any(
            "S2",
            "{n} significant [change|changes] or versions of the scope came after the policy, and it was not reviewed since",
            self.overtaken(),
        )
    }

    /// Significant changes and versions of the scope that came after the policy in force was approved, while it was not
    /// reviewed. The change that brought the policy itself is none of them.
    fn overtaken(&self) -> Vec<Item> {
        let changes = self
            .cx
            .all::<Change>()
            .filter(|c| c.significant == Some(true) && c.state != ChangeState::Rejected)
            .filter_map(|c| Some((c.meta.id, "implemented_at", c.there.clone(), c.implemented_at?)));
        let scopes = self.cx.current_versions(DocumentKind::Scope);
        let scopes =
            scopes.into_iter().filter_map(|(v, when)| Some((v.meta.id, "approved_at", when, v.approved_at?)));
        let mut items = Vec::new();
        for (id, field, there, day) in changes.chain(scopes) {
            for (version, in_force) in &self.versions {
                let brought_it = version.change_id.is_some_and(|c| c.id() == id);
                if brought_it || version.approved_at.is_some_and(|approved| day <= approved) {
                    continue;
                }
                // A review on the same day has seen it.
                let unseen = match version.last_reviewed_at {
                    Some(reviewed) if reviewed >= day => When::between(day, reviewed.plus_days(-1)),
                    _ => When::from(day),
                };
                items.push(Item::new(id, field, there.and(in_force).and(&unseen)));
            }
        }
        items
    }

    fn objectives(&self) -> Row {
        let active = objectives::active(self.cx);
        let unlinked = self.versions.iter().map(|(v, when)| {
            let document = self.cx.isms.find(v.document_id);
            let linked = document.map_or_else(When::never, |d| objectives::linked_to(&active, d));
            Item::new(v.meta.id, "document_id", when.and_not(&linked))
        });
        let items = self.unticked("objectives_or_framework").into_iter().chain(unlinked).collect();
        self.aging(self.row("5.2b").any(
            "P1",
            "the policy is not confirmed to hold objectives or say how they are set, or no objective follows from it",
            items,
        ))
    }

    fn in_writing(&self) -> Row {
        let waiting = self.versions.iter().flat_map(|(current, when)| {
            let Some(policy) = current.document_id else { return Vec::new() };
            self.cx
                .about::<DocumentVersion>(policy.id())
                .filter(|v| v.document_id == Some(policy) && v.state == DocumentVersionState::Approved)
                .filter(|v| v.approved_at >= current.approved_at)
                .filter_map(|v| {
                    let late = When::after(v.approved_at?.plus_days(self.cx.p.overdue_days));
                    Some(Item::new(v.meta.id, "approved_at", when.and(&v.there).and(&late)))
                })
                .collect()
        });
        let bare = self.where_wrong("file_hash", |v| v.file_hash.is_empty());
        self.aging(self.row("5.2e").any(
            "P1",
            "the policy has no file, or a newer version is approved and not published",
            bare.into_iter().chain(waiting).collect(),
        ))
    }

    fn told(&self) -> Row {
        let cx = self.cx;
        let mut covered = When::never();
        let (mut missing, mut whole, mut joiners, mut old) = (vec![], vec![], vec![], vec![]);
        let mut asked = Vec::new();
        for (version, in_force) in &self.versions {
            let campaigns = cx
                .about::<AckCampaign>(version.meta.id)
                .filter(|c| c.document_version_id.is_some_and(|v| v.id() == version.meta.id));
            for (campaign, newest) in newest(campaigns, |c| c.started_at) {
                let days = in_force.and(&newest);
                covered = covered.or(&days);
                asked.push(Item::new(campaign.meta.id, "due_at", days.clone()));
                let coverage = Coverage::of(cx, &campaign);
                // A campaign that says no day has the time allowed from publication on; that of one with no day to
                // count from is over.
                let from = version.published_at.or(campaign.started_at);
                let due = campaign.due_at.or_else(|| Some(from?.plus_days(cx.p.ack_days)));
                let due = due.map_or_else(When::always, When::after).and(&days);
                missing.extend(coverage.missing.iter().map(|i| i.within(&due)));
                whole.extend(coverage.whole.iter().map(|when| when.and(&due)));
                joiners.extend(coverage.joiners.iter().map(|i| i.within(&days)));
                if cx.p.reack_months > 0
                    && let Some(started) = campaign.started_at
                {
                    let again = When::after(started.plus_months(cx.p.reack_months));
                    old.push(Item::new(campaign.meta.id, "started_at", days.and(&again)));
                }
            }
        }
        let whole = Count::of(&whole);
        let open = Count::of(missing.iter().map(|i| &i.when));
        let floor = i64::from(cx.p.pct(cx.p.ack_floor_pct));
        let low = open.with(&whole, |open, all| all > 0 && (all - open) * 100 < all * floor);
        Row::new("5.2f")
            .when(
                "U1",
                covered.not().or(&low),
                "nobody was asked to acknowledge the policy, or few have though it is overdue",
                asked,
            )
            .below_pct(
                "P1",
                "{n} of {m} people [has|have] not acknowledged the policy, and it is overdue",
                missing,
                whole,
                cx.p.pct(cx.p.ack_target_pct),
            )
            .any(
                "P2",
                "{n} [person|people] who joined later [has|have] not acknowledged the policy in time",
                joiners,
            )
            .any("S1", "people last acknowledged the policy longer ago than the interval", old)
    }

    fn outside(&self) -> Row {
        let cx = self.cx;
        // The document in force; while there is none, whatever policy there is in work.
        let mut documents: Vec<(Ref<Document>, When)> = Vec::new();
        for (version, when) in &self.versions {
            documents.extend(version.document_id.map(|d| (d, when.clone())));
        }
        let in_work = self.exists().not();
        let others = cx.live::<Document>().filter(|d| d.kind == Some(DocumentKind::Policy));
        documents.extend(others.map(|d| (d.reference(), d.there.and(&in_work))));
        let documents: Vec<_> =
            documents.into_iter().filter_map(|(d, when)| Some((cx.find(Some(d))?, when))).collect();
        let some = When::any(documents.iter().map(|(_, when)| when.clone()));
        let items = |field, wrong: &dyn Fn(&Document) -> When| -> Vec<Item> {
            documents.iter().map(|(d, when)| Item::new(d.meta.id, field, when.and(&wrong(d)))).collect()
        };
        let undecided = items("external_availability", &|d| match d.external_availability {
            None => When::always(),
            Some(ExternalAvailability::None) => When::fixed(d.external_channel.is_empty()),
            Some(_) => When::never(),
        });
        let given = |d: &Document| {
            matches!(
                d.external_availability,
                Some(ExternalAvailability::OnRequest | ExternalAvailability::Public)
            )
        };
        Row::new("5.2g")
            .when(
                "U1",
                When::any(undecided.iter().map(|i| i.when.clone())).or(&some.not()),
                "it is not settled whether people outside get the policy, or not said why they do not",
                undecided,
            )
            .any(
                "P1",
                "it is not said where people outside get the policy",
                items("external_channel", &|d| When::fixed(given(d) && d.external_channel.is_empty())),
            )
            .any(
                "S1",
                "it was not checked lately that people outside can get the policy",
                items("external_availability_checked_at", &|d| {
                    if !given(d) {
                        return When::never();
                    }
                    let checked = d.external_availability_checked_at;
                    checked.map_or_else(When::always, |c| {
                        When::between(c, c.plus_months(cx.p.document_months)).not()
                    })
                }),
            )
    }
}

/// Who of the audience of a campaign has not acknowledged, over time.
struct Coverage {
    /// The days on which each person is asked.
    whole: Vec<When>,
    /// People with the days on which they are asked and have not acknowledged.
    missing: Vec<Item>,
    /// People who joined after the campaign began, with the days on which they are late.
    joiners: Vec<Item>,
}

impl Coverage {
    fn of(cx: &Cx<'_>, campaign: &Seen<'_, AckCampaign>) -> Self {
        let id = campaign.meta.id;
        let mut done: HashMap<Ref<Person>, Date> = HashMap::new();
        let mut excused: HashMap<Ref<Person>, When> = HashMap::new();
        for ack in cx.about::<Acknowledgement>(id).filter(|a| a.campaign_id.is_some_and(|c| c.id() == id)) {
            let Some(person) = ack.person_id else { continue };
            if ack.acknowledged_at.is_some() {
                // From the day of it, or that on which it was entered.
                let day = ack.meta.there_from.unwrap_or(Date::MIN);
                done.entry(person).and_modify(|d| *d = day.min(*d)).or_insert(day);
            } else if ack.waived_by.is_some() {
                excused.insert(person, ack.there);
            }
        }
        let mut coverage = Self { whole: vec![], missing: vec![], joiners: vec![] };
        for (person, counts) in cx.people() {
            if !in_audience(&campaign.audience_group_ids, &person) {
                continue;
            }
            let person_ref = person.reference();
            let counts = excused.get(&person_ref).map_or_else(|| counts.clone(), |when| counts.and_not(when));
            // Who starts later has time of their own, and does not count before it is over.
            let began = person.start_date.filter(|start| campaign.started_at.is_some_and(|c| *start > c));
            let asked = began.map_or_else(When::always, |day| When::after(day.plus_days(cx.p.joiner_days)));
            let asked = counts.and(&asked);
            let missing = asked.and(&not_yet(done.get(&person_ref).copied()));
            let item = Item::new(person.meta.id, "", missing);
            if began.is_some() {
                coverage.joiners.push(item.clone());
            }
            coverage.missing.push(item);
            coverage.whole.push(asked);
        }
        coverage
    }
}

/// Whether a person is in one of the groups; an empty audience is everybody.
pub(super) fn in_audience(groups: &[crate::value::Tag], person: &Person) -> bool {
    groups.is_empty() || person.group_ids.iter().any(|g| groups.contains(g))
}
