//! What a probe sends: paths and headers.

/// The name of a header. Source: RFC 9110, 5.6.2, `token`.
pub(crate) fn header_name(name: &str) -> Result<&str, String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("`{name}` cannot be the name of a header"));
    }
    Ok(name)
}

/// The value of a header. Source: RFC 9110, 5.5; `ValidHeaderFieldValue` of golang.org/x/net/http/httpguts, without which
/// the kubelet sends nothing at all.
pub(crate) fn header_value(value: &str) -> Result<&str, String> {
    if let Some(control) = value.chars().find(|c| c.is_ascii_control() && *c != '\t') {
        return Err(format!(
            "a header cannot hold the control character U+{:04X}",
            u32::from(control)
        ));
    }
    if value.trim_matches([' ', '\t']) != value {
        return Err("HTTP takes blanks at the ends of a header's value for no part of it".to_owned());
    }
    Ok(value)
}

/// The same for clients of Node.js and Python, which refuse characters that they cannot write as one byte, and differ
/// about those beyond ASCII that they can.
pub(crate) fn ascii_header_value(value: &str) -> Result<&str, String> {
    match value.chars().find(|c| !c.is_ascii()) {
        Some(beyond) => Err(format!(
            "the program that asks sends headers in ASCII, and `{beyond}` is not"
        )),
        None => header_value(value),
    }
}

/// A path with its query, as it is sent: Python encodes nothing, and refuses blanks and what is not ASCII; Node.js takes
/// `\` for `/`. A `%` that begins no escape is one of the path, as it is for the kubelet.
pub(crate) fn path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, next @ ..] = rest {
        let (byte, is_escape) = (
            *byte,
            || matches!(next, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()),
        );
        rest = next;
        if byte.is_ascii_graphic() && byte != b'\\' && (byte != b'%' || is_escape()) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_what_clients_send() {
        for good in ["", "a", "a\tb", "\"a\" {$x}", "é"] {
            assert_eq!(header_value(good), Ok(good));
        }
        for bad in ["a\nb", "a\r", "\0", "\u{7f}", " a", "a\t"] {
            assert!(header_value(bad).is_err(), "{bad:?}");
        }
        assert!(ascii_header_value("é").is_err() && ascii_header_value(" a").is_err());
        assert!(header_name("X-A_b").is_ok() && header_name("X A").is_err() && header_name("").is_err());
    }

    #[test]
    fn paths_are_ascii_and_keep_their_query() {
        assert_eq!(path("/a b/é?x=1&y=%20#z"), "/a%20b/%C3%A9?x=1&y=%20#z");
        assert_eq!(path("/100%/\\"), "/100%25/%5C");
    }
}
