//! When versions of Node.js get support, and when it ends: the table, or a file of the project.

use std::fmt;

use loadline_grammar::Span;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::node::RELEASES;
use crate::lower::Date;

/// One major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledRelease {
    /// The major version.
    pub major: u64,
    /// Start of long-term support; `None` for versions that never get it.
    pub lts: Option<Date>,
    /// No fixes from this day on.
    pub end: Date,
}

/// The schedule, oldest major first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSchedule {
    releases: Vec<ScheduledRelease>,
}

impl Default for NodeSchedule {
    fn default() -> Self {
        let releases = RELEASES.iter().filter_map(|release| {
            Some(ScheduledRelease {
                major: release.major,
                lts: release.lts.and_then(Date::parse),
                end: release.end_of_life_date()?,
            })
        });
        Self {
            releases: releases.collect(),
        }
    }
}

impl NodeSchedule {
    /// Of a major version.
    #[must_use]
    pub fn of(&self, major: u64) -> Option<ScheduledRelease> {
        self.releases.iter().find(|release| release.major == major).copied()
    }

    /// The oldest major that it knows: what is older is long gone.
    #[must_use]
    pub fn oldest(&self) -> u64 {
        self.releases.first().map_or(0, |release| release.major)
    }

    /// The newest major that has long-term support on a day, and is not at its end.
    #[must_use]
    pub fn newest_lts(&self, today: Date) -> Option<ScheduledRelease> {
        let supported =
            |release: &&ScheduledRelease| release.lts.is_some_and(|lts| lts <= today) && today < release.end;
        self.releases.iter().rev().find(supported).copied()
    }

    /// From a text in the format of `schedule.json` of the nodejs/Release repository: an object with a `vMAJOR` for each, and in
    /// it dates called `start`, `lts`, `maintenance` and `end`; `lts` may be left out.
    ///
    /// # Errors
    /// What is wrong, and where in the text: the character at which the reader stopped.
    pub fn read(text: &str) -> Result<Self, (String, Span)> {
        serde_json::from_str(text).map_err(|error| {
            let said = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            let message = said.strip_suffix(&place).unwrap_or(&said).to_owned();
            (message, span_at(text, error.line(), error.column()))
        })
    }
}

/// The character at a line and a column in bytes, both counted from 1.
fn span_at(text: &str, line: usize, column: usize) -> Span {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    let offset = before.map(str::len).sum::<usize>() + column.saturating_sub(1);
    let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(
        place(text.floor_char_boundary(offset)),
        place(text.ceil_char_boundary(offset + 1)),
    )
}

/// What the file says of one version; the rest is passed over.
#[derive(Deserialize)]
#[serde(expecting = "an object with `lts` and `end`")]
struct Entry {
    lts: Option<Day>,
    end: Day,
}

struct Day(Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DayText)
    }
}

/// A visitor, so that a wrong date is found at itself and not at the end of its object.
struct DayText;

impl Visitor<'_> for DayText {
    type Value = Day;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a date in quotes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Day, E> {
        let wrong = || E::custom(format!("`{text}` is not a date, like `2028-04-30`"));
        Date::parse(text).map(Day).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for NodeSchedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Versions)
    }
}

struct Versions;

impl<'de> Visitor<'de> for Versions {
    type Value = NodeSchedule;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object with a `vMAJOR` for each version")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut entries: M) -> Result<NodeSchedule, M::Error> {
        let mut releases: Vec<ScheduledRelease> = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            // Before 4 there were `v0.10` and `v0.12`.
            if key.starts_with("v0.") {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            let Some(major) = key.strip_prefix('v').and_then(|major| major.parse().ok()) else {
                let message = format!("`{key}` is not the name of a version, like `v24`");
                return Err(de::Error::custom(message));
            };
            if releases.iter().any(|release| release.major == major) {
                return Err(de::Error::custom(format!("`{key}` stands twice")));
            }
            let Entry { lts, end } = entries.next_value()?;
            releases.push(ScheduledRelease {
                major,
                lts: lts.map(|day| day.0),
                end: end.0,
            });
        }
        if releases.is_empty() {
            return Err(de::Error::custom("the schedule has no version"));
        }
        releases.sort_by_key(|release| release.major);
        Ok(NodeSchedule { releases })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_read_as_it_is_published() {
        let text = r#"{
  "v0.12": { "start": "2015-02-06", "end": "2016-12-31" },
  "v24": { "start": "2025-05-06", "lts": "2025-10-28", "maintenance": "2026-10-20", "end": "2028-04-30", "codename": "Krypton" },
  "v22": { "start": "2024-04-24", "lts": "2024-10-29", "maintenance": "2025-10-21", "end": "2027-04-30", "codename": "" },
  "v27": { "alpha": "2026-10-28", "start": "2027-04-22", "end": "2030-04-30" }
}"#;
        let schedule = NodeSchedule::read(text).unwrap();
        let day = |text: &str| Date::parse(text).unwrap();
        assert_eq!(schedule.oldest(), 22);
        assert_eq!(schedule.of(24).unwrap().lts, Some(day("2025-10-28")));
        assert_eq!(schedule.of(27).unwrap().lts, None);
        assert_eq!(schedule.newest_lts(day("2026-01-01")).unwrap().major, 24);
        assert_eq!(schedule.newest_lts(day("2028-04-30")), None);
    }

    #[test]
    fn what_is_wrong_is_said_where_it_stands() {
        let wrong = |text: &str| {
            let (message, span) = NodeSchedule::read(text).unwrap_err();
            (
                message,
                text.get(span.start as usize..span.end as usize)
                    .unwrap_or_default()
                    .to_owned(),
            )
        };
        let said = |text: &str, message: &str, at: &str| {
            assert_eq!(wrong(text), (message.to_owned(), at.to_owned()), "{text}")
        };
        said(
            "[]",
            "invalid type: sequence, expected an object with a `vMAJOR` for each version",
            "[",
        );
        said("{}", "the schedule has no version", "}");
        said(
            "{\n  \"v24\": {\"start\": \"2025-05-06\"}\n}",
            "missing field `end`",
            "}",
        );
        said(
            r#"{"v24": {"end": "2028-04-31"}}"#,
            "`2028-04-31` is not a date, like `2028-04-30`",
            "\"",
        );
        said(
            r#"{"v24": {"end": 2028}}"#,
            "invalid type: integer `2028`, expected a date in quotes",
            "8",
        );
        said(
            r#"{"node": {}}"#,
            "`node` is not the name of a version, like `v24`",
            "\"",
        );
        said(
            r#"{"v24": {"end": "2028-04-30"}, "v24": {"end": "2028-04-30"}}"#,
            "`v24` stands twice",
            "\"",
        );
        said(r#"{"v24": {"end": "2028-04-30"},}"#, "trailing comma", "}");
        said(r#"{"v24": ü}"#, "expected value", "ü");
        said("", "EOF while parsing a value", "");
        let (_, span) = NodeSchedule::read("{\n  \"v24\": 3\n}").unwrap_err();
        assert_eq!((span.start, span.end), (11, 12));
    }

    #[test]
    fn the_table_is_the_default() {
        let schedule = NodeSchedule::default();
        assert_eq!(schedule.oldest(), 16);
        assert_eq!(
            schedule.newest_lts(Date::parse("2026-11-21").unwrap()).unwrap().major,
            26
        );
    }
}
