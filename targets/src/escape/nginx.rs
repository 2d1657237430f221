//! nginx: how `ngx_conf_read_token` reads a parameter, and what single directives make of theirs.
//!
//! Every text of a user becomes one quoted parameter. Inside quotes nginx knows `\"`, `\'`, `\\`, `\t`, `\r` and `\n` and
//! keeps the backslash of everything else, so a backslash is always doubled. Some directives expand variables in their
//! parameter after that, and `$` has no escape: there it is written as a variable that holds one.

use std::net::{IpAddr, Ipv6Addr};

use loadline_compiler::quantity::{Bytes, Duration, Rate};

use crate::template::Escaped;

/// The variable that holds a dollar sign, where one is needed: `geo $loadline_dollar { default "$"; }`.
pub(crate) const DOLLAR: &str = "loadline_dollar";

/// Bytes between two quotes. nginx reads its files in pieces of 4096, and a parameter must fit into one with its quotes.
/// Source: `NGX_CONF_BUFFER`; measured with 1.22.1, which takes 4094 and refuses 4095.
const PARAMETER_MAX: usize = 4094;

/// Names of more bytes do not fit a bucket of 64 bytes, nginx's default on most machines: `len + 2`, rounded up to a
/// multiple of 8, and two pointers. Source: `NGX_HASH_ELT_SIZE`; measured with 1.22.1, which refuses 47.
pub(crate) const HASHED_NAME_MAX: usize = 46;

/// The parameter of a directive that takes it as it stands.
pub(crate) fn literal(text: &str) -> Result<Escaped, String> {
    quoted(text, false)
}

/// The parameter of a directive that expands variables: `root`, `alias`, `try_files`.
pub(crate) fn expanded(text: &str) -> Result<Escaped, String> {
    quoted(text, true)
}

fn quoted(text: &str, expands: bool) -> Result<Escaped, String> {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '$' if expands => out.push_str(&format!("${{{DOLLAR}}}")),
            other if other.is_control() => {
                return Err(format!(
                    "nginx cannot be given the control character U+{:04X}",
                    u32::from(other)
                ));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    if out.len() > PARAMETER_MAX.saturating_add(2) {
        return Err(format!(
            "a parameter of nginx has at most {PARAMETER_MAX} bytes, and this one has {}",
            out.len().saturating_sub(2)
        ));
    }
    Ok(Escaped::trust(out))
}

/// The path of `location`, for everything below it.
pub(crate) fn prefix(path: &str) -> Result<Escaped, String> {
    location(path)
}

/// The path of `location`, for itself alone.
pub(crate) fn exact(path: &str) -> Result<Escaped, String> {
    location(path).map(|path| Escaped::trust(format!("= {}", path.as_str())))
}

/// nginx looks for a location with a path that is decoded, without query, and in which slashes are merged and dots
/// resolved; a location that is not written so never answers.
fn location(path: &str) -> Result<Escaped, String> {
    let why_never = if path.contains('%') {
        Some("nginx decodes paths before it compares them: write the character itself")
    } else if path.contains(['?', '#']) {
        Some("nginx compares paths without their query")
    } else if path.contains("//") || path.split('/').any(|part| part == "." || part == "..") {
        Some("nginx merges slashes and resolves dots before it compares paths")
    } else {
        None
    };
    match why_never {
        Some(why) => Err(format!("no request has the path `{path}`: {why}")),
        None => literal(path),
    }
}

/// A directory for `root`, without a slash at its end.
pub(crate) fn root(directory: &str) -> Result<Escaped, String> {
    match directory.trim_end_matches('/') {
        "" => expanded("/"),
        trimmed => expanded(trimmed),
    }
}

/// A directory for the `alias` of a location that ends with a slash: the alias must too, else `/assets../x` leaves it.
pub(crate) fn alias(directory: &str) -> Result<Escaped, String> {
    expanded(&format!("{}/", directory.trim_end_matches('/')))
}

/// A certificate or key. A variable in it would make nginx read the file for each handshake, as the unprivileged worker.
pub(crate) fn certificate(path: &str) -> Result<Escaped, String> {
    if path.contains('$') {
        return Err(format!(
            "nginx takes `$` in the path of a certificate for a variable: `{path}`"
        ));
    }
    literal(path)
}

/// Name of a header: a token of HTTP.
pub(crate) fn header_name(name: &str) -> Result<Escaped, String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("`{name}` cannot be the name of a header"));
    }
    literal(name)
}

/// Value of a header that nginx adds.
pub(crate) fn header_value(value: &str) -> Result<Escaped, String> {
    if value.is_empty() {
        return Err("nginx does not send a header whose value is empty".to_owned());
    }
    if value.trim_matches([' ', '\t']) != value {
        return Err("HTTP takes blanks at the ends of a header's value for no part of it".to_owned());
    }
    expanded(value)
}

/// A domain for `server_name`.
pub(crate) fn server_name(domain: &str) -> Result<Escaped, String> {
    let name = domain.strip_prefix("*.").unwrap_or(domain);
    if !domain.is_ascii() {
        return Err(format!(
            "nginx knows domains only in ASCII: write `{domain}` in punycode, as in `xn--bcher-kva.example`"
        ));
    }
    if !is_host_name(name) {
        return Err(format!("`{domain}` is not a domain"));
    }
    Ok(Escaped::trust(domain.to_ascii_lowercase()))
}

/// Letters, digits and hyphens in labels of 1 to 63, 253 bytes in all. Source: RFC 1123, section 2.1.
fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// Where a request of plain HTTP is sent: to the same path of the domain, or of the one that was asked for.
pub(crate) fn redirect(domain: Option<&str>, port: u16) -> Result<Escaped, String> {
    let host = match domain {
        Some(domain) => server_name(domain)?,
        None => own("$host"),
    };
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    Ok(Escaped::trust(format!("https://{}{port}$request_uri", host.as_str())))
}

/// `server` of an upstream.
pub(crate) fn server(host: &str, port: u16) -> Result<Escaped, String> {
    Ok(Escaped::trust(format!("{}:{port}", self::host(host)?)))
}

/// A machine: its name or address, IPv6 in brackets.
pub(crate) fn host_header(host: &str) -> Result<Escaped, String> {
    self::host(host).map(Escaped::trust)
}

fn host(host: &str) -> Result<String, String> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return Ok(format!("[{address}]"));
    }
    if is_host_name(host) {
        return Ok(host.to_owned());
    }
    Err(format!("`{host}` is neither an address nor a host name"))
}

/// A network for `set_real_ip_from` and `geo`; bits of the host are cleared, which nginx would warn of.
pub(crate) fn network(text: &str) -> Result<Escaped, String> {
    let wrong = || format!("`{text}` is not a network: write it as in `10.0.0.0/8`");
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(bits);
    let host_bits = bits.checked_sub(length).ok_or_else(wrong)?;
    let network = match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
            IpAddr::from((v4.to_bits() & mask).to_be_bytes())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            IpAddr::from((v6.to_bits() & mask).to_be_bytes())
        }
    };
    Ok(Escaped::trust(format!("{network}/{length}")))
}

/// A media type for `gzip_types`, whose hash cannot be enlarged.
pub(crate) fn media_type(text: &str) -> Result<Escaped, String> {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#&-^_.+".contains(&byte))
    };
    let good = text
        .split_once('/')
        .is_some_and(|(kind, name)| part(kind) && part(name));
    if !good {
        return Err(format!("`{text}` is not a media type"));
    }
    if text.len() > HASHED_NAME_MAX {
        return Err(format!(
            "nginx compresses by media types of at most {HASHED_NAME_MAX} bytes, and `{text}` has {}",
            text.len()
        ));
    }
    Ok(Escaped::trust(text))
}

/// Cipher suites in OpenSSL's notation. Source: openssl-ciphers(1), "CIPHER LIST FORMAT".
pub(crate) fn ciphers(text: &str) -> Result<Escaped, String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+!@=:, ".contains(&byte);
    if text.is_empty() || !text.bytes().all(known) {
        return Err(format!("`{text}` is not a list of ciphers"));
    }
    literal(text)
}

/// Names that are made here of names of things: upstreams, zones, named locations, variables.
pub(crate) fn name(text: &str) -> Result<Escaped, String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-@".contains(&byte);
    if text.is_empty() || !text.bytes().all(known) {
        return Err(format!("`{text}` cannot be a name in nginx"));
    }
    Ok(Escaped::trust(text))
}

/// Where requests are passed on to: an upstream of ours, and what takes the place of the location's path.
pub(crate) fn upstream_url(scheme: &'static str, upstream: &Escaped, path: &'static str) -> Escaped {
    Escaped::trust(format!("{scheme}://{}{path}", upstream.as_str()))
}

/// A regular expression for `rewrite` that takes a location's path off: by its length, so that nothing of a user's stands
/// in a regular expression. nginx's expressions count bytes.
pub(crate) fn without_prefix(path: &str) -> Escaped {
    Escaped::trust(format!("\"(?s)^.{{{}}}(.*)$\"", path.len()))
}

/// Words of nginx itself, which no user wrote.
pub(crate) fn own(text: &'static str) -> Escaped {
    Escaped::trust(text)
}

/// A length of time; finer than a millisecond is rounded up.
pub(crate) fn time(time: Duration) -> Escaped {
    let millis = time.ceil_millis();
    if millis.is_multiple_of(1_000) {
        Escaped::trust(Duration::millis(millis).to_string())
    } else {
        Escaped::trust(format!("{millis}ms"))
    }
}

/// The same in whole seconds without a unit, as in `max-age=`.
pub(crate) fn seconds(time: Duration) -> Escaped {
    Escaped::trust(time.ceil_seconds().to_string())
}

/// A size; nginx takes 0 for no limit at all.
pub(crate) fn size(size: Bytes) -> Result<Escaped, String> {
    let bytes = size.get();
    if bytes == 0 {
        return Err("nginx takes a limit of 0 for no limit".to_owned());
    }
    Ok(Escaped::trust(if bytes.is_multiple_of(1 << 20) {
        format!("{}m", bytes >> 20)
    } else if bytes.is_multiple_of(1 << 10) {
        format!("{}k", bytes >> 10)
    } else {
        bytes.to_string()
    }))
}

/// `rate=` of `limit_req_zone`: whole requests per second or per minute.
pub(crate) fn rate(rate: Rate) -> Result<Escaped, String> {
    let per_second = Rate::per_second(1).in_millionths_per_hour();
    let per_minute = per_second / 60;
    let rate_in = |unit: u64| {
        let events = rate.in_millionths_per_hour();
        events.is_multiple_of(unit).then_some(events / unit)
    };
    match (rate_in(per_second), rate_in(per_minute)) {
        (Some(0), _) => Err("nginx has no rate of 0: leave the route out instead".to_owned()),
        (Some(events), _) => Ok(Escaped::trust(format!("{events}r/s"))),
        (None, Some(events)) => Ok(Escaped::trust(format!("{events}r/m"))),
        (None, None) => Err(format!(
            "nginx counts whole requests per second or per minute, and `{rate}` is neither"
        )),
    }
}

/// Longest piece of a comment, in characters: nginx reads comments as it reads parameters, and one of more than 4095
/// bytes ends the start with "too long parameter".
const COMMENT_MAX: usize = 200;

/// A comment of one line; what is too long for one is cut.
pub(crate) fn comment(text: &str) -> Escaped {
    let mut lines = comment_lines(text);
    if lines.is_empty() {
        Escaped::default()
    } else {
        lines.swap_remove(0)
    }
}

/// A comment of as many lines as it needs.
pub(crate) fn comment_lines(text: &str) -> Vec<Escaped> {
    let mut out = Vec::new();
    for line in text.lines() {
        let clean: Vec<char> = line.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        let pieces = clean.chunks(COMMENT_MAX).map(|piece| piece.iter().collect());
        out.extend(pieces.map(|piece: String| Escaped::trust(piece)));
    }
    out
}

#[cfg(test)]
mod tests;
