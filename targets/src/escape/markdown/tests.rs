//! What a reader of Markdown makes of the texts.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the tests ask a real program"
)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;
use crate::testing::missing;

/// For each line of input, a JSON string with Markdown: what is shown of it, with the kinds of its parts.
const READER: &str = r#"
import json, sys
from markdown_it import MarkdownIt
reader = MarkdownIt("commonmark").enable("table")
for line in sys.stdin:
    text, kinds = "", []
    for token in reader.parse(json.loads(line)):
        for part in token.children or ([token] if token.content else []):
            kinds.append(part.type)
            text += part.content
    print(json.dumps([text, sorted(set(kinds))]))
"#;

fn read(lines: &[String]) -> Option<Vec<(String, Vec<String>)>> {
    let python = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/python/bin/python");
    let child = Command::new(python)
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        missing("markdown-it-py");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{}", serde_json::to_string(line).unwrap()).unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        missing("markdown-it-py");
        return None;
    }
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Pieces of Markdown's syntax, in every order of three.
fn texts() -> Vec<String> {
    let pieces = [
        "a",
        "*",
        "**b**",
        "_",
        "`",
        "``",
        "[x](y)",
        "![",
        "<b>",
        "<!--",
        "&amp;",
        "|",
        "\\",
        "#",
        "- ",
        "1. ",
        "2) ",
        "> ",
        "~~~",
        "```",
        "---",
        "===",
        "$x$",
        "http://a.b",
        "\n",
        "\t",
        "{{",
        "    ",
        "+ ",
        ":-",
    ];
    let mut all = Vec::new();
    for first in pieces {
        for second in pieces {
            for third in ["a", "*", "`", "\n"] {
                all.push(format!("{first}{second}{third}"));
            }
        }
    }
    all
}

/// Spaces at the ends and several in a row are no text in Markdown.
fn words(text: &str) -> String {
    let text: String = text.chars().map(visible).collect();
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

#[test]
fn a_reader_shows_texts_as_they_were() {
    let texts = texts();
    let written: Vec<String> = texts
        .iter()
        .map(|text| line(&[Piece::Text(text.trim())]).as_str().to_owned())
        .collect();
    let Some(shown) = read(&written) else { return };
    for ((text, written), (shown, kinds)) in texts.iter().zip(&written).zip(shown) {
        assert_eq!(words(&shown), words(text), "{written:?}");
        assert!(
            kinds.iter().all(|kind| kind.starts_with("text")),
            "{written:?} {kinds:?}"
        );
    }
}

#[test]
fn a_reader_shows_code_and_commands_as_they_were() {
    let texts: Vec<String> = texts().into_iter().filter(|text| !text.trim().is_empty()).collect();
    let spans = texts
        .iter()
        .map(|text| format!("x {}", line(&[Piece::Code(text)]).as_str()));
    let Some(shown) = read(&spans.collect::<Vec<_>>()) else {
        return;
    };
    for (text, (shown, _)) in texts.iter().zip(shown) {
        assert_eq!(words(&shown), words(&format!("x {}", text.replace('|', "¦"))));
    }
    let blocks: Vec<String> = texts.iter().map(|text| commands(text).as_str().to_owned()).collect();
    for (text, (shown, kinds)) in texts.iter().zip(read(&blocks).unwrap()) {
        assert_eq!(shown.trim_end_matches('\n'), text.trim_end_matches('\n'));
        assert_eq!(kinds, ["fence"]);
    }
}

#[test]
fn only_addresses_of_the_web_are_links() {
    let link = |text| line(&[Piece::Link(text)]).as_str().to_owned();
    assert_eq!(link("https://a.b/c_d"), "[https://a.b/c\\_d](<https://a.b/c_d>)");
    assert_eq!(link("javascript:alert(1)"), "javascript:alert(1)");
    assert_eq!(link("https://a> [x](y)"), "https://a\\> \\[x\\](y)");
}
