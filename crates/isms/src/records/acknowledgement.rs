//! That somebody has read and acknowledged a document, or need not (A.5.1, 7.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref, Stored,
    access::Actor,
    commands::Reason,
    flow::{default_person, name_of, same},
    record::{Decl, Group, HandCx, Record},
    records::{AckCampaign, AckCampaignState, Person, RoleAssignment, RoleKind},
    value::Text,
};

/// One person's acknowledgement in a campaign, or the leave not to give it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Acknowledgement {
    /// The campaign.
    pub campaign_id: Option<Ref<AckCampaign>>,
    /// Who acknowledges. People acknowledge for themselves only.
    pub person_id: Option<Ref<Person>>,
    /// The day of the acknowledgement; empty while awaited or waived.
    pub acknowledged_at: Option<Date>,
    /// Who said the person need not, such as during long leave.
    pub waived_by: Option<Ref<Person>>,
    /// Why the person need not.
    pub waived_reason: Text,
}

impl Record for Acknowledgement {
    const DECL: Decl = Decl {
        name: "acknowledgement",
        prefix: "ACK",
        one: "Acknowledgement",
        many: "Acknowledgements",
        group: Group::Documents,
        clause: "7.3",
        about: "Who has acknowledged what. Waived ones are counted apart.",
        required: &["campaign_id", "person_id"],
        columns: &["campaign_id", "person_id", "acknowledged_at", "waived_by"],
        events: &["acknowledged_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("{} by {}", name_of(self.campaign_id), name_of(self.person_id))
    }

    fn complete(fields: &mut Map<String, Value>, _: &Isms, actor: &Actor, _: Date) {
        default_person(fields, "person_id", actor);
    }

    /// People acknowledge for themselves; who waives is the line manager or human resources (4.1).
    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut must = |holds: bool, message: &str| {
            if !holds {
                reasons.push(Reason::new("A.5.1", message));
            }
        };
        let open = |c: &Stored<AckCampaign>| c.state == AckCampaignState::Open;
        must(cx.isms.find(self.campaign_id).is_some_and(open), "the campaign is closed");
        let newly = |now: bool, before: fn(&Self) -> bool| now && !cx.before.is_some_and(before);
        if newly(self.acknowledged_at.is_some(), |b| b.acknowledged_at.is_some()) {
            must(same(self.person_id, cx.actor.person), "people acknowledge only for themselves");
        }
        if newly(self.waived_by.is_some(), |b| b.waived_by.is_some()) {
            must(same(self.waived_by, cx.actor.person), "a waiver is entered by whoever gives it");
            must(!self.waived_reason.is_empty(), "a waiver needs a reason");
            let manager = cx.isms.find(self.person_id).and_then(|p| p.manager_id);
            let in_hr = RoleAssignment::held(cx.isms, self.waived_by, RoleKind::Hr, cx.today);
            must(
                same(manager, self.waived_by) || in_hr,
                "a waiver is given by the line manager or by human resources",
            );
        }
        reasons
    }
}
