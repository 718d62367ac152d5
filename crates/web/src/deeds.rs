//! What commands did, counted: "added 3 risks". The ledger keeps names of commands; people read these words.

use isms::Kind;

use crate::words;

/// What several changes together did, where they have a name of their own: the name, what was done, and what with it. No
/// words for what means one record of the kind, whatever else was written along.
const TOGETHER: [(&str, &str, &str); 12] = [
    ("risk.score", "scored", ""),
    ("risk.evaluate", "evaluated", ""),
    ("risk.plan", "planned the treatment of", ""),
    ("risk.accept", "accepted what remains of", ""),
    ("risk.adopt_scenarios", "added", "from starter scenarios"),
    ("document.adopt_usual", "added", "from the usual ones"),
    ("evidence.hand_in", "handed in", "for review"),
    ("evidence.request", "asked for", "anew"),
    ("soa_version.begin", "began", ""),
    ("soa.decide", "decided on", "a control"),
    ("soa.propose_needed", "proposed decisions on", "controls that records need"),
    ("soa.propose_rest", "proposed decisions on", "controls that no record needs"),
];

/// What several changes together did to a record: "scored it".
pub(crate) fn together(command: &str) -> Option<String> {
    let (name, verb, more) = TOGETHER.iter().find(|(name, ..)| *name == command)?;
    Some(match (name.starts_with("soa."), more.is_empty()) {
        (true, _) => format!("{verb} {more}"),
        (false, true) => format!("{verb} it"),
        (false, false) => format!("{verb} it {more}"),
    })
}

/// What a command did to one record, or once.
pub(crate) fn deed(command: &str) -> String {
    deeds(command, 1)
}

/// What a command did to `count` records, or how often.
pub(crate) fn deeds(command: &str, count: usize) -> String {
    let mut parts = command.split('.');
    let (first, verb, rest) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let Some(kind) = Kind::by_name(first) else {
        return match command {
            "load" => "loaded records from a document".to_owned(),
            "set_up" => "set Isthmus up".to_owned(),
            "clock" => "moved what the day had come for".to_owned(),
            "account.set_up" => "made the first account".to_owned(),
            "account.create" => "added an account".to_owned(),
            "account.update" => "changed an account".to_owned(),
            "account.set_password" => "set a password".to_owned(),
            "account.link" => "made a one-time link to an account".to_owned(),
            "account.accept_link" => "followed a one-time link and set a password".to_owned(),
            _ => together(command).unwrap_or_else(|| words::lower(&words::words(&command.replace('.', "_")))),
        };
    };
    let one = words::one(kind);
    let several = TOGETHER.iter().find(|(name, ..)| *name == command);
    let count = if several.is_some_and(|(.., more)| more.is_empty()) { 1 } else { count };
    let what = match count {
        _ if kind == Kind::Evidence => "evidence".to_owned(),
        _ if kind.decl().single => format!("the {one}"),
        0 | 1 => format!("{} {one}", article(&one)),
        _ => format!("{} {}", words::count(count), words::many(kind)),
    };
    if let Some((_, verb, more)) = several {
        return format!("{verb} {what} {more}").trim_end().to_owned();
    }
    match (verb, rest) {
        (Some("create"), None) => format!("added {what}"),
        (Some("update"), None) => format!("changed {what}"),
        (Some("archive"), None) => format!("put {what} aside"),
        (Some("restore"), None) => format!("brought {what} back"),
        (Some("remove"), None) => format!("deleted {what}"),
        (Some("seed"), None) => format!("brought in the {} of Annex A", words::many(kind)),
        (Some("step"), Some(step)) => {
            let label = kind.steps().iter().find(|s| s.name == step).map(|s| words::lower(s.label));
            format!(
                "took the step “{}” on {what}",
                label.unwrap_or_else(|| words::lower(&words::words(step)))
            )
        }
        (Some(verb), _) => format!("{}: {what}", words::lower(&words::words(verb))),
        (None, _) => what,
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u', 'I', 'O']) { "an" } else { "a" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_done() {
        for (command, count, said) in [
            ("risk.create", 1, "added a risk"),
            ("risk.create", 3, "added 3 risks"),
            ("asset.update", 1, "changed an asset"),
            ("org_profile.update", 2, "changed the organisation"),
            ("risk.step.no_such", 1, "took the step “no such” on a risk"),
            ("person.archive", 1, "put a person aside"),
            ("load", 1, "loaded records from a document"),
            ("evidence.create", 1, "added evidence"),
            ("risk.score", 2, "scored a risk"),
            ("risk.adopt_scenarios", 3, "added 3 risks from starter scenarios"),
            ("soa_version.begin", 94, "began a SoA version"),
            ("soa.propose_rest", 9, "proposed decisions on controls that no record needs"),
            ("something.else", 1, "something else"),
            ("", 1, ""),
        ] {
            assert_eq!(deeds(command, count), said, "{command}");
        }
        assert_eq!(deed("risk.remove"), "deleted a risk");
    }
}
