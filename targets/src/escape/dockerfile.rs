//! Places in a Dockerfile, and in the list of files that a build does not see.
//!
//! The rules are those of the Dockerfile reference and of BuildKit's own reader. An instruction ends with its line, so
//! nothing may hold a line break; a `\` at the end of a line joins it with the next; a `$` is expanded in every
//! instruction but `RUN` and `CMD`.

use crate::template::Escaped;

/// BuildKit reads lines of at most 65535 bytes; the rest of a line is the name of its instruction, and a key.
/// Source: `bufio.MaxScanTokenSize`, in its parser.
const PART_MAX: usize = 64_000;
const KEY_MAX: usize = 1_000;

fn fits(part: String) -> Result<Escaped, String> {
    if PART_MAX < part.len() {
        return Err(format!(
            "a line of a Dockerfile has at most 65535 bytes, and this alone would take {}",
            part.len()
        ));
    }
    Ok(Escaped::trust(part))
}

/// The value of an `ENV` or `LABEL`: always in double quotes, where only `\`, `"` and `$` mean something.
pub(crate) fn value(text: &str) -> Result<Escaped, String> {
    one_line(text)?;
    fits(quoted(text))
}

/// The key of a `LABEL`. BuildKit cuts at the first `=` before it looks at quotes.
pub(crate) fn label_key(text: &str) -> Result<Escaped, String> {
    one_line(text)?;
    if text.is_empty() || text.contains('=') || KEY_MAX < text.len() {
        return Err(format!("`{text}` cannot be the key of an image label"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if text.chars().all(plain) {
        return Ok(Escaped::trust(text));
    }
    Ok(Escaped::trust(quoted(text)))
}

/// A value of `PATH` that looks into a directory first.
pub(crate) fn path_after(directory: &str) -> Result<Escaped, String> {
    one_line(directory)?;
    let text = quoted(&format!("{directory}:"));
    let open = text.strip_suffix('"').unwrap_or(&text);
    Ok(Escaped::trust(format!("{open}$PATH\"")))
}

/// What `FROM` takes: a reference to an image. A word in which nothing can be expanded.
pub(crate) fn image(text: &str) -> Result<Escaped, String> {
    crate::image::reference(text)?;
    if STAGES.contains(&text) {
        // FROM looks for a stage of this name first.
        return Err(format!(
            "`{text}` is also the name of a stage of the Dockerfile; give the image with its registry or tag"
        ));
    }
    Ok(Escaped::trust(text))
}

/// The names of stages in our own template.
const STAGES: [&str; 5] = ["deps", "build", "static", "runtime", "export"];

/// A command of a `RUN`, which a shell reads: passed on as it is, if it can be nothing but the rest of its line.
pub(crate) fn step(text: &str) -> Result<Escaped, String> {
    one_line(text)?;
    let text = text.trim();
    if text.is_empty() {
        return Err("a step needs a command".to_owned());
    }
    if text.starts_with("--") {
        return Err(format!("`{text}` would be read as a flag of RUN"));
    }
    if text.ends_with('\\') {
        return Err("a `\\` at the end of a step would take in the next line".to_owned());
    }
    if text.split_whitespace().any(is_heredoc) {
        return Err(
            "`<<` begins a text of several lines, and a step has one; put the commands into a script".to_owned(),
        );
    }
    fits(text.to_owned())
}

/// `<<EOF`, `<<-EOF`, `3<<EOF`: BuildKit takes the following lines as its text. `<<<` is something else.
fn is_heredoc(word: &str) -> bool {
    let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
    word.strip_prefix("<<").is_some_and(|rest| {
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        !rest.is_empty() && !rest.starts_with('<')
    })
}

/// Sources and destination of a `COPY`: in words, or as a JSON list when one of them has a blank.
pub(crate) fn copy(sources: &[&str], destination: &str) -> Result<Escaped, String> {
    for path in sources.iter().chain([&destination]) {
        one_line(path)?;
        if path.is_empty() {
            return Err("a path is empty".to_owned());
        }
        if path.contains('\\') {
            return Err(format!("`{path}`: COPY cannot name a file with a `\\`"));
        }
    }
    // Sources are patterns, in which `*` and `?` are the user's; a `[` is far more often part of a name.
    let sources = sources.iter().map(|path| word(path).replace('[', "[[]"));
    let words: Vec<String> = sources.chain([word(destination)]).collect();
    // A word that begins like a flag or a heredoc is neither inside a list.
    let awkward = |word: &String| word.contains(char::is_whitespace) || word.starts_with("--") || is_heredoc(word);
    if words.iter().any(awkward) {
        return json(&words).and_then(fits);
    }
    fits(words.join(" "))
}

/// What `WORKDIR` takes: the rest of the line, without quotes.
pub(crate) fn directory(path: &str) -> Result<Escaped, String> {
    one_line(path)?;
    if path.is_empty() || path.trim() != path {
        return Err(format!("`{path}` begins or ends with a blank"));
    }
    let path = word(path);
    if path.ends_with('\\') {
        return Err("a `\\` at the end of a line would take in the next one".to_owned());
    }
    fits(path)
}

/// The exec form of `CMD`: JSON, in which nothing is expanded. A list that is no JSON would silently become a shell's line.
pub(crate) fn exec(words: &[String]) -> Result<Escaped, String> {
    if words.iter().any(|word| word.contains('\0')) {
        return Err("a NUL character cannot be passed to a program".to_owned());
    }
    json(words).and_then(fits)
}

/// Words of our own making: names of variables, flags, patterns.
pub(crate) fn own(text: &str) -> Result<Escaped, String> {
    one_line(text)?;
    Ok(Escaped::trust(text))
}

/// A comment of its own line.
pub(crate) fn comment(text: &str) -> Result<Escaped, String> {
    one_line(text)?;
    Ok(Escaped::trust(text))
}

/// A path in a `.dockerignore`, as it stands: no pattern, no comment, no exception.
pub(crate) fn ignored(path: &str) -> Result<Escaped, String> {
    one_line(path)?;
    if path.is_empty() || path.trim() != path {
        return Err(format!("`{path}` begins or ends with a blank"));
    }
    let mut out = String::new();
    for character in path.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    // A slash in front changes nothing but the meaning of `#` and `!`.
    Ok(Escaped::trust(format!("/{}", out.trim_start_matches('/'))))
}

/// A JSON list. A quote behind a backslash is written by its number: hadolint takes `\\\"` for the end of the string.
fn json(words: &[String]) -> Result<String, String> {
    let list = serde_json::to_string(words).map_err(|error| error.to_string())?;
    let mut out = String::with_capacity(list.len());
    let mut behind_backslash = false;
    let mut characters = list.chars();
    while let Some(character) = characters.next() {
        let escaped = (character == '\\').then(|| characters.next()).flatten();
        match escaped {
            Some('"') if behind_backslash => out.push_str("\\u0022"),
            Some(escaped) => out.extend(['\\', escaped]),
            None => out.push(character),
        }
        behind_backslash = escaped == Some('\\');
    }
    Ok(out)
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        if matches!(character, '\\' | '"' | '$') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
    out
}

/// A word outside quotes, where `'` and `"` would begin some.
fn word(path: &str) -> String {
    let mut out = String::new();
    for character in path.chars() {
        if matches!(character, '\\' | '"' | '\'' | '$') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

fn one_line(text: &str) -> Result<(), String> {
    match text.chars().find(|c| c.is_control() && *c != '\t') {
        None => Ok(()),
        Some('\n' | '\r') => Err("a Dockerfile cannot hold a line break here: an instruction is one line".to_owned()),
        Some('\0') => Err("a Dockerfile cannot hold a NUL character".to_owned()),
        Some(control) => Err(format!(
            "a Dockerfile cannot hold the control character U+{:04X}",
            u32::from(control)
        )),
    }
}

#[cfg(test)]
pub(crate) mod tests;
