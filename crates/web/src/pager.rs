//! Leading through what is too long for one page.

use std::{fmt::Write, ops::Range};

use crate::{error::WebError, parts::escape, words};

/// Where one is in a row of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pager {
    /// The page shown, from 1; it may lie behind the last.
    pub(crate) page: usize,
    /// How many things stand on a page.
    pub(crate) per_page: usize,
    /// How many things there are.
    pub(crate) found: usize,
}

impl Pager {
    /// The page that an address asks for; the first if it names none.
    pub(crate) fn asked(page: &str) -> Result<usize, WebError> {
        let wrong = || WebError::invalid("page", "must be a whole number from 1");
        if page.is_empty() { Ok(1) } else { page.parse().ok().filter(|n| *n > 0).ok_or_else(wrong) }
    }

    /// Which of the things the page shows.
    pub(crate) fn shown(self) -> Range<usize> {
        let from = (self.page - 1).saturating_mul(self.per_page).min(self.found);
        from..(from + self.per_page).min(self.found)
    }

    /// How many pages there are; one if there is nothing.
    pub(crate) fn pages(self) -> usize {
        self.found.div_ceil(self.per_page).max(1)
    }

    /// Says which part is shown and links the other pages, each at the address that `href` gives it.
    pub(crate) fn draw(self, out: &mut String, href: impl Fn(usize) -> String) {
        let (page, pages, shown) = (self.page, self.pages(), self.shown());
        let _ = write!(out, "<nav class=\"pager\" aria-label=\"Pages\"><p>");
        if shown.is_empty() {
            let there_are = if pages == 1 { "There is" } else { "There are" };
            let _ = write!(out, "{there_are} {} only", words::counted(pages, "page", "pages"));
        } else {
            let (from, to, found) = (shown.start + 1, shown.end, self.found);
            let _ = write!(out, "{} to {} of {}", words::count(from), words::count(to), words::count(found));
        }
        out.push_str("</p>");
        if pages > 1 {
            let mut link = |n: usize, words: &str, more: &str| {
                out.push_str("<a class=\"btn\" href=\"");
                escape(out, &href(n));
                let _ = write!(out, "\"{more}>{words}</a>");
            };
            if page > 1 {
                link((page - 1).min(pages), "Previous", " rel=\"prev\"");
            }
            let near = page.saturating_sub(2).max(1)..=(page.saturating_add(2)).min(pages);
            if *near.start() > 1 {
                link(1, "1", "");
            }
            for n in near.clone() {
                link(n, &words::count(n), if n == page { " aria-current=\"page\"" } else { "" });
            }
            if *near.end() < pages {
                link(pages, &words::count(pages), "");
            }
            if page < pages {
                link(page + 1, "Next", " rel=\"next\"");
            }
        }
        out.push_str("</nav>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(page: usize, found: usize) -> String {
        let mut out = String::new();
        Pager { page, per_page: 100, found }.draw(&mut out, |n| format!("/x?a&page={n}"));
        out
    }

    #[test]
    fn says_what_is_shown_and_leads_on() {
        let second = drawn(2, 250);
        assert!(second.contains("101 to 200 of 250"), "{second}");
        assert!(second.contains("href=\"/x?a&amp;page=3\" rel=\"next\""), "{second}");
        assert!(second.contains("href=\"/x?a&amp;page=1\" rel=\"prev\""), "{second}");
        assert!(drawn(3, 250).contains("201 to 250 of 250") && !drawn(3, 250).contains("rel=\"next\""));
        assert!(drawn(1, 7).contains("1 to 7 of 7") && !drawn(1, 7).contains("<a"));
        assert!(drawn(2, 7).contains("There is 1 page only"));
        assert!(drawn(usize::MAX, 250).contains("There are 3 pages only"));
    }

    #[test]
    fn addresses_ask_for_a_page_or_are_told() {
        assert_eq!((Pager::asked("").unwrap(), Pager::asked("3").unwrap()), (1, 3));
        for wrong in ["0", "-1", "x", "1.5"] {
            assert!(Pager::asked(wrong).is_err(), "{wrong}");
        }
    }
}
