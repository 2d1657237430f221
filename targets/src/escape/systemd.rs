//! Unit files, environment files, and the tables of sysusers.d and tmpfiles.d.
//!
//! Sources: systemd.syntax(7), systemd.service(5), systemd.exec(5), tmpfiles.d(5); the tests ask systemd itself.

use loadline_compiler::model::is_env_name;
use loadline_compiler::quantity::{Bytes, Duration};

use crate::template::Escaped;

/// Words of ours: settings, names of units, numbers with units.
pub(crate) fn fixed(text: &'static str) -> Escaped {
    Escaped::trust(text)
}

/// A name of a thing, a unit, an account: nothing in it means anything to systemd, `@` before an instance excepted.
pub(crate) fn name(text: &str) -> Result<Escaped, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@._-".contains(c);
    if text.is_empty() || !text.chars().all(plain) {
        return Err(format!("{text:?} cannot be a name in a unit"));
    }
    Ok(Escaped::trust(text))
}

/// Names in one line, with blanks between them.
pub(crate) fn names(all: &[Escaped]) -> Escaped {
    let all: Vec<&str> = all.iter().map(Escaped::as_str).collect();
    Escaped::trust(all.join(" "))
}

/// A capability, with or without the `CAP_` that systemd wants in front.
pub(crate) fn capability(text: &str) -> Result<Escaped, String> {
    let short = text.strip_prefix("CAP_").unwrap_or(text);
    let known = |c: char| c.is_ascii_uppercase() || c == '_';
    if short.is_empty() || !short.chars().all(known) {
        return Err(format!("{text:?} cannot be the name of a capability"));
    }
    Ok(Escaped::trust(format!("CAP_{short}")))
}

/// A length of time, exact: systemd reads the units that we write.
pub(crate) fn time(duration: Duration) -> Escaped {
    Escaped::trust(duration.to_string())
}

/// A command line: the program, absolute, and its arguments.
pub(crate) fn command(words: &[String]) -> Result<Escaped, String> {
    let (program, arguments) = words.split_first().ok_or("there is no program to start")?;
    let mut line = program_path(program)?;
    for argument in arguments {
        line.push(' ');
        // `$NAME` is replaced when the program starts, inside quotes too.
        line.push_str(&quoted(argument)?.replace('$', "$$"));
    }
    Ok(Escaped::trust(line))
}

/// The same command, whose failure is noted but does not count.
pub(crate) fn unchecked(command: &Escaped) -> Escaped {
    Escaped::trust(format!("-{}", command.as_str()))
}

/// The program is taken as it is, with no escape for what systemd does not allow in it, and no way to write a `$`.
fn program_path(path: &str) -> Result<String, String> {
    let refused = |c: char| c.is_control() || "\"'\\$".contains(c);
    if let Some(c) = path.chars().find(|c| refused(*c)) {
        return Err(format!("systemd starts no program with {c:?} in its path: {path:?}"));
    }
    if !path.starts_with('/') || path.ends_with('/') {
        return Err(format!("{path:?} is not the absolute path of a program"));
    }
    quoted(path)
}

/// `NAME=value` as one word of `Environment=`. A `$` means nothing here.
pub(crate) fn assignment(name: &str, value: &str) -> Result<Escaped, String> {
    variable(name)?;
    let word = quoted(&format!("{name}={value}"))?;
    Ok(Escaped::trust(always_quoted(word)))
}

/// The same with a directory of credentials in front: `%d` stays a specifier.
pub(crate) fn credential_path(name: &str, credential: &str) -> Result<Escaped, String> {
    variable(name)?;
    variable(credential)?;
    Ok(Escaped::trust(format!("\"{name}=%d/{credential}\"")))
}

fn variable(name: &str) -> Result<(), String> {
    if is_env_name(name) {
        Ok(())
    } else {
        Err(format!("{name:?} cannot be the name of an environment variable"))
    }
}

/// A path that is a whole value: `WorkingDirectory=`, `EnvironmentFile=`. Quotes would be part of it.
pub(crate) fn path(text: &str) -> Result<Escaped, String> {
    absolute(text)?;
    whole(text)
}

/// The same with an instance in it: `%i` between two parts.
pub(crate) fn path_of_instance(before: &str, after: &str) -> Result<Escaped, String> {
    absolute(before)?;
    let (before, after) = (whole(before)?, whole(after)?);
    let (before, after) = (before.as_str(), after.as_str());
    Ok(Escaped::trust(format!("{before}%i{after}")))
}

/// `LoadCredential=`: a name and the file that holds it.
pub(crate) fn credential(name: &str, file: &str) -> Result<Escaped, String> {
    variable(name)?;
    Ok(Escaped::trust(format!("{name}:{}", path(file)?.as_str())))
}

/// No file can have another path; systemd leaves such a one out of its list. Source: Linux, limits.h.
const PATH_MAX: usize = 4_095;
const NAME_MAX: usize = 255;

fn absolute(text: &str) -> Result<(), String> {
    if !text.starts_with('/') {
        return Err(format!("{text:?} is not an absolute path"));
    }
    if PATH_MAX < text.len() || text.split('/').any(|part| NAME_MAX < part.len()) {
        return Err(format!(
            "a path has at most {PATH_MAX} bytes, and {NAME_MAX} between two slashes"
        ));
    }
    Ok(())
}

/// A sentence for people: `Description=`.
pub(crate) fn sentence(text: &str) -> Result<Escaped, String> {
    whole(text)
}

/// The sentence of a template unit, with its instance behind it.
pub(crate) fn of_instance(sentence: &Escaped) -> Escaped {
    Escaped::trust(format!("{} (instance %i)", sentence.as_str()))
}

/// A value that runs to the end of its line and knows no quotes.
fn whole(text: &str) -> Result<Escaped, String> {
    if let Some(c) = text.chars().find(|c| c.is_control()) {
        return Err(format!("systemd has no way to write {c:?} here"));
    }
    assigned(text)?;
    if text != text.trim() {
        return Err(format!("systemd drops the blanks around {text:?}"));
    }
    if text.ends_with('\\') {
        return Err(format!(
            "systemd takes the `\\` at the end of {text:?} for a line that goes on"
        ));
    }
    Ok(Escaped::trust(text.replace('%', "%%")))
}

/// A path in a list: `ReadWritePaths=`. Its reader unquotes, but decodes no `\n`.
pub(crate) fn list_path(text: &str) -> Result<Escaped, String> {
    listed(text).map(Escaped::trust)
}

/// `source:target` in a list: `BindPaths=`.
pub(crate) fn bind(source: &str, target: &str) -> Result<Escaped, String> {
    let (source, target) = (listed(source)?, listed(target)?);
    Ok(Escaped::trust(format!("{source}:{target}")))
}

/// The same with the instance behind the source: `/var/lib/app/%i:/var/lib/app`.
pub(crate) fn bind_instance(source: &str, target: &str) -> Result<Escaped, String> {
    let (source, target) = (listed(source)?, listed(target)?);
    let open = source.strip_suffix('"').unwrap_or(&source);
    Ok(Escaped::trust(format!("{open}/%i\":{target}")))
}

/// `path:options` in a list: `TemporaryFileSystem=`.
pub(crate) fn temporary(path: &str, bytes: Option<Bytes>) -> Result<Escaped, String> {
    let limit = bytes.map_or_else(String::new, |bytes| format!("size={},", size(bytes).as_str()));
    // Only the unit sees it, so that everyone in it may write.
    Ok(Escaped::trust(format!(
        "{}:{limit}mode=1777,nosuid,nodev",
        listed(path)?
    )))
}

fn listed(text: &str) -> Result<String, String> {
    absolute(text)?;
    if let Some(c) = text.chars().find(|c| c.is_control()) {
        return Err(format!("systemd has no way to write {c:?} here"));
    }
    quoted(text).map(always_quoted)
}

/// A path in a line of tmpfiles.d, which wants it normal.
pub(crate) fn table_path(text: &str) -> Result<Escaped, String> {
    absolute(text)?;
    if text.split('/').any(|part| part == "." || part == "..") {
        return Err(format!("{text:?} leads through `.` or `..`"));
    }
    quoted(text).map(Escaped::trust)
}

/// One word with C escapes and without specifiers; in quotes where it needs them.
fn quoted(word: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@^~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Ok(word.to_owned());
    }
    assigned(word)?;
    let mut out = String::from("\"");
    for c in word.chars() {
        match c {
            '\0' => return Err("systemd has no way to write a NUL".to_owned()),
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '%' => out.push_str("%%"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(out)
}

/// systemd leaves out a line or variable with a code point that will never be a character. Source: `unichar_is_valid` of
/// its src/basic/utf8.c.
fn assigned(text: &str) -> Result<(), String> {
    match text.chars().find(|c| is_never_assigned(*c)) {
        Some(c) => Err(format!("systemd takes U+{:04X} for no character", u32::from(c))),
        None => Ok(()),
    }
}

/// A text for people, of which systemd leaves out nothing.
pub(crate) fn prose(text: &str) -> String {
    text.chars()
        .map(|c| if is_never_assigned(c) { '\u{fffd}' } else { c })
        .collect()
}

fn is_never_assigned(c: char) -> bool {
    let number = u32::from(c);
    (0xFDD0..=0xFDEF).contains(&number) || number & 0xFFFE == 0xFFFE
}

fn always_quoted(word: String) -> String {
    if word.starts_with('"') {
        word
    } else {
        format!("\"{word}\"")
    }
}

/// `NAME="value"` in an environment file: no specifiers, no variables, line breaks as they are.
pub(crate) fn file_assignment(name: &str, value: &str) -> Result<Escaped, String> {
    variable(name)?;
    assigned(value)?;
    let mut out = format!("{name}=\"");
    for c in value.chars() {
        match c {
            '\0' => return Err("an environment file has no way to write a NUL".to_owned()),
            '"' | '\\' | '$' | '`' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(Escaped::trust(out))
}

/// A comment for people: control characters are no loss.
pub(crate) fn remark(text: &str) -> Escaped {
    let clean = |c: char| if c.is_control() || is_never_assigned(c) { ' ' } else { c };
    Escaped::trust(text.chars().map(clean).collect::<String>())
}

/// A percentage of one core with its tenths: `CPUQuota=`.
pub(crate) fn percent_of_core(millicores: u64) -> Escaped {
    Escaped::trust(match (millicores / 10, millicores % 10) {
        (whole, 0) => format!("{whole}%"),
        (whole, tenths) => format!("{whole}.{tenths}%"),
    })
}

/// A size, exact: systemd's `K`, `M` and `G` are powers of 1024.
pub(crate) fn size(bytes: Bytes) -> Escaped {
    let units = [("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)];
    let fits = units.iter().find(|(_, factor)| bytes.get().is_multiple_of(*factor));
    Escaped::trust(match fits {
        Some((unit, factor)) => format!("{}{unit}", bytes.get() / factor),
        None => bytes.get().to_string(),
    })
}

/// A time zone as the database of zones names them.
pub(crate) fn zone(text: &str) -> Result<Escaped, String> {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let known = |c: char| c.is_ascii_alphanumeric() || "_+-/".contains(c);
    if first && text.chars().all(known) {
        Ok(Escaped::trust(text))
    } else {
        Err(format!("{text:?} cannot be the name of a time zone"))
    }
}

/// A calendar event, `Mon..Fri *-*-* 09:00:00`, and the zone that it is meant in.
pub(crate) fn event(event: &str, zone: &Escaped) -> Result<Escaped, String> {
    let known = |c: char| c.is_ascii_alphanumeric() || " *-.,:/".contains(c);
    if event.is_empty() || !event.chars().all(known) {
        return Err(format!("{event:?} is no calendar event"));
    }
    Ok(Escaped::trust(format!("{event} {}", zone.as_str())))
}

#[cfg(test)]
pub(crate) mod tests;
