//! "Did you mean": the nearest of the names that would be right.

/// The candidate that is most likely a misspelt `given`; `None` when nothing is near.
#[must_use]
pub fn nearest<'c>(given: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let allowed = match given.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, &'c str)> = None;
    for candidate in candidates {
        if candidate == given {
            continue;
        }
        let distance = distance(given, candidate);
        // A word that was begun or is the plural counts as near: `replica`, `replicas`.
        let prefix = 3 <= given.len() && (candidate.starts_with(given) || given.starts_with(candidate));
        let distance = if prefix { distance.min(1) } else { distance };
        // Ties go to the first candidate: tables list the more important settings first.
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// What a setting of another tool is called here, with an example; `fits` says which settings there are.
#[must_use]
pub fn habit(name: &str, fits: impl Fn(&str) -> bool) -> Option<(&'static str, &'static str)> {
    let found = HABITS
        .iter()
        .find(|(other, setting, _)| *other == name && fits(setting));
    found.map(|&(_, setting, example)| (setting, example))
}

const HABITS: &[(&str, &str, &str)] = &[
    ("replicas", "scale", "scale 3"),
    ("instances", "scale", "scale 3"),
    ("autoscaling", "scale", "scale 3..10 { cpu 70% }"),
    ("port", "listen", "listen http 3000"),
    ("ports", "listen", "listen http 3000"),
    ("expose", "listen", "listen http 3000 { expose public }"),
    ("environment", "env", "env LOG_LEVEL info"),
    ("command", "run", "run \"dist/server.mjs\""),
    ("entrypoint", "run", "run \"dist/server.mjs\""),
    ("cmd", "run", "run \"dist/server.mjs\""),
    ("healthcheck", "health", "health { ready \"/readyz\" }"),
    ("readiness", "health", "health { ready \"/readyz\" }"),
    ("liveness", "health", "health { live \"/livez\" }"),
    ("probes", "health", "health { ready \"/readyz\" }"),
    ("readiness", "ready", "ready \"/readyz\""),
    ("liveness", "live", "live \"/livez\""),
    ("depends_on", "uses", "uses orders-db { pool 10 }"),
    ("resources", "memory", "memory 256Mi..512Mi"),
    ("limits", "memory", "memory 256Mi..512Mi"),
    ("strategy", "rollout", "rollout rolling { surge 1; unavailable 0 }"),
    ("deploy", "rollout", "rollout rolling { surge 1; unavailable 0 }"),
    ("maxSurge", "surge", "surge 1"),
    ("max_surge", "surge", "surge 1"),
    ("maxUnavailable", "unavailable", "unavailable 0"),
    ("max_unavailable", "unavailable", "unavailable 0"),
    ("minReadySeconds", "min_ready", "min_ready 10s"),
    ("terminationGracePeriodSeconds", "grace", "grace 45s"),
    ("preStop", "settle", "settle 5s"),
    ("pre_stop", "settle", "settle 5s"),
    ("kill_timeout", "grace", "grace 45s"),
    ("volumes", "volume", "volume data \"/var/lib/app\" { size 10Gi }"),
    ("secrets", "secret", "secret DATABASE_URL from \"vault:app#url\""),
    ("cron", "schedule", "schedule \"0 3 * * *\""),
    ("period", "every", "every 10s"),
    ("interval", "every", "every 10s"),
    ("periodSeconds", "every", "every 10s"),
    ("failureThreshold", "failing", "failing 3"),
    ("retries", "failing", "failing 3"),
    ("initialDelaySeconds", "after", "after 5s"),
    ("pool_size", "pool", "pool 10"),
    ("size", "pool", "pool 10"),
    ("max_overflow", "overflow", "overflow 10"),
    ("old_space", "heap", "heap 384Mi"),
];

/// Edit distance with swaps of neighbours (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let fold = |text: &str| {
        text.chars()
            .map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() })
            .collect::<Vec<_>>()
    };
    let (a, b) = (fold(a), fold(b));
    if a.len().abs_diff(b.len()) > 3 {
        return usize::MAX;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &to) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let substituted = at(&last, j) + usize::from(from != to);
            let mut least = substituted.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = 0 < i && 0 < j && a.get(i - 1) == Some(&to) && b.get(j - 1) == Some(&from);
            if swapped {
                least = least.min(at(&before_last, j - 1) + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_near_and_only_the_near() {
        let names = ["replicas", "runtime", "memory", "min_ready", "orders-db"];
        assert_eq!(nearest("replica", names), Some("replicas"));
        assert_eq!(nearest("memroy", names), Some("memory"));
        assert_eq!(nearest("min-ready", names), Some("min_ready"));
        assert_eq!(nearest("orders_db", names), Some("orders-db"));
        assert_eq!(nearest("zebra", names), None);
    }
}
