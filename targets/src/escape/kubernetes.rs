//! Kubernetes: what its API takes as a name, key or label, and the expansion of `$(NAME)`.
//!
//! YAML itself needs no escape here: [`crate::yaml`] quotes.

use std::borrow::Cow;

/// A value of `env`, or a word of `command` and `args`: these expand `$(NAME)` and take `$$` for `$`.
///
/// A `$` is doubled where it would not stay as it is: before `$`, before `(`, and before a character beyond ASCII, of
/// which the kubelet takes the first byte for a whole character.
/// Source: `Expand` and `tryReadVariableName` of kubernetes/third_party/forked/golang/expansion.
pub(crate) fn expanded(text: Cow<'_, str>) -> Result<Cow<'_, str>, String> {
    let text = unexpanded(text)?;
    if !text.contains('$') {
        return Ok(text);
    }
    let mut out = String::with_capacity(text.len().saturating_add(8));
    let mut rest = text.as_ref();
    while let Some((before, from_dollar)) = rest.split_once('$') {
        out.push_str(before);
        let after = from_dollar.trim_start_matches('$');
        let run = from_dollar.len().saturating_sub(after.len()).saturating_add(1);
        let special = after.starts_with(|next: char| next == '(' || !next.is_ascii());
        let copies = if 1 < run || special { run.saturating_mul(2) } else { 1 };
        out.extend(std::iter::repeat_n('$', copies));
        rest = after;
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// A variable that comes from a ConfigMap, in which nothing is expanded.
pub(crate) fn unexpanded(text: Cow<'_, str>) -> Result<Cow<'_, str>, String> {
    if text.contains('\0') {
        return Err("a variable or argument cannot hold the character NUL".to_owned());
    }
    Ok(text)
}

/// The name of a variable. Source: `IsEnvVarName` of apimachinery's validation; newer servers take more.
pub(crate) fn variable(name: &str) -> Result<&str, String> {
    let good = name.bytes().all(is_key_byte)
        && !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name != "."
        && !name.starts_with("..");
    if good {
        Ok(name)
    } else {
        Err(format!(
            "Kubernetes does not take `{}` as the name of a variable",
            shown(name)
        ))
    }
}

/// A key of a ConfigMap or Secret. Source: `IsConfigMapKey` of apimachinery's validation.
pub(crate) fn key(key: &str) -> Result<&str, String> {
    let good =
        !key.is_empty() && key.len() <= 253 && key.bytes().all(is_key_byte) && key != "." && !key.starts_with("..");
    if good {
        Ok(key)
    } else {
        Err(format!(
            "Kubernetes does not take `{}` as a key of a Secret or ConfigMap",
            shown(key)
        ))
    }
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// The key of a label or annotation: `name` or `prefix/name`. Source: `IsQualifiedName`.
pub(crate) fn label_key(key: &str) -> Result<&str, String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if is_label_text(name) && !name.is_empty() && prefix.is_none_or(is_subdomain) {
        Ok(key)
    } else {
        let shown = shown(key);
        Err(format!(
            "Kubernetes does not take `{shown}` as the key of a label or annotation"
        ))
    }
}

/// The value of a label. Source: `IsValidLabelValue`.
pub(crate) fn label_value(value: &str) -> Result<&str, String> {
    if is_label_text(value) {
        Ok(value)
    } else {
        Err(format!(
            "`{}` cannot be a label: labels are at most 63 letters, digits, `-`, `_` and `.`, and begin and end with a letter or digit",
            shown(value)
        ))
    }
}

/// Empty, or at most 63 characters of which the first and last are letters or digits.
fn is_label_text(text: &str) -> bool {
    let ends = |end: Option<u8>| end.is_none_or(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 63 && text.bytes().all(is_key_byte) && ends(text.bytes().next()) && ends(text.bytes().next_back())
}

/// The name of most objects: a DNS subdomain. Source: `IsDNS1123Subdomain`.
pub(crate) fn subdomain(name: &str) -> Result<&str, String> {
    if is_subdomain(name) {
        Ok(name)
    } else {
        Err(format!(
            "`{}` is not the name of an object: names are DNS names in lower case",
            shown(name)
        ))
    }
}

fn is_subdomain(name: &str) -> bool {
    let is_part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty() && part.bytes().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_part)
}

/// The host of an Ingress: a DNS name, of which the first part may be `*`. Source: `IsWildcardDNS1123Subdomain`.
pub(crate) fn domain(name: &str) -> Result<&str, String> {
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let numeric = rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_subdomain(rest) && !numeric {
        Ok(name)
    } else {
        Err(format!("an Ingress does not take `{}` as a host", shown(name)))
    }
}

/// Where a container sees a volume. Source: core/v1, `VolumeMount`: "Must not contain ':'".
pub(crate) fn mount_path(path: &str) -> Result<&str, String> {
    if path.contains(':') {
        return Err(format!(
            "Kubernetes mounts nothing at a path with a colon: `{}`",
            shown(path)
        ));
    }
    if path.trim_matches('/').is_empty() || path.split('/').any(|part| part == "..") {
        return Err(format!("nothing can be mounted at `{}`", shown(path)));
    }
    Ok(path)
}

/// A time zone. The server looks it up in its own database; whoever calls it `Local` would get the controller's.
/// Source: batch validation, `validateTimeZone`.
pub(crate) fn zone(text: &str) -> Result<&str, String> {
    const AREAS: &[&str] = &[
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Brazil",
        "Canada",
        "Chile",
        "Etc",
        "Europe",
        "Indian",
        "Mexico",
        "Pacific",
        "US",
    ];
    let known = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let good = match text.split_once('/') {
        Some((area, place)) => {
            AREAS.contains(&area) && place.split('/').all(|part| !part.is_empty() && part.chars().all(known))
        }
        // Those without an area: `UTC`, `GMT0`, `Japan`.
        None => !text.is_empty() && text != "Local" && text.chars().all(known),
    };
    if good {
        Ok(text)
    } else {
        Err(format!("`{}` is no time zone", shown(text)))
    }
}

/// The path of an Ingress. Source: `ValidateIngress…`, `invalidPathSequences` and `invalidPathSuffixes`.
pub(crate) fn ingress_path(path: &str) -> Result<&str, String> {
    let lower = path.to_ascii_lowercase();
    let inside = ["//", "/./", "/../", "%2f"];
    let at_end = ["/..", "/."];
    let bad = inside.iter().any(|part| lower.contains(part))
        || at_end.iter().any(|end| lower.ends_with(end))
        // What nginx would take for syntax; its admission webhook refuses these.
        || path.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ';' | '"' | '\'' | '\\'));
    if bad {
        Err(format!("an Ingress does not take `{}` as a path", shown(path)))
    } else {
        Ok(path)
    }
}

/// For messages: without control characters and not endless.
fn shown(text: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    let mut shown: String = text.chars().take(80).map(visible).collect();
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the kubelet makes of a value, where every name is known.
    fn kubelet(input: &[u8]) -> Vec<u8> {
        crate::round_trip::expanded(input, &|_| Some(b"EXPANDED".to_vec()))
    }

    fn escaped(text: &str) -> String {
        expanded(Cow::Borrowed(text)).unwrap().into_owned()
    }

    #[test]
    fn dollars_are_doubled_only_where_they_mean_something() {
        for (text, written) in [
            ("$HOME and 5$", "$HOME and 5$"),
            ("$(NAME)", "$$(NAME)"),
            ("a$$b", "a$$$$b"),
            ("$$(NAME)", "$$$$(NAME)"),
            ("5 $é", "5 $$é"),
            ("", ""),
        ] {
            assert_eq!(escaped(text), written);
        }
        assert!(expanded(Cow::Borrowed("a\0b")).is_err());
    }

    #[test]
    fn the_kubelet_would_change_them_otherwise() {
        for text in ["$(NAME)", "a$$b", "5 $é"] {
            assert_ne!(kubelet(text.as_bytes()), text.as_bytes(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_kubelet_gives_every_value_back(text in "([$()a-zé😀 {}]|\\PC){0,40}") {
            prop_assert_eq!(kubelet(escaped(&text).as_bytes()), text.as_bytes());
        }

        #[test]
        fn what_is_accepted_fits_the_documented_patterns(text in "([-_./a-zA-Z0-9*é ]|\\PC){0,70}") {
            if label_value(&text).is_ok() && !text.is_empty() {
                prop_assert!(text.len() <= 63);
                prop_assert!(text.starts_with(|c: char| c.is_ascii_alphanumeric()));
                prop_assert!(text.ends_with(|c: char| c.is_ascii_alphanumeric()));
            }
            if subdomain(&text).is_ok() {
                prop_assert!(!text.is_empty() && !text.contains("..") && text.to_ascii_lowercase() == text);
            }
        }
    }

    #[test]
    fn names_follow_the_api() {
        assert!(label_key("app.kubernetes.io/name").is_ok());
        for bad in ["", "/a", "a/", "A.b/c", "a/b/c", "-a", "ä"] {
            assert!(label_key(bad).is_err(), "{bad}");
        }
        assert!(label_value("").is_ok() && label_value("v1.2_3").is_ok());
        assert!(label_value("team shop").is_err() && label_value(&"a".repeat(64)).is_err());
        assert!(variable("LOG.LEVEL-2").is_ok());
        assert!(variable("1A").is_err() && variable("A B").is_err() && variable("").is_err());
        assert!(key("on").is_ok() && key("a/b").is_err() && key("..a").is_err());
        assert!(domain("*.example.com").is_ok());
        for bad in ["10.0.0.1", "Example.com", "a_b.com", "*", ""] {
            assert!(domain(bad).is_err(), "{bad}");
        }
        assert!(ingress_path("/api/").is_ok());
        for bad in ["/a//b", "/a/../b", "/a/..", "/a%2Fb", "/a b", "/a{", "/a;"] {
            assert!(ingress_path(bad).is_err(), "{bad}");
        }
    }
}
