//! Strings go through nginx and come back: as a body, as a header, as a path.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::machine::{Directory, Nginx, free_port, nginx_version};
use crate::escape::nginx::{self as escape, DOLLAR};

/// Awkward ones that are known, and as many that are drawn.
fn strings() -> Vec<String> {
    let known = [
        "plain",
        "a b",
        "\"",
        "'",
        "\\",
        "\\\"",
        "\\\\",
        "\\t",
        "\\n",
        "\\x",
        "$",
        "$$",
        "$5",
        "$host",
        "${host}",
        "\\$host",
        "a;b",
        "{",
        "}",
        "a}b{c",
        "#",
        "# no comment",
        "%",
        "%n",
        "~^/",
        "=",
        "@x",
        "~*",
        "é",
        "日本",
        "\t",
        "a\tb",
        "trailing\\",
        "\"quoted\"",
        "`id`",
        "$(id)",
        "<b>&amp;</b>",
        "default",
        "off",
        "none",
    ];
    let mut runner = TestRunner::deterministic();
    let drawn = prop_oneof!["[\"'\\\\ ;{}#$%()a-c\t=~^@*/.-]{1,12}", "\\PC{1,20}"];
    let mut all: Vec<String> = known.map(str::to_owned).to_vec();
    all.extend((0..160).map(|_| drawn.new_tree(&mut runner).unwrap().current()));
    all
}

/// Each byte of a path as `%XX`.
fn encoded(path: &str) -> String {
    path.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn strings_come_back_from_nginx() {
    if nginx_version().is_none() {
        return;
    }
    let strings = strings();
    let port = free_port();
    let mut conf = format!("geo ${DOLLAR} {{ default \"$\"; }}\nserver {{\n  listen 127.0.0.1:{port};\n");
    for (number, string) in strings.iter().enumerate() {
        let body = escape::expanded(string).unwrap();
        conf.push_str(&format!(
            "  location = /{number} {{\n    return 200 {};\n",
            body.as_str()
        ));
        if let Ok(value) = escape::header_value(string) {
            conf.push_str(&format!("    add_header X-Value {} always;\n", value.as_str()));
        }
        if let Ok(value) = escape::literal(string) {
            conf.push_str(&format!("    default_type {};\n", value.as_str()));
        }
        conf.push_str("  }\n");
        if let Ok(path) = escape::exact(&format!("/at{number}/{string}")) {
            conf.push_str(&format!(
                "  location {} {{ return 200 \"at{number}\"; }}\n",
                path.as_str()
            ));
        }
    }
    conf.push_str("}\n");
    let directory = Directory::new();
    directory.file("conf.d/strings.conf", &conf);
    let nginx = Nginx::start(&directory, port);
    let mut paths = 0;
    for (number, string) in strings.iter().enumerate() {
        let answer = nginx.ask("GET", &format!("/{number}"), "");
        assert_eq!(&answer.body, string, "as a body");
        if escape::header_value(string).is_ok() {
            assert_eq!(answer.header("x-value").as_ref(), Some(string), "as a header");
            assert_eq!(answer.header("content-type").as_ref(), Some(string), "literally");
        }
        let path = format!("/at{number}/{string}");
        if escape::exact(&path).is_ok() {
            let answer = nginx.ask("GET", &encoded(&path).replacen("%2F", "/", 1), "");
            assert_eq!(answer.body, format!("at{number}"), "as a path: {path}");
            paths += 1;
        }
    }
    assert!(100 < paths, "only {paths} paths were tried");
}
