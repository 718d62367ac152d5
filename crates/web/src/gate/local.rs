//! Addresses inside this application. What a form or an address names as the place to go to next is followed only if
//! it cannot lead anywhere else.

use axum::http::uri::PathAndQuery;

/// Longest address that is followed.
const LONGEST: usize = 2_000;

/// The path and query if they stay here; `None` for anything that a browser could take for another site.
///
/// Browsers read a backslash as a slash and leave out tabs and line breaks, so `/\evil.example` and `/<tab>/evil.example`
/// lead elsewhere just as `//evil.example` does: only plain visible characters are let through.
pub(crate) fn local_path(text: &str) -> Option<&str> {
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let here = text.starts_with('/') && !text.starts_with("//") && text.len() <= LONGEST;
    (plain && here && text.parse::<PathAndQuery>().is_ok()).then_some(text)
}

/// Where to go after signing in: the page that was asked for, unless it is none to come back to.
pub(crate) fn back_to(text: &str) -> &str {
    let of_no_use = |path: &&str| {
        let path = path.split(['?', '/']).nth(1).unwrap_or_default();
        matches!(
            path,
            "sign-in" | "sign-out" | "setup" | "invitation" | "assets" | "api" | "search.json" | "healthz"
        )
    };
    local_path(text).filter(|p| !of_no_use(p)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_application_are_followed() {
        for (text, expected) in [
            ("/risk", "/risk"),
            ("/risk?sort=-level&q=a%20b", "/risk?sort=-level&q=a%20b"),
            ("/at/2026-03-01/risk", "/at/2026-03-01/risk"),
            ("/", "/"),
            ("", "/"),
            ("risk", "/"),
            ("//evil.example", "/"),
            ("///evil.example", "/"),
            ("/\\evil.example", "/"),
            ("\\\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("/\n/evil.example", "/"),
            ("\t//evil.example", "/"),
            (" //evil.example", "/"),
            ("/ /evil.example", "/"),
            ("https://evil.example", "/"),
            ("https:evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("data:text/html,x", "/"),
            ("/risk#//evil.example", "/risk#//evil.example"),
            ("/risk\r\nSet-Cookie: a=b", "/"),
            ("/ä", "/"),
            ("/sign-in?back=/risk", "/"),
            ("/sign-out", "/"),
            ("/setup?token=x", "/"),
            ("/api/v1/risk", "/"),
        ] {
            assert_eq!(back_to(text), expected, "{text:?}");
        }
        let long = format!("/{}", "a".repeat(3_000));
        assert_eq!(back_to(&long), "/");
    }
}
