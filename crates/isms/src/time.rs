//! Dates as the rules use them: whole days, calendar months clamped to the end of the month (specification 0.2).
//! Nothing here reads a clock.

use std::{fmt, str::FromStr};

use jiff::civil;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A calendar day in the organisation's timezone. Comparisons in the rules use days, never times.
///
/// Year, month and day in one number, in this order: the rules compare days far more often than they count with them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl From<civil::Date> for Date {
    fn from(day: civil::Date) -> Self {
        Self(packed(day.year().into(), day.month().into(), day.day().into()))
    }
}

const fn packed(year: i32, month: i32, day: i32) -> i32 {
    year * 512 + month * 32 + day
}

impl Date {
    /// The first day Isthmus can express; used as "always".
    pub const MIN: Date = Date(packed(-9_999, 1, 1));
    /// The last day Isthmus can express; used as "never".
    pub const MAX: Date = Date(packed(9_999, 12, 31));

    /// The day as the calendar knows it.
    fn civil(self) -> civil::Date {
        // Only days of the calendar are ever packed.
        civil::Date::new(self.year(), self.month(), self.day()).unwrap_or_default()
    }

    /// A day from year, month (1-12) and day of the month (1-31); `None` if there is no such day.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self::from)
    }

    /// The day on which `at` falls in the IANA timezone `zone`; UTC if the zone is not known.
    #[must_use]
    pub fn of(at: jiff::Timestamp, zone: &str) -> Self {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        at.to_zoned_datetime(zone).date().into()
    }

    /// The first instant after this day ended in the IANA timezone `zone` (UTC if not known).
    #[must_use]
    pub fn end(self, zone: &str) -> jiff::Timestamp {
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        self.plus_days(1)
            .civil()
            .to_zoned_datetime(zone)
            .map(|z| z.timestamp())
            .unwrap_or(jiff::Timestamp::MAX)
    }

    /// ADD(d, n) of the specification: n calendar months later, clamped to the end of the month. Saturates.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        self.civil().saturating_add(jiff::Span::new().months(months.clamp(-19_000, 19_000))).into()
    }

    /// n days later (earlier if negative). Saturates.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        match days {
            // By far the most frequent, and quicker.
            1 => self.civil().tomorrow().map_or(Self::MAX, Self::from),
            _ => {
                self.civil().saturating_add(jiff::Span::new().days(days.clamp(-4_000_000, 4_000_000))).into()
            }
        }
    }

    /// n working days later: Saturdays and Sundays do not count. Saturates.
    #[must_use]
    pub fn plus_working_days(self, days: u32) -> Self {
        let mut day = self;
        let mut left = days;
        while left > 0 && day != Self::MAX {
            day = day.plus_days(1);
            let weekend = matches!(day.civil().weekday(), civil::Weekday::Saturday | civil::Weekday::Sunday);
            left -= u32::from(!weekend);
        }
        day
    }

    /// Whole days from `self` to `later`; negative if `later` is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> i64 {
        self.civil().until((jiff::Unit::Day, later.civil())).map_or(0, |s| i64::from(s.get_days()))
    }

    /// The year, for grouping.
    #[must_use]
    pub fn year(self) -> i16 {
        (self.0 >> 9) as i16
    }

    /// The month, 1-12, for grouping.
    #[must_use]
    pub fn month(self) -> i8 {
        ((self.0 >> 5) & 15) as i8
    }

    /// The day of the month, 1-31.
    fn day(self) -> i8 {
        (self.0 & 31) as i8
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().fmt(f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().fmt(f)
    }
}

/// Text that is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a date; write it as YYYY-MM-DD, for example 2026-03-31")]
pub struct NotADate;

impl FromStr for Date {
    type Err = NotADate;

    /// Reads `YYYY-MM-DD`, or an RFC 3339 date and time of which the day is kept.
    fn from_str(s: &str) -> Result<Self, NotADate> {
        if s.len() > 10 {
            let (day, rest) = s.split_at_checked(10).ok_or(NotADate)?;
            let full = s.parse::<jiff::Timestamp>().is_ok() || s.parse::<civil::DateTime>().is_ok();
            return if full && rest.starts_with(['T', 't', ' ']) { day.parse() } else { Err(NotADate) };
        }
        if s.len() != 10 || !s.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            return Err(NotADate);
        }
        s.parse::<civil::Date>().map(Self::from).map_err(|_| NotADate)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(s: &str) -> Date {
        s.parse().unwrap()
    }

    #[test]
    fn months_clamp_to_the_end_of_the_month() {
        for (from, months, to) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2026-03-31", -1, "2026-02-28"),
            ("2026-11-23", 12, "2027-11-23"),
            ("2024-02-29", 12, "2025-02-28"),
        ] {
            assert_eq!(d(from).plus_months(months), d(to), "{from} + {months}");
        }
    }

    #[test]
    fn days_are_ordered_and_told_apart_as_in_the_calendar() {
        assert_eq!((Date::MIN.civil(), Date::MAX.civil()), (civil::Date::MIN, civil::Date::MAX));
        let days = [
            "-009999-01-01",
            "-000001-12-31",
            "0000-01-01",
            "1999-12-31",
            "2000-01-01",
            "2024-02-29",
            "2024-03-01",
        ];
        let days = days.map(|day| day.parse::<civil::Date>().unwrap());
        let mut packed = days.map(Date::from);
        assert_eq!(packed.map(Date::civil), days);
        packed.reverse();
        packed.sort();
        assert_eq!(packed.map(Date::civil), days);
        assert_eq!(
            (d("2024-02-28").plus_days(1), d("2023-02-28").plus_days(1)),
            (d("2024-02-29"), d("2023-03-01"))
        );
        assert_eq!((Date::MAX.plus_days(1), Date::MAX.plus_days(2)), (Date::MAX, Date::MAX));
    }

    #[test]
    fn reads_days_and_the_day_of_a_time() {
        assert_eq!(d("2026-03-01T23:59:00Z"), d("2026-03-01"));
        for bad in
            ["", "2026-3-1", "01.03.2026", "2026-02-30", "2026-03-01x", "2026-03-01Tnoon", "-00001-01-01"]
        {
            assert_eq!(bad.parse::<Date>(), Err(NotADate), "{bad}");
        }
    }

    #[test]
    fn days_between() {
        assert_eq!(d("2026-02-27").days_until(d("2026-03-01")), 2);
        assert_eq!(d("2026-03-01").days_until(d("2026-02-27")), -2);
    }
}
