//! Names of objects, kept within what each kind takes.

use std::borrow::Cow;
use std::collections::BTreeSet;

pub(crate) use crate::names::{short_digest, within};

/// A Service and a pod's host name are one DNS label. Source: RFC 1123.
pub(crate) const LABEL_MAX: usize = 63;

/// A CronJob's Jobs and a StatefulSet's revisions append eleven characters to its name, in a label.
/// Source: batch/v1 `ValidateCronJob`; `controller-revision-hash` of apps/v1.
pub(crate) const CONTROLLER_MAX: usize = 52;

/// A port's name. Source: `IsValidPortName`.
const PORT_MAX: usize = 15;

/// `NAME-SUFFIX`, within the length of a label.
pub(crate) fn suffixed(name: &str, suffix: &str) -> String {
    within(format!("{name}-{suffix}"), LABEL_MAX).into_owned()
}

/// The name of a port.
pub(crate) fn port(listener: &str) -> Cow<'_, str> {
    within(listener, PORT_MAX)
}

/// A path as a part of a name: `/var/cache/app` is `var-cache-app`. Made different from what is taken already.
pub(crate) fn from_path(path: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = String::new();
    for part in path.split(|c: char| !c.is_ascii_alphanumeric()) {
        if !part.is_empty() {
            if !name.is_empty() {
                name.push('-');
            }
            name.push_str(&part.to_ascii_lowercase());
        }
    }
    if name.is_empty() {
        name.push_str("path");
    }
    unique(within(name, LABEL_MAX.saturating_sub(3)).into_owned(), taken)
}

/// The name, or with a number behind it when it is taken.
pub(crate) fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 2_u32;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}-{number}");
        number = number.saturating_add(1);
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_fit_too() {
        assert_eq!(suffixed(&"a".repeat(63), "headless").len(), 63);
    }

    #[test]
    fn paths_become_names_that_differ() {
        let mut taken = BTreeSet::new();
        assert_eq!(from_path("/var/cache/app", &mut taken), "var-cache-app");
        assert_eq!(from_path("/var/cache-app", &mut taken), "var-cache-app-2");
        assert_eq!(from_path("/é", &mut taken), "path");
    }
}
