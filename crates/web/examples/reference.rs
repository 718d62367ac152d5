//! Writes the generated reference: the OpenAPI document, every kind of record with its fields and steps, and who may
//! do what. `reference DIR` writes it, `reference DIR --check` fails if a file is not current.

use std::{fmt::Write as _, path::Path, process::ExitCode};

use isms::{
    Kind,
    access::{Ability, Action, Role, role_can, role_may},
    record::Group,
    schema::{Field, Shape},
};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let dir = args.next().unwrap_or_else(|| "docs".to_owned());
    let check = args.next().as_deref() == Some("--check");
    let mut stale = Vec::new();
    for (name, content) in [
        ("openapi.json", openapi()),
        ("reference/kinds.md", kinds()),
        ("reference/permissions.md", permissions()),
    ] {
        let file = Path::new(&dir).join(name);
        if std::fs::read_to_string(&file).ok().as_deref() == Some(content.as_str()) {
            continue;
        }
        if check {
            stale.push(file.display().to_string());
            continue;
        }
        let written = file
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&file, content));
        if let Err(error) = written {
            eprintln!("cannot write {}: {error}", file.display());
            return ExitCode::FAILURE;
        }
        println!("wrote {}", file.display());
    }
    if stale.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("not current: {}; run `cargo xtask update` and commit the result", stale.join(", "));
    ExitCode::FAILURE
}

fn openapi() -> String {
    let mut text = serde_json::to_string_pretty(&web::openapi()).unwrap_or_default();
    text.push('\n');
    text
}

fn kinds() -> String {
    let mut out = String::from(
        "# Kinds of record\n\nGenerated from the declarations by `cargo xtask update`. Every record also has `id`, \
         `created_at`, `created_by` and `updated_at`.\n",
    );
    for group in Group::ALL {
        let _ = write!(out, "\n## {}\n", group.label());
        for kind in Kind::ALL.iter().copied().filter(|k| k.decl().group == group) {
            let decl = kind.decl();
            let clause = if decl.clause.is_empty() { String::new() } else { format!(" · {}", decl.clause) };
            let _ = write!(
                out,
                "\n### {} (`{}`, `{}-1`{clause})\n\n{}\n\n",
                decl.one, decl.name, decl.prefix, decl.about
            );
            out.push_str("| Field | Holds | Meaning |\n|---|---|---|\n");
            for field in &kind.info().fields {
                let mut notes = String::new();
                if field.required {
                    notes.push_str(" Required.");
                }
                if field.by_step {
                    notes.push_str(" Set by a step.");
                }
                let _ = writeln!(
                    out,
                    "| `{}` | {} | {}{notes} |",
                    field.name,
                    holds(field),
                    field.help.replace('|', "/")
                );
            }
            if !kind.steps().is_empty() {
                out.push_str(
                    "\n| Step | From | To | Who | Wants | Rules | Basis |\n|---|---|---|---|---|---|---|\n",
                );
                for step in kind.steps() {
                    let who: Vec<&str> = step.who.iter().map(|d| d.label()).collect();
                    let rules: Vec<&str> = step.guards.iter().map(|g| g.rule).collect();
                    let _ = writeln!(
                        out,
                        "| {} (`{}`) | {} | {} | {} | {} | {} | {} |",
                        step.label,
                        step.name,
                        step.from.join(", "),
                        step.to,
                        who.join(" or "),
                        step.requires.join(", "),
                        rules.join(", "),
                        step.basis
                    );
                }
            }
        }
    }
    out
}

fn holds(field: &Field) -> String {
    fn shape(of: &Shape) -> String {
        match of {
            Shape::Line(_) | Shape::Tag(_) => "text".into(),
            Shape::Text(_) => "text of several lines".into(),
            Shape::Number(_) => "version number".into(),
            Shape::Url(_) => "web address or place".into(),
            Shape::File => "SHA-256 of a stored file".into(),
            Shape::Row(_) => "row of the standard, its parent, or a control".into(),
            Shape::Source(_) => "id of a record, or words".into(),
            Shape::Date => "date".into(),
            Shape::Bool => "true or false".into(),
            Shape::Int(min, max) => format!("whole number {min} to {max}"),
            Shape::Decimal => "number".into(),
            Shape::Choice(choices) => choices.join(" / "),
            Shape::Ref(Some(kind)) => format!("id of `{kind}`"),
            Shape::Ref(None) => "id of any record".into(),
            Shape::Table(fields) => {
                format!("rows of {}", fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", "))
            }
            Shape::Flags(known) => {
                let known: Vec<String> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
                format!("names with true or false: {}", known.join(", "))
            }
            Shape::List(item) => format!("list: {}", shape(item)),
        }
    }
    shape(&field.shape)
}

fn permissions() -> String {
    let mut out = String::from(
        "# Who may do what\n\nGenerated from the matrix in `crates/isms/src/access.rs` by `cargo xtask update`. A step of \
         a workflow is open only to whom its own row in [kinds.md](kinds.md) names besides. R read, C create, E edit, \
         S take steps, D archive and delete.\n\nOf acknowledgements, training records and competence records people \
         read those about themselves and those whose line manager they are; ISMS managers and holders of a role of kind \
         `hr` or `internal_auditor` read all.\n\n| Kind |",
    );
    for role in Role::ALL {
        let _ = write!(out, " {} |", role.label());
    }
    out.push_str("\n|---|---|---|---|---|\n");
    for kind in Kind::ALL {
        let _ = write!(out, "| `{kind}` |");
        for role in Role::ALL {
            let letters: String = Action::ALL
                .iter()
                .zip("RCESD".chars())
                .map(|(action, letter)| if role_may(role, *action, *kind) { letter } else { '·' })
                .collect();
            let _ = write!(out, " {letters} |");
        }
        out.push('\n');
    }
    out.push_str("\n| Beyond records | Who |\n|---|---|\n");
    for (ability, words) in [
        (Ability::ManageAccounts, "Manage accounts"),
        (Ability::ReadLedger, "Read the ledger and its proofs"),
        (Ability::Export, "Export registers"),
        (Ability::Import, "Load documents"),
    ] {
        let who: Vec<&str> =
            Role::ALL.into_iter().filter(|r| role_can(*r, ability)).map(Role::label).collect();
        let _ = writeln!(out, "| {words} | {} |", who.join(", "));
    }
    out
}
