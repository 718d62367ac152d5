//! The one spelling of a moment in the ledger: RFC 3339 in UTC with milliseconds, always 24 characters, as in
//! `2026-03-04T05:06:07.089Z`. No clock is read here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The beginning of the year 0000, before which a moment has no 24-character spelling.
const FIRST_SECOND: i64 = -62_167_219_200;

/// The moment rounded down to whole milliseconds, and to the year 0000 at the earliest: what the ledger keeps.
pub fn whole_millis(at: Timestamp) -> Timestamp {
    let millis = at.as_nanosecond().div_euclid(1_000_000);
    let millis = i64::try_from(millis).unwrap_or(i64::MAX).max(FIRST_SECOND * 1000);
    Timestamp::from_millisecond(millis).unwrap_or(at)
}

/// Appends the 24 characters of a moment, rounded as [`whole_millis`] does.
pub(crate) fn write(out: &mut Vec<u8>, at: Timestamp) {
    let civil = Offset::UTC.to_datetime(whole_millis(at));
    let digits = |value: i32, places: u32| {
        (0..places).rev().map(move |place| b'0' + (value / 10_i32.pow(place) % 10).unsigned_abs() as u8)
    };
    out.extend(digits(civil.year().into(), 4));
    out.push(b'-');
    out.extend(digits(civil.month().into(), 2));
    out.push(b'-');
    out.extend(digits(civil.day().into(), 2));
    out.push(b'T');
    out.extend(digits(civil.hour().into(), 2));
    out.push(b':');
    out.extend(digits(civil.minute().into(), 2));
    out.push(b':');
    out.extend(digits(civil.second().into(), 2));
    out.push(b'.');
    out.extend(digits(civil.subsec_nanosecond() / 1_000_000, 3));
    out.push(b'Z');
}

/// The 24 characters of a moment.
pub(crate) fn text(at: Timestamp) -> String {
    let mut out = Vec::with_capacity(24);
    write(&mut out, at);
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads exactly what [`write`] writes.
pub(crate) fn parse(text: &[u8]) -> Option<Timestamp> {
    let text: &[u8; 24] = text.try_into().ok()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b'.',
        f1,
        f2,
        f3,
        b'Z',
    ] = text
    else {
        return None;
    };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let month = number(&[*m1, *m2])? as i8;
    let day = number(&[*d1, *d2])? as i8;
    let hour = number(&[*h1, *h2])? as i8;
    let minute = number(&[*n1, *n2])? as i8;
    let second = number(&[*s1, *s2])? as i8;
    let nanos = i32::from(number(&[*f1, *f2, *f3])?) * 1_000_000;
    let civil = DateTime::new(year, month, day, hour, minute, second, nanos).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// At most four decimal digits as a number.
fn number(digits: &[u8]) -> Option<i16> {
    digits
        .iter()
        .try_fold(0, |value: i16, digit| digit.is_ascii_digit().then(|| value * 10 + i16::from(digit - b'0')))
}

/// For `#[serde(with = ...)]`.
pub(crate) mod serde_text {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::text(*at))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse(text.as_bytes())
            .ok_or_else(|| D::Error::custom("expected a time like 2026-03-04T05:06:07.089Z"))
    }
}
