//! Servers that fork a process for each worker, and how they are told how many.

/// Such a server.
#[derive(Clone, Copy, Debug)]
struct Server {
    program: &'static str,
    options: &'static [&'static str],
    variable: Option<&'static str>,
}

/// Sources: benoitc/gunicorn `gunicorn/config.py` (`WEB_CONCURRENCY` or 1), encode/uvicorn `uvicorn/config.py` (the same),
/// hypercorn and granian: `--help`.
const SERVERS: &[Server] = &[
    Server {
        program: "gunicorn",
        options: &["-w", "--workers"],
        variable: Some("WEB_CONCURRENCY"),
    },
    Server {
        program: "uvicorn",
        options: &["--workers"],
        variable: Some("WEB_CONCURRENCY"),
    },
    Server {
        program: "hypercorn",
        options: &["-w", "--workers"],
        variable: None,
    },
    Server {
        program: "granian",
        options: &["--workers"],
        variable: Some("GRANIAN_WORKERS"),
    },
];

/// How many worker processes a command starts; the command line goes before the variable. `None` when no known server is
/// started, or nothing says how many.
pub fn workers<'v>(words: &[&str], variable: impl Fn(&str) -> Option<&'v str>) -> Option<u64> {
    let name = |word: &&str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let server = SERVERS
        .iter()
        .find(|server| words.iter().any(|word| name(word) == server.program))?;
    let told = server.options.iter().find_map(|option| value(words, option));
    let text = told.or_else(|| server.variable.and_then(variable))?;
    text.trim().parse().ok().filter(|count| 0 < *count)
}

/// `--workers 4`, `--workers=4`, `-w4`: the last one counts.
fn value<'w>(words: &[&'w str], option: &str) -> Option<&'w str> {
    let of = |(index, word): (usize, &&'w str)| {
        if *word == option {
            return words.get(index + 1).copied();
        }
        let rest = word.strip_prefix(option)?;
        let short = !option.starts_with("--");
        rest.strip_prefix('=').or(Some(rest).filter(|_| short))
    };
    words.iter().enumerate().filter_map(of).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_told_by_option_or_variable() {
        let none = |_: &str| None;
        let four = |name: &str| (name == "WEB_CONCURRENCY").then_some("4");
        assert_eq!(workers(&["gunicorn", "-w", "3", "app:app"], four), Some(3));
        assert_eq!(workers(&["/venv/bin/gunicorn", "-w3", "app:app"], none), Some(3));
        assert_eq!(
            workers(&["python", "-m", "uvicorn", "app:app", "--workers=2"], none),
            Some(2)
        );
        assert_eq!(workers(&["uvicorn", "app:app"], four), Some(4));
        assert_eq!(workers(&["uvicorn", "app:app"], none), None);
        assert_eq!(workers(&["hypercorn", "app:app"], four), None);
        assert_eq!(workers(&["python", "app.py", "-w", "3"], four), None);
    }
}
