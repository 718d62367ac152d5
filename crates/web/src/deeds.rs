//! What commands did, counted: "added 3 risks". The ledger keeps names of commands; people read these words.

use isms::Kind;

use crate::words;

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
            _ => words::lower(&words::words(&command.replace('.', "_"))),
        };
    };
    let one = words::one(kind);
    let what = match count {
        _ if kind.decl().single => format!("the {one}"),
        0 | 1 => format!("{} {one}", article(&one)),
        _ => format!("{} {}", words::count(count), words::many(kind)),
    };
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
            ("something.else", 1, "something else"),
            ("", 1, ""),
        ] {
            assert_eq!(deeds(command, count), said, "{command}");
        }
        assert_eq!(deed("risk.remove"), "deleted a risk");
    }
}
