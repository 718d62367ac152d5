//! A justification to begin with, drawn from the records that need a control.

use isms::views::soa::Driver;

/// Records named one by one before the rest is counted.
const NAMED: usize = 4;

/// Why a control is needed, as sentences that name the risks and requirements; people can change the words.
pub(super) fn because(drivers: &[Driver]) -> String {
    let mut sentences = Vec::new();
    let of = |code: &str| drivers.iter().filter(|d| d.code == code).collect::<Vec<_>>();
    for (code, lead, one, many) in [
        ("risk", "Keeps down", "risk", "risks"),
        ("legal", "Serves", "legal duty", "legal duties"),
        ("contractual", "Serves", "contractual duty", "contractual duties"),
        ("business", "Serves", "expectation", "expectations"),
    ] {
        let found = of(code);
        if !found.is_empty() {
            let noun = if found.len() == 1 { one } else { many };
            sentences.push(format!("{lead} the {noun} {}.", list(&found)));
        }
    }
    sentences.join(" ")
}

fn list(drivers: &[&Driver]) -> String {
    let mut parts: Vec<String> = drivers.iter().take(NAMED).map(|d| name(d)).collect();
    match drivers.len() - parts.len() {
        0 => {}
        1 => parts.push("one more".to_owned()),
        n => parts.push(format!("{n} more")),
    }
    match parts.split_last() {
        Some((last, head)) if !head.is_empty() => format!("{} and {last}", head.join(", ")),
        _ => parts.concat(),
    }
}

fn name(driver: &Driver) -> String {
    let title = driver.title.trim_end_matches('.');
    match driver.via {
        Some(plan) => format!("{} ({title}; plan {plan})", driver.id),
        None => format!("{} ({title})", driver.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver(code: &str, id: &str, title: &str, via: Option<&str>) -> Driver {
        Driver {
            code: code.to_owned(),
            id: id.parse().unwrap(),
            title: title.to_owned(),
            via: via.map(|v| v.parse().unwrap()),
        }
    }

    #[test]
    fn names_the_records() {
        let risk = driver("risk", "R-1", "Laptop lost.", Some("TP-3"));
        assert_eq!(because(&[]), "");
        assert_eq!(because(std::slice::from_ref(&risk)), "Keeps down the risk R-1 (Laptop lost; plan TP-3).");
        let more: Vec<Driver> = (2..8).map(|n| driver("risk", &format!("R-{n}"), "x", None)).collect();
        let all: Vec<Driver> = [risk, driver("legal", "R-9", "Law", None)].into_iter().chain(more).collect();
        assert_eq!(
            because(&all),
            "Keeps down the risks R-1 (Laptop lost; plan TP-3), R-2 (x), R-3 (x), R-4 (x) and 3 more. Serves the legal duty R-9 (Law)."
        );
    }
}
