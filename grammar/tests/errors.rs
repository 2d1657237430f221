//! What a user is told about text that does not parse: each mistake at its own place, in plain words.

#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::fmt::Write as _;

/// Input, then each error as `line:column: message`, label and help: both in one snapshot, so that they are judged together.
fn errors(text: &str) -> String {
    let parse = loadline_grammar::parse(text, 0);
    let mut out = String::new();
    for error in &parse.errors {
        let before = &text[..error.span.start as usize];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        writeln!(out, "{line}:{column}: {} [{}]", error.message, error.label).unwrap();
        if let Some(help) = &error.help {
            writeln!(out, "     help: {help}").unwrap();
        }
    }
    let entries: Vec<String> = parse.file.entries.iter().map(|e| e.key.text.to_owned()).collect();
    writeln!(out, "read: {}", entries.join(" ")).unwrap();
    out
}

#[test]
fn five_mistakes_are_five_errors_each_at_its_own_place() {
    insta::assert_snapshot!(errors(
        r#"service api {
  image = "a"
  scale: 3
  cpu 250m,
  run 'x.js'
  memory 512Mi {
    heap -1
    young 3Mi
  }
}
cache c { engine redis 7 }
"#
    ), @r#"
    2:9: expected a value after `image`, found `=` [no `=` here]
         help: write `image "a"`
    3:8: expected a value after `scale`, found `:` [no `:` here]
         help: write `scale 3`
    4:11: values are separated by spaces, found `,` [a comma]
         help: remove the comma, or put the values in a list: `[a, b]`
    5:7: strings stand in double quotes, found `'` [a single quote]
         help: write `"…"`
    7:10: numbers have no sign, found `-` [a sign]
    read: service cache
    "#);
}

#[test]
fn an_open_block_does_not_swallow_the_file() {
    insta::assert_snapshot!(errors("service a {\n  scale 3\n\nservice b {\n  scale 4\n}\ncache c {}\n"), @"
    1:11: this block is never closed [its `}` is missing]
    read: service service cache
    ");
}

#[test]
fn an_open_string_ends_with_its_line() {
    insta::assert_snapshot!(errors("service a {\n  image \"x\n  scale 3\n}\n"), @r#"
    2:9: this string is not closed on its line [it opens here]
         help: close it with `"`, or use `"""` for text over several lines
    read: service
    "#);
}

#[test]
fn braces_and_values_out_of_place() {
    insta::assert_snapshot!(errors("service a\n{\n scale 3\n}\n}\nsteps\n[\"a\"]\nb { x 1 } c 2\n"), @"
    2:1: `{` must stand on the line of its entry [a block without a name]
         help: move `{` to the end of the line above
    5:1: `}` closes nothing: no block is open here [no `{` before it]
    7:1: a value cannot stand at the start of a line [expected the name of a setting]
         help: put it on the line of its setting, or write a list over several lines: `[ … ]`
    8:11: expected a line break or `;` after `}` [a new entry begins here]
    read: service steps b c
    ");
}

#[test]
fn lists_that_do_not_close_or_separate() {
    insta::assert_snapshot!(errors("a [1 2]\nb { c [1, 2\n d 3 }\ne [,]\nf 1e5\ng 3..\nh 2026-11-21\n"), @r#"
    1:6: expected `,` or `]` after `1`, found `2` [`2` cannot stand here]
    3:2: expected `,` or `]` after `2`, found `d` [`d` cannot stand here]
    4:4: expected a value, found `,` [`,` cannot stand here]
    5:5: expected a space or the end of the line after `1e`, found `5` [`5` cannot stand here]
    6:6: expected a value after `3..` [the line ends here]
    7:7: expected a space or the end of the line, found `-` [not part of a number]
         help: write a date, or anything else that is no number, in quotes: `"2026-11-21"`
    read: b
    "#);
}

#[test]
fn characters_that_hide_are_refused() {
    insta::assert_snapshot!(errors("a \"x\u{202E}y\"\nb\u{0} 1\n"), @r"
    1:5: a character that reorders text on the screen (U+202E) may not stand in a file [U+202E]
         help: remove it, or write `\u{202E}` inside a string
    2:2: a control character (U+0000) may not stand in a file [U+0000]
         help: remove it, or write `\u{0}` inside a string
    read: a
    ");
}

#[test]
fn limits_are_errors() {
    let deep = format!("{}{}", "a {\n".repeat(65), "}\n".repeat(65));
    insta::assert_snapshot!(errors(&deep), @"
    65:3: blocks and lists are nested more than 64 deep [the file was read up to here]
    read: a
    ");
    for line in [
        format!("a {}", "[".repeat(70)),
        format!("a {}{}", "[".repeat(70), "]".repeat(70)),
    ] {
        let found = errors(&line);
        assert!(
            found.starts_with("1:67: blocks and lists are nested more than 64 deep"),
            "{found}"
        );
    }
    let many = "a 1\n".repeat(100_001);
    let message = &loadline_grammar::parse(&many, 0).errors[0].message;
    assert_eq!(message, "the file has more than 100000 entries");
    let large = "#".repeat(loadline_grammar::FILE_BYTES_MAX + 1);
    assert_eq!(loadline_grammar::parse(&large, 0).errors.len(), 1);
}

#[test]
fn a_mebibyte_of_brackets_or_quotes_is_read_at_once() {
    for text in [
        "{", "[", "\"", "a{", "a[", "a {\n", "\"\"\"", "}", "]", "a \"", "#", ";", "$", "a 1..", "\\", "a{}", "a [[],",
    ] {
        let text = text.repeat((1 << 20) / text.len());
        let parse = loadline_grammar::parse(&text, 0);
        assert!(parse.errors.len() <= loadline_grammar::ERRORS_MAX);
    }
}
