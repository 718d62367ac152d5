//! What the clock does: the moves of records that wait for nothing but a date (SYS of the specification, 4.0). It never
//! approves, accepts, closes by judgement or rates anything.

use std::collections::BTreeSet;

use super::Command;
use crate::{
    Date, Isms,
    flow::by_clock,
    id::{Id, Ref},
    parameters::Parameters,
    records::{
        AckCampaign, AckCampaignState, Evidence, EvidenceRequirement, EvidenceState, Risk, RiskAcceptance,
        RiskAcceptanceState, RiskState,
    },
    views::scores,
};

/// The moves due on a day, for a daily job to carry out as [`Actor::clock`](crate::access::Actor::clock), one after
/// the other or as one batch. Once they are carried out nothing is due until the next day.
#[must_use]
pub fn due(isms: &Isms, today: Date) -> Vec<Command> {
    let mut moves = Vec::new();
    let reopened = acceptances(isms, today, &mut moves);
    reviews(isms, today, &reopened, &mut moves);
    evidence(isms, today, &mut moves);
    requests(isms, today, &mut moves);
    campaigns(isms, today, &mut moves);
    moves
}

/// Acceptances whose last day has passed. Returns the risks that go back to analysis with them.
fn acceptances(isms: &Isms, today: Date, moves: &mut Vec<Command>) -> BTreeSet<Id> {
    let mut reopened = BTreeSet::new();
    for acceptance in isms.all::<RiskAcceptance>().iter().filter(|a| a.state == RiskAcceptanceState::Active) {
        if let Some(end) = acceptance.expires_at.filter(|end| *end < today) {
            moves.push(by_clock(acceptance.meta.id, "expire", format!("held until {end}")));
            reopened.extend(acceptance.risk_id.map(Ref::id));
        }
    }
    reopened
}

/// Risks whose review is due, and accepted ones whose acceptance holds no more.
fn reviews(isms: &Isms, today: Date, reopened: &BTreeSet<Id>, moves: &mut Vec<Command>) {
    for risk in isms.all::<Risk>().iter() {
        let id = risk.meta.id;
        let in_force = RiskAcceptance::in_force(isms, id, today).is_some();
        let lapsed = risk.state == RiskState::Accepted && !in_force;
        // The acceptance that expires now takes its risk along.
        let taken_along = lapsed && reopened.contains(&id);
        if taken_along || !matches!(risk.state, RiskState::Accepted | RiskState::Monitored) {
            continue;
        }
        match Risk::review_due(isms, risk).filter(|due| *due < today) {
            Some(due) => moves.push(by_clock(id, "reopen", format!("its review was due on {due}"))),
            None if lapsed => moves.push(by_clock(id, "reopen", "no acceptance of it holds".to_owned())),
            None => {}
        }
    }
}

/// Evidence that ends soon, or has ended.
fn evidence(isms: &Isms, today: Date, moves: &mut Vec<Command>) {
    let warn = Parameters::of(isms).evidence_warn_days;
    for evidence in isms.all::<Evidence>().iter() {
        let (id, Some(end)) = (evidence.meta.id, evidence.ends(isms)) else { continue };
        match evidence.state {
            EvidenceState::Accepted | EvidenceState::Expiring if end < today => {
                moves.push(by_clock(id, "expire", format!("counted until {end}")));
            }
            EvidenceState::Accepted if end.plus_days(-warn) <= today => {
                moves.push(by_clock(id, "near_end", format!("counts until {end}")));
            }
            _ => {}
        }
    }
}

/// Requirements for which nothing was ever asked, or everything asked came to nothing.
fn requests(isms: &Isms, today: Date, moves: &mut Vec<Command>) {
    let due = today.plus_days(Parameters::of(isms).overdue_days);
    for requirement in isms.all::<EvidenceRequirement>().live().filter(|r| r.frequency_months.is_some()) {
        let in_hand = scores::about::<Evidence>(isms, requirement.meta.id).any(|e| {
            !matches!(e.state, EvidenceState::Rejected | EvidenceState::Expired | EvidenceState::Withdrawn)
        });
        if !in_hand {
            let commands = Evidence::request_first(requirement, due);
            moves.push(Command::Batch { name: "evidence.request".to_owned(), commands });
        }
    }
}

/// Campaigns in which nobody is awaited any more, or whose version was superseded.
fn campaigns(isms: &Isms, today: Date, moves: &mut Vec<Command>) {
    for campaign in isms.all::<AckCampaign>().iter().filter(|c| c.state == AckCampaignState::Open) {
        if let Some(reason) = campaign.over(isms, campaign.meta.id, today) {
            moves.push(by_clock(campaign.meta.id, "close", reason.to_owned()));
        }
    }
}
