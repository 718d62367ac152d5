//! The verdict on one row or control: how it stands, since when, what changes it by itself, why; its band over two years;
//! and, if asked for, how it stood by the records of earlier month ends.

use askama::{Template, filters::HtmlSafe};
use isms::{
    Date, Kind,
    access::Action,
    rules::{Assessment, Reporter, Sight, Status, Subject},
};

use super::{
    reasons::{Reasons, reasons},
    strip::{Strip, strip},
};
use crate::{error::WebError, gate::Viewer, parts::StatusChip, subjects, words};

/// Month ends looked at in what was recorded then.
const MONTH_ENDS: i64 = 12;

/// The verdict on a day.
#[derive(Template)]
#[template(path = "requirements/verdict.html")]
pub(super) struct Verdict {
    base: String,
    path: String,
    status: StatusChip,
    since: Option<Date>,
    next: Option<Turning>,
    advisory: bool,
    reasons: Reasons,
    /// Nothing speaks against it.
    clear: bool,
    /// Where to lower the status with a finding of one's own.
    lower: Option<String>,
    strip: Strip,
    recorded: Option<Vec<(Date, Option<StatusChip>)>>,
}

impl HtmlSafe for Verdict {}

/// The next change that comes by itself.
struct Turning {
    day: Date,
    becomes: &'static str,
    why: Vec<String>,
}

/// The verdict on a subject, with what was recorded at earlier month ends if that is asked for.
pub(super) async fn verdict(
    viewer: &Viewer,
    assessment: &Assessment,
    subject: &Subject,
    recorded: bool,
) -> Result<Verdict, WebError> {
    let (day, sight) = (viewer.day, viewer.sight());
    let findings = Reporter::new(&viewer.isms, assessment, day, &sight).findings(subject);
    let standing = subject.on(day);
    let may_lower = viewer.edits()
        && standing.status != Status::Unmet
        && viewer.actor.may(Action::Create, Kind::Nonconformity);
    let id = &subject.judged.id;
    Ok(Verdict {
        base: viewer.base.clone(),
        path: subjects::subject_path(id),
        status: StatusChip::new(standing.status),
        since: standing.since,
        next: standing.next_change_at.map(|day| turning(viewer, assessment, subject, &sight, day)),
        advisory: subject.advisory,
        clear: findings.is_empty(),
        reasons: reasons(viewer, assessment, findings),
        lower: may_lower.then(|| {
            format!("/nonconformity/new?criterion_ref={}&source_kind=self", urlencoding::encode(id))
        }),
        strip: strip(subject, day, viewer.today),
        recorded: match recorded {
            true => Some(as_recorded(viewer, subject).await?),
            false => None,
        },
    })
}

fn turning(viewer: &Viewer, assessment: &Assessment, subject: &Subject, sight: &Sight, day: Date) -> Turning {
    let before = subject.labels(day.plus_days(-1));
    let findings = Reporter::new(&viewer.isms, assessment, day, sight).findings(subject);
    let new = findings.into_iter().filter(|f| !before.contains(&f.label));
    Turning {
        day,
        becomes: subjects::becomes(subject.judged.status(day)),
        why: new.map(|f| words::capital(&f.message)).collect(),
    }
}

/// How the subject stood at the last month ends by the records of each, as far back as the ledger goes. Newest first;
/// nothing where there was no such control yet.
async fn as_recorded(
    viewer: &Viewer,
    subject: &Subject,
) -> Result<Vec<(Date, Option<StatusChip>)>, WebError> {
    let org = &viewer.app.org;
    let Some(first) = org.entry(0).await.map_err(WebError::internal)? else { return Ok(Vec::new()) };
    let began = viewer.isms.day(first.activity.at);
    let until = viewer.day.min(viewer.today);
    let month = Date::new(until.year(), until.month(), 1).unwrap_or(until);
    let ends = (0..MONTH_ENDS).map(|n| month.plus_months(-n).plus_days(-1)).take_while(|end| *end >= began);
    let mut recorded = Vec::new();
    for end in ends {
        let isms = org.snapshot_at(end).await.map_err(WebError::internal)?;
        let then = viewer.app.assessment(&isms).await?;
        let there = then.subject(&subject.judged.id).filter(|s| s.there.on(end));
        recorded.push((end, there.map(|s| StatusChip::new(s.judged.status(end)))));
    }
    Ok(recorded)
}
