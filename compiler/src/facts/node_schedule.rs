//! When versions of Node.js get support, and when it ends: the table, or a file of the project.

use loadline_grammar::Span;

use super::json::{self, Json};
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
    /// What is wrong, and where in the text.
    pub fn read(text: &str) -> Result<Self, (String, Span)> {
        let whole = json::read(text)?;
        let Json::Object(entries, span) = whole else {
            return Err((
                "a schedule is an object with a `vMAJOR` for each version".to_owned(),
                whole.span(),
            ));
        };
        let mut releases: Vec<ScheduledRelease> = Vec::new();
        for (key, at, value) in &entries {
            // Before 4 there were `v0.10` and `v0.12`.
            let Some(major) = key.strip_prefix('v').and_then(|major| major.parse().ok()) else {
                if key.starts_with("v0.") {
                    continue;
                }
                return Err((format!("`{key}` is not the name of a version, like `v24`"), *at));
            };
            let date = |name: &str| match value.get(name) {
                None => Ok(None),
                Some(Json::Text(text, span)) => match Date::parse(text) {
                    Some(date) => Ok(Some(date)),
                    None => Err((format!("`{text}` is not a date, like `2028-04-30`"), *span)),
                },
                Some(other) => Err((format!("`{name}` of `{key}` is not a date in quotes"), other.span())),
            };
            let Some(end) = date("end")? else {
                return Err((format!("`{key}` has no `end`"), *at));
            };
            if releases.iter().any(|release| release.major == major) {
                return Err((format!("`{key}` stands twice"), *at));
            }
            releases.push(ScheduledRelease {
                major,
                lts: date("lts")?,
                end,
            });
        }
        if releases.is_empty() {
            return Err(("the schedule has no version".to_owned(), span));
        }
        releases.sort_by_key(|release| release.major);
        Ok(Self { releases })
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
        said("[]", "a schedule is an object with a `vMAJOR` for each version", "[]");
        said("{}", "the schedule has no version", "{}");
        said(r#"{"v24": {"start": "2025-05-06"}}"#, "`v24` has no `end`", "\"v24\"");
        said(
            r#"{"v24": {"end": "2028-04-31"}}"#,
            "`2028-04-31` is not a date, like `2028-04-30`",
            "\"2028-04-31\"",
        );
        said(
            r#"{"v24": {"end": 2028}}"#,
            "`end` of `v24` is not a date in quotes",
            "2028",
        );
        said(
            r#"{"node": {}}"#,
            "`node` is not the name of a version, like `v24`",
            "\"node\"",
        );
        said(r#"{"v24": {"end": "2028-04-30"},}"#, "expected a name in quotes", "}");
        assert!(NodeSchedule::read("").is_err());
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
