//! Awkward texts: known ones, and drawn ones.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

/// How many are drawn when nobody asks for more.
const DRAWN: usize = 60;

/// How many go through one spec.
const BATCH: usize = 300;

/// What some reader takes for something else than text, or ends something with.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "", " ", "  two  blanks  ", "\t", "a\tb", "\n", "a\nb", "a\n\n b\n", "\na", "a\r\nb", "\r", "a\r",
    // Words of YAML 1.1 and 1.2.
    "yes", "No", "on", "OFF", "y", "n", "true", "FALSE", "null", "~", "NaN", ".nan", ".inf", "-.Inf", "1_000", "1.0",
    "1.", ".5", "-1", "+1", "0x1f", "0o7", "017", "0b11", "1e3", "1E+3", "12:30:45", "2024-01-01", "<<", "=", "!",
    "!!str a", "&a", "*a", "*", "- a", "-", "---", "--- a", "...", "? a", "a: b", "a:", ": ", "#", "#x", "a #x", "%a",
    "@a", "{a: b}", "{}", "[a]", ",", "|", ">-", "'", "''", "it's", "\"", "\"a\"", "\"\"\"",
    // Variables, specifiers, templates.
    "$", "$$", "$$$", "5$", "$5", "$HOME", "${HOME}", "${HOME:-x}", "${X:?no}", "$(id)", "$(X)", "$(V0)", "$$(V0)",
    "$(V0", "${", "$(", "$é", "$\u{ff08}", "`id`", "%", "%%", "%h", "%n%i", "100%", "%s %d", "{{", "{{ x }}", "{{args.a}}",
    "{% x %}", "{# x #}", "{{`", "$host", "$request_uri", "$1", "\\1", "!ref", "#{x}", "<%= x %>",
    // Ends of strings, lines and programs.
    "\\", "\\\\", "a\\", "\\n", "\\x41", "\\u0041", "\\\"", "\\'", "\";x", "';x", "; rm -rf /", "&& x", "| x", "a;b", "}",
    "{", "}\nx", "*/", "//", "/*", "</script>", "<!--", "<<EOF", "EOF", "--flag", "-n", "--", "@x", ":x", "+x", "!x", "-x",
    // Characters.
    "\0", "a\0b", "\u{1}", "\u{7}", "\u{8}", "\u{b}", "\u{c}", "\u{1b}[31m", "\u{7f}", "\u{80}", "\u{85}", "\u{9f}",
    "\u{a0}", "a\u{a0}", "\u{ad}", "é", "e\u{301}", "日本語", "אב", "\u{200b}", "\u{200f}x", "\u{202e}x\u{202c}", "\u{2028}",
    "a\u{2029}b", "\u{3000}", "\u{feff}", "\u{feff}a", "\u{e000}", "\u{fffd}", "\u{fffe}", "\u{ffff}", "😀", "👨\u{200d}👩",
    "\u{10ffff}",
    // What programs look for by name.
    "__proto__", "constructor", "[object Object]", "default", "none", "off", "{\"a\": [1, \"\\u0000\"]}",
];

/// Parts of drawn texts, dense in what means something.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "a", "Z", "0", " ", "\t", "\n", "\r\n", "\r", "\0", "\\", "\\\\", "'", "\"", "`", "$", "$$", "$(", "${", ")", "}", "{{",
    "}}", "{%", "%}", "%", "%%", "%h", ";", "#", " #", ":", ": ", "- ", "-", "--", "=", "*", "&", "!", "|", ">", "<", "~", "@",
    ",", "[", "]", "{", "?", ".", "/", "..", "\u{1b}", "\u{7f}", "\u{85}", "\u{a0}", "\u{301}", "\u{202e}", "\u{2028}",
    "\u{feff}", "é", "😀", "א", "V0", "\\n", "\\x", "\\u", "EOF", "<<",
];

/// The texts of this run, in batches.
pub(super) fn batches() -> Vec<Vec<String>> {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    // Without a wish the texts are the same each time: a failure is one of the change, not of the day.
    let mut runner = match asked {
        Some(_) => TestRunner::new(Config::default()),
        None => TestRunner::deterministic(),
    };
    let part = prop::sample::select(PARTS);
    let drawn = prop_oneof![
        4 => prop::collection::vec(part, 1..9).prop_map(|parts| parts.concat()),
        2 => "\\PC{1,24}",
        1 => any::<String>(),
        1 => "[\"'\\\\ ;{}#$%()a-c\t=~^@*/.-]{1,16}",
    ];
    let mut all: Vec<String> = KNOWN.iter().map(|text| (*text).to_owned()).collect();
    all.push("\"$%\\ 'é".repeat(400));
    all.extend((0..asked.unwrap_or(DRAWN)).map(|_| drawn.new_tree(&mut runner).unwrap().current()));
    let size = all.len().div_ceil(all.len().div_ceil(BATCH));
    all.chunks(size).map(<[String]>::to_vec).collect()
}

/// As a string of the language. What no reviewer would see is written by its number.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' | '$' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            letter if letter.is_alphabetic() => out.push(letter),
            other => out.push_str(&format!("\\u{{{:x}}}", u32::from(other))),
        }
    }
    out.push('"');
    out
}
