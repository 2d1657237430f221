//! Node.js: release schedule and V8's memory defaults, per major version.

use crate::lower::Date;
use crate::quantity::{Bytes, Duration};

/// One major version of Node.js.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// The major version.
    pub major: u64,
    /// Start of long-term support; `None` for versions that never get it.
    pub lts: Option<&'static str>,
    /// End of life: no fixes from this day on.
    pub end_of_life: &'static str,
}

/// The release schedule.
///
/// Source: `schedule.json` of the nodejs/Release repository, as of 2026-07-02. Dates are compared, never parity: from
/// version 27 on every major gets long-term support.
pub const RELEASES: &[Release] = &[
    Release {
        major: 16,
        lts: Some("2021-10-26"),
        end_of_life: "2023-09-11",
    },
    Release {
        major: 17,
        lts: None,
        end_of_life: "2022-06-01",
    },
    Release {
        major: 18,
        lts: Some("2022-10-25"),
        end_of_life: "2025-04-30",
    },
    Release {
        major: 19,
        lts: None,
        end_of_life: "2023-06-01",
    },
    Release {
        major: 20,
        lts: Some("2023-10-24"),
        end_of_life: "2026-04-30",
    },
    Release {
        major: 21,
        lts: None,
        end_of_life: "2024-06-01",
    },
    Release {
        major: 22,
        lts: Some("2024-10-29"),
        end_of_life: "2027-04-30",
    },
    Release {
        major: 23,
        lts: None,
        end_of_life: "2025-06-01",
    },
    Release {
        major: 24,
        lts: Some("2025-10-28"),
        end_of_life: "2028-04-30",
    },
    Release {
        major: 25,
        lts: None,
        end_of_life: "2026-06-01",
    },
    Release {
        major: 26,
        lts: Some("2026-10-28"),
        end_of_life: "2029-04-30",
    },
    Release {
        major: 27,
        lts: None,
        end_of_life: "2030-04-30",
    },
];

impl Release {
    /// The row of a major version.
    #[must_use]
    pub fn of(major: u64) -> Option<&'static Self> {
        RELEASES.iter().find(|release| release.major == major)
    }

    /// End of life as a date.
    #[must_use]
    pub fn end_of_life_date(&self) -> Option<Date> {
        Date::parse(self.end_of_life)
    }

    /// The newest major that has long-term support on a day, and is not at its end.
    #[must_use]
    pub fn newest_lts(today: Date) -> Option<&'static Self> {
        let supported = |release: &&Self| {
            let started = release.lts.and_then(Date::parse).is_some_and(|lts| lts <= today);
            started && release.end_of_life_date().is_some_and(|end| today < end)
        };
        RELEASES.iter().rev().find(supported)
    }
}

/// Idle resident memory of a Node process with an HTTP server, rounded up to what the headroom sum uses.
///
/// Measured on 18 to 26: 43 to 46 MiB, 7 threads.
pub const BASELINE: Bytes = Bytes::mib(50);

/// The smallest `--max-old-space-size` with which a bare HTTP server starts and answers.
///
/// Measured with 2,000 requests: 5 MiB on 18.20 and 20.20, 7 on 22, 8 on 24, 6 on 26; with less it aborts.
pub const SMALLEST_HEAP: Bytes = Bytes::mib(8);

/// Stack of one worker thread. Measured on 18 to 26: `resourceLimits.stackSizeMb` is 4.
pub const WORKER_STACK: Bytes = Bytes::mib(4);

/// How long Node keeps an idle connection open, in seconds, unless the program says otherwise.
/// Measured on 18 to 26: `server.keepAliveTimeout` is 5000.
pub const KEEP_ALIVE_SECONDS: u64 = 5;

/// How much longer than `keepAliveTimeout` says Node keeps an idle connection, since a version in the middle of 20.
///
/// Source: nodejs/node#54863 (a constant of a second in `_http_server.js`, from 2024 on) and #59243, which made it
/// `server.keepAliveTimeoutBuffer`, 1000 by default. Measured: one second on 20, 22 and 24, none on 18.
#[must_use]
pub fn keep_alive_buffer(major: Option<u64>) -> Duration {
    // 19 and 21 were over before it came.
    match major {
        Some(0..=19 | 21) => Duration::ZERO,
        _ => Duration::seconds(1),
    }
}

/// Below this, V8's default old space does not shrink further, whatever the container's limit is.
const OLD_SPACE_MIN: Bytes = Bytes::mib(256);

/// Largest semi-space by container limit, for one major version.
///
/// Measured in containers with a memory limit (cgroup v1) on 20.20.2, 22.23.3, 24.21.0, 25.9.0 and 26.10.0: pairs of
/// "up to this limit, in MiB" and "semi-space in MiB".
struct Young {
    major: u64,
    steps: &'static [(u64, u64)],
    /// From this limit on (MiB), V8 allows an old space of 4 GiB instead of 2 GiB.
    large_from: u64,
}

const UP: u64 = u64::MAX;

/// A limit between two measured ones gets the semi-space of the next larger: that is never too little.
const YOUNG: &[Young] = &[
    Young {
        major: 20,
        steps: &[(512, 1), (1024, 4), (2048, 8), (UP, 16)],
        large_from: 16 * 1024,
    },
    Young {
        major: 22,
        steps: &[(512, 1), (1024, 4), (2048, 8), (UP, 16)],
        large_from: 15 * 1024,
    },
    Young {
        major: 24,
        steps: &[(512, 1), (1024, 16), (2048, 32), (UP, 64)],
        large_from: 15 * 1024,
    },
    Young {
        major: 25,
        steps: &[(512, 1), (1024, 16), (2048, 32), (UP, 64)],
        large_from: 15 * 1024,
    },
    Young {
        major: 26,
        steps: &[(256, 2), (512, 4), (1024, 8), (2048, 16), (UP, 32)],
        large_from: 15 * 1024,
    },
];

/// V8's memory defaults of one major version at one container limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapDefault {
    /// Largest old space when no flag is given.
    pub old_space: Bytes,
    /// Largest semi-space; the young generation is three of them.
    pub semi_space: Bytes,
}

impl HeapDefault {
    /// The defaults; `None` for a major version that was not measured. No limit means the machine's memory is large.
    #[must_use]
    pub fn of(major: u64, limit: Option<Bytes>) -> Option<Self> {
        // Version 18 reads only the root's cgroup v1 limit and never sees cgroup v2: it takes the machine's memory.
        if major == 18 {
            return Some(Self {
                old_space: Bytes::mib(4096),
                semi_space: Bytes::mib(16),
            });
        }
        let young = YOUNG.iter().find(|young| young.major == major)?;
        let limit = limit.map_or(UP, Bytes::in_mib);
        let semi_space = young
            .steps
            .iter()
            .find(|(up_to, _)| limit <= *up_to)
            .map(|(_, semi)| Bytes::mib(*semi))?;
        let largest = if limit < young.large_from {
            Bytes::mib(2048)
        } else {
            Bytes::mib(4096)
        };
        let half = Bytes::mib(limit / 2);
        let old_space = half.max(OLD_SPACE_MIN).min(largest);
        Some(Self { old_space, semi_space })
    }

    /// The young generation: three semi-spaces.
    #[must_use]
    pub const fn young(self) -> Bytes {
        self.semi_space.times(3)
    }

    /// What V8 reports as `heap_size_limit`: old space and young generation together.
    #[must_use]
    pub const fn heap_size_limit(self) -> Bytes {
        self.old_space.plus(self.young())
    }
}

/// Memory of an idle worker thread besides its stack, where its heap is not declared.
///
/// Measured: +7.8 (18), +8.8 (20), +11.8 (22), +13.0 (24), +8.5 (26) MiB; rounded up.
#[must_use]
pub const fn idle_worker(major: u64) -> Bytes {
    match major {
        18 => Bytes::mib(8),
        20 | 26 => Bytes::mib(9),
        22 => Bytes::mib(12),
        _ => Bytes::mib(13),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `heap_size_limit` in MiB as measured, by container limit in MiB: rows of the reference.
    const MEASURED: &[(u64, [u64; 5])] = &[
        // limit, 18, 20, 22, 24, 26
        (128, [4144, 259, 259, 259, 262]),
        (256, [4144, 259, 259, 259, 262]),
        (512, [4144, 259, 259, 259, 268]),
        (1024, [4144, 524, 524, 560, 536]),
        (2048, [4144, 1048, 1048, 1120, 1072]),
        (3072, [4144, 1584, 1584, 1728, 1632]),
        (4096, [4144, 2096, 2096, 2240, 2144]),
        (8192, [4144, 2096, 2096, 2240, 2144]),
        (12288, [4144, 2096, 2096, 2240, 2144]),
        (15360, [4144, 2096, 4144, 4288, 4192]),
        (16384, [4144, 4144, 4144, 4288, 4192]),
        (24576, [4144, 4144, 4144, 4288, 4192]),
    ];

    #[test]
    fn the_heap_default_is_what_was_measured() {
        for &(limit, measured) in MEASURED {
            for (major, expected) in [18, 20, 22, 24, 26].into_iter().zip(measured) {
                let default = HeapDefault::of(major, Some(Bytes::mib(limit))).unwrap();
                assert_eq!(
                    default.heap_size_limit().in_mib(),
                    expected,
                    "node {major} at {limit} MiB"
                );
            }
        }
        for (major, expected) in [(18, 4144), (20, 4144), (22, 4144), (24, 4288), (25, 4288), (26, 4192)] {
            assert_eq!(
                HeapDefault::of(major, None).unwrap().heap_size_limit().in_mib(),
                expected,
                "node {major}, no limit"
            );
        }
        assert_eq!(HeapDefault::of(99, None), None);
    }

    #[test]
    fn no_major_is_left_out() {
        let majors: Vec<u64> = RELEASES.iter().map(|release| release.major).collect();
        let (first, last) = (majors[0], majors[majors.len() - 1]);
        assert_eq!(majors, (first..=last).collect::<Vec<_>>());
    }

    #[test]
    fn idle_connections_live_a_second_longer_from_20_on() {
        let seconds = [18, 20, 21, 22, 24].map(|major| keep_alive_buffer(Some(major)).ceil_seconds());
        assert_eq!(seconds, [0, 1, 0, 1, 1]);
    }

    #[test]
    fn dates_decide_not_parity() {
        let today = Date::parse("2026-11-21").unwrap();
        assert_eq!(Release::newest_lts(today).unwrap().major, 26);
        assert_eq!(
            Release::newest_lts(Date::parse("2026-10-01").unwrap()).unwrap().major,
            24
        );
        assert!(Release::of(20).unwrap().end_of_life_date().unwrap() < today);
    }
}
