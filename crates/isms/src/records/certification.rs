//! The way to a certificate and through its three years (states 4.14).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Isms, Problem, Ref,
    id::Id,
    record::{Decl, Group, Record},
    records::SoaVersion,
    states,
    value::{Line, Text},
};

states!(
    /// Where a certification stands in its cycle (4.14).
    CertificationState {
        Preparing = "preparing",
        Applied = "applied",
        Stage1Planned = "stage1_planned",
        Stage1Done = "stage1_done",
        Stage2Planned = "stage2_planned",
        Stage2Done = "stage2_done",
        DecisionPending = "decision_pending",
        Certified = "certified",
        Surveillance1Due = "surveillance_1_due",
        Surveillance1Done = "surveillance_1_done",
        Surveillance2Due = "surveillance_2_due",
        Surveillance2Done = "surveillance_2_done",
        RecertificationDue = "recertification_due",
        Recertified = "recertified",
        FindingsOpen = "findings_open",
        Suspended = "suspended",
        Withdrawn = "withdrawn",
        Expired = "expired",
    }
);

/// One certification and where it stands in its cycle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Certification {
    /// The certification body.
    pub body: Line,
    /// The standard with its edition, such as ISO/IEC 27001:2022.
    pub standard: Line,
    /// The scope as it stands or will stand on the certificate.
    pub scope_text: Text,
    /// The version of the Statement of Applicability that the certificate names.
    #[schemars(title = "SoA version")]
    pub soa_version_id: Option<Ref<SoaVersion>>,
    /// Number of the certificate.
    #[schemars(title = "Certificate number")]
    pub certificate_no: Line,
    /// The day the body decided. The first surveillance audit is due within twelve months of it.
    pub decision_at: Option<Date>,
    /// The day the certificate was issued.
    pub issued_at: Option<Date>,
    /// Last day of the certificate, three years on.
    pub valid_until: Option<Date>,
    /// The day the body was last told of a significant change.
    #[schemars(title = "Body informed")]
    pub informed_at: Option<Date>,
    /// Where it stands.
    pub state: CertificationState,
}

impl Record for Certification {
    const DECL: Decl = Decl {
        name: "certification",
        prefix: "CERT",
        one: "Certification",
        many: "Certifications",
        group: Group::Certification,
        about: "The certificate you are working for or hold: the body, the scope text, the dates. Begin with the body you talk to.",
        columns: &["state", "body", "certificate_no", "issued_at", "valid_until"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        match (self.standard.is_empty(), self.body.is_empty()) {
            (false, false) => format!("{} by {}", self.standard, self.body),
            (false, true) => self.standard.to_string(),
            (true, false) => format!("Certification by {}", self.body),
            (true, true) => "Certification".to_owned(),
        }
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn check(&self, _: &Isms, _: Id, problems: &mut Vec<Problem>) {
        if let (Some(start), Some(end)) = (self.issued_at, self.valid_until)
            && end < start
        {
            problems.push(Problem::new("valid_until", "lies before the day the certificate was issued"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_before_it_begins_is_refused() {
        for (start, end, wrong) in [
            ("2026-03-01", "2026-02-28", true),
            ("2026-03-01", "2026-03-01", false),
            ("2026-03-01", "2027-02-28", false),
        ] {
            let record = Certification {
                issued_at: start.parse().ok(),
                valid_until: end.parse().ok(),
                ..Default::default()
            };
            let mut problems = Vec::new();
            record.check(&Isms::default(), Id { kind: crate::Kind::Certification, n: 1 }, &mut problems);
            let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
            assert_eq!(places, if wrong { vec!["valid_until"] } else { vec![] }, "{start} to {end}");
        }
    }
}
