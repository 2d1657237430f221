//! Texts that are nearly right.

use loadline_simulator::Stream;

/// Words and signs that change what a spec means.
pub(super) const SPEC: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\"\"\"",
    ";",
    "\n",
    ",",
    "..",
    "$x",
    "${x}",
    "${",
    "\\",
    "#",
    "0",
    "1",
    "-1",
    "99999999999999999999",
    "512Mi",
    "512",
    "30s",
    "0s",
    "10%",
    "200/s",
    "auto",
    "true",
    "none",
    "self.http.port",
    "api",
    "nothing",
    "remove",
    "extends",
    "allow",
    "new",
    "environment staging {",
    "service x {",
    "let y 3",
    "pool auto",
    "scale 0",
    "scale 0..0",
    "scale 18446744073709551615",
    "processes 0",
    "memory 0B",
    "memory 1B { heap auto }",
    "count 0",
    "surge 100%",
    "unavailable 100%",
    "é",
    "\u{202E}",
    "\0",
];

/// The same for SQL.
pub(super) const SQL: &[&str] = &[
    "(",
    ")",
    ";",
    "\n",
    ",",
    "'",
    "''",
    "\"",
    "`",
    "$$",
    "$x$",
    "--",
    "/*",
    "*/",
    "\\",
    "E'\\'",
    "0",
    "-1",
    "99999999999999999999",
    "NULL",
    "NOT",
    "DEFAULT",
    "ALTER TABLE users",
    "ADD COLUMN",
    "DROP COLUMN",
    "RENAME TO",
    "RENAME COLUMN a TO b",
    "SET NOT NULL",
    "USING",
    "CREATE TABLE t (id int)",
    "CREATE INDEX CONCURRENTLY",
    "UNIQUE",
    "REFERENCES",
    "CHECK (",
    "VALIDATE CONSTRAINT",
    "NOT VALID",
    "BEGIN;",
    "COMMIT;",
    "DO $$",
    "UPDATE users SET",
    "WHERE",
    "AND",
    "CASE WHEN",
    "SELECT",
    "ALTER TYPE e ADD VALUE 'x'",
    "varchar(10)",
    "varchar(99999999999)",
    "numeric(1,2)",
    "enum('a')",
    "ALGORITHM=INPLACE",
    "LOCK=NONE",
    "é",
    "\u{202E}",
    "\0",
];

pub(super) fn below(luck: &mut Stream, limit: usize) -> usize {
    (luck.draw() % (limit.max(1) as u64)) as usize
}

/// One of some texts with a few changes: lines left out, doubled and taken from others, words that mean something else.
pub(super) fn mutated(seeds: &[String], tokens: &[&str], luck: &mut Stream) -> String {
    let mut lines: Vec<String> = seeds[below(luck, seeds.len())].lines().map(str::to_owned).collect();
    for _ in 0..=below(luck, 6) {
        let at = below(luck, lines.len());
        let other = seeds[below(luck, seeds.len())]
            .lines()
            .nth(below(luck, 20))
            .unwrap_or("")
            .to_owned();
        match below(luck, 8) {
            0 => lines.insert(at.min(lines.len()), other),
            1 => drop(lines.get(at).is_some().then(|| lines.remove(at))),
            2 => {
                let copy = lines.get(at).cloned().unwrap_or_default();
                lines.insert(at, copy);
            }
            3 => lines.truncate(at.max(1)),
            _ => {
                if let Some(line) = lines.get_mut(at) {
                    let mut words: Vec<&str> = line.split(' ').collect();
                    let word = below(luck, words.len());
                    let token = tokens[below(luck, tokens.len())];
                    if below(luck, 2) == 0 {
                        words[word] = token
                    } else {
                        words.insert(word, token)
                    }
                    *line = words.join(" ");
                }
            }
        }
    }
    lines.join("\n")
}

/// Bytes, as far as they are text.
pub(super) fn noise(luck: &mut Stream) -> String {
    let length = below(luck, 60);
    let bytes: Vec<u8> = (0..length).map(|_| luck.draw().to_le_bytes()[0]).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
