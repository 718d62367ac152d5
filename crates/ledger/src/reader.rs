//! A cursor over canonical JSON whose layout is known beforehand. It accepts one spelling of each value, so what it
//! has read needs no second look. Which values come in which order lives in `view`.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::entry::{EntryError, MAX_SEQ};
use crate::hash::Hash;
use crate::time;

pub(crate) struct Reader<'a> {
    rest: &'a str,
    whole: usize,
}

type Read<T> = Result<T, EntryError>;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Read<Self> {
        let rest = std::str::from_utf8(bytes).map_err(|_| EntryError::NotUtf8)?;
        Ok(Self { rest, whole: bytes.len() })
    }

    fn wrong<T>(&self) -> Read<T> {
        Err(EntryError::NotCanonical { at: self.whole - self.rest.len() })
    }

    /// Skips the text if it comes next.
    #[inline]
    fn skip(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes the next bytes, however many `count` are.
    #[inline]
    fn take(&mut self, count: usize) -> Read<&'a str> {
        match self.rest.split_at_checked(count) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => self.wrong(),
        }
    }

    /// The text that must come next.
    #[inline]
    pub(crate) fn literal(&mut self, text: &str) -> Read<()> {
        if self.skip(text) { Ok(()) } else { self.wrong() }
    }

    /// Nothing may come after.
    pub(crate) fn end(&self) -> Read<()> {
        if self.rest.is_empty() { Ok(()) } else { self.wrong() }
    }

    /// A string, borrowed unless it holds an escape.
    #[inline]
    pub(crate) fn string(&mut self) -> Read<Cow<'a, str>> {
        self.literal("\"")?;
        let plain = self.plain()?;
        if self.skip("\"") {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        while !self.skip("\"") {
            text.push(self.escape()?);
            text.push_str(self.plain()?);
        }
        Ok(Cow::Owned(text))
    }

    /// The bytes up to a quotation mark, a backslash or a control character.
    #[inline]
    fn plain(&mut self) -> Read<&'a str> {
        let length = self.rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\');
        self.take(length.unwrap_or(self.rest.len()))
    }

    /// One of the escapes that RFC 8785 writes.
    fn escape(&mut self) -> Read<char> {
        const SHORT: [(&str, char); 7] = [
            ("\\\"", '"'),
            ("\\\\", '\\'),
            ("\\b", '\u{8}'),
            ("\\f", '\u{c}'),
            ("\\n", '\n'),
            ("\\r", '\r'),
            ("\\t", '\t'),
        ];
        for (escape, meaning) in SHORT {
            if self.skip(escape) {
                return Ok(meaning);
            }
        }
        let long = self.rest.strip_prefix("\\u00").and_then(|rest| rest.get(..2));
        let code = long.and_then(|digits| crate::hash::decode_hex::<1>(digits.as_bytes()));
        match code {
            Some([code]) if code < 0x20 && !matches!(code, 8 | 9 | 10 | 12 | 13) => {
                self.take(6)?;
                Ok(char::from(code))
            }
            _ => self.wrong(),
        }
    }

    /// A whole number from 0 to [`MAX_SEQ`] without leading zeros.
    #[inline]
    pub(crate) fn number(&mut self) -> Read<u64> {
        let mut value = 0_u64;
        let mut digits = 0;
        for byte in self.rest.bytes().take_while(u8::is_ascii_digit).take(17) {
            value = value * 10 + u64::from(byte - b'0');
            digits += 1;
        }
        if digits == 0 || value > MAX_SEQ || (digits > 1 && self.rest.starts_with('0')) {
            return self.wrong();
        }
        self.take(digits)?;
        Ok(value)
    }

    /// A whole number that fits 32 bits.
    #[inline]
    pub(crate) fn small(&mut self) -> Read<u32> {
        let here = self.whole - self.rest.len();
        u32::try_from(self.number()?).map_err(|_| EntryError::NotCanonical { at: here })
    }

    /// A moment.
    #[inline]
    pub(crate) fn time(&mut self) -> Read<Timestamp> {
        self.literal("\"")?;
        let Some(at) = self.rest.get(..24).and_then(|text| time::parse(text.as_bytes())) else {
            return self.wrong();
        };
        self.take(24)?;
        self.literal("\"")?;
        Ok(at)
    }

    /// A hash.
    #[inline]
    pub(crate) fn hash(&mut self) -> Read<Hash> {
        self.literal("\"")?;
        let Some(hash) = self.rest.get(..64).and_then(|text| Hash::from_hex(text.as_bytes())) else {
            return self.wrong();
        };
        self.take(64)?;
        self.literal("\"")?;
        Ok(hash)
    }

    /// A hash or null.
    #[inline]
    pub(crate) fn hash_or_null(&mut self) -> Read<Option<Hash>> {
        if self.skip("null") { Ok(None) } else { self.hash().map(Some) }
    }

    /// A list.
    #[inline]
    pub(crate) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.literal("[")?;
        if self.skip("]") {
            return Ok(Vec::new());
        }
        let mut items = Vec::with_capacity(1);
        loop {
            items.push(item(self)?);
            if self.skip("]") {
                return Ok(items);
            }
            self.literal(",")?;
        }
    }

    /// One of some words, as a string.
    pub(crate) fn word<T: Copy>(&mut self, words: &[T], spell: impl Fn(T) -> &'static str) -> Read<T> {
        self.literal("\"")?;
        for word in words {
            let found = self.rest.strip_prefix(spell(*word)).and_then(|rest| rest.strip_prefix('"'));
            if let Some(rest) = found {
                self.rest = rest;
                return Ok(*word);
            }
        }
        self.wrong()
    }
}
