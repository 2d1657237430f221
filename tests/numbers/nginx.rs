//! nginx's configuration: words, braces and semicolons.

use std::collections::BTreeMap;

use super::Files;
use super::read::{Numbers, size, time};

/// A directive: its words, and what is inside of its braces.
#[derive(Debug)]
struct Directive {
    words: Vec<String>,
    inside: Vec<Directive>,
}

impl Directive {
    fn first(&self) -> &str {
        &self.words[0]
    }

    /// What the directive of this name inside says.
    fn says(&self, name: &str) -> Option<&str> {
        let found = self.inside.iter().find(|directive| directive.first() == name)?;
        found.words.get(1).map(String::as_str)
    }

    fn time(&self, name: &str) -> Option<u64> {
        self.says(name).and_then(|text| time(text, "s"))
    }
}

pub(crate) fn read(files: &Files) -> Numbers {
    let mut found = Numbers::default();
    for (path, text) in files {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(gateway) = file.strip_suffix(".conf") else {
            continue;
        };
        let directives = parse(text);
        if folder.ends_with("main.d") {
            for directive in directives
                .iter()
                .filter(|directive| directive.first() == "worker_shutdown_timeout")
            {
                let longest = directive.words.get(1).and_then(|text| time(text, "s"));
                found.add(gateway, "worker shutdown", longest);
            }
        } else if folder.ends_with("conf.d") {
            servers(gateway, &directives, &mut found);
        }
    }
    found
}

fn servers(gateway: &str, directives: &[Directive], found: &mut Numbers) {
    for upstream in directives.iter().filter(|directive| directive.first() == "upstream") {
        let name = &upstream.words[1];
        found.add(name, "kept for", upstream.time("keepalive_timeout"));
        found.add(
            name,
            "kept",
            upstream.says("keepalive").and_then(|text| text.parse().ok()),
        );
    }
    let serving =
        |directive: &&Directive| directive.first() == "server" && directive.says("keepalive_timeout").is_some();
    for server in directives.iter().filter(serving) {
        found.add(gateway, "idle", server.time("keepalive_timeout"));
        found.add(
            gateway,
            "body",
            server.says("client_max_body_size").and_then(|text| size(text, 1024)),
        );
        // What is not sent twice has a location of its own, named after the one it is of.
        let mut named: BTreeMap<String, String> = BTreeMap::new();
        let locations = || server.inside.iter().filter(|directive| directive.first() == "location");
        for location in locations() {
            let path = location.words.last().unwrap();
            if let Some(at) = location
                .inside
                .iter()
                .find(|inside| inside.first() == "error_page" && inside.words[1] == "418")
            {
                named.insert(at.words.last().unwrap().clone(), path.clone());
            }
        }
        for location in locations() {
            let path = location.words.last().unwrap();
            let (path, once) = named.get(path).map_or((path, ""), |path| (path, "once "));
            for what in ["read", "send", "connect"] {
                let either = ["proxy", "grpc"]
                    .iter()
                    .find_map(|module| location.time(&format!("{module}_{what}_timeout")));
                found.add(&format!("{gateway}{path}"), &format!("{once}{what} timeout"), either);
            }
        }
    }
}

fn parse(text: &str) -> Vec<Directive> {
    let mut words = words(text).into_iter();
    block(&mut words)
}

fn block(words: &mut impl Iterator<Item = String>) -> Vec<Directive> {
    let mut directives = Vec::new();
    let mut own: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            ";" => directives.push(Directive {
                words: std::mem::take(&mut own),
                inside: Vec::new(),
            }),
            "{" => directives.push(Directive {
                words: std::mem::take(&mut own),
                inside: block(words),
            }),
            "}" => break,
            _ => own.push(word),
        }
    }
    directives.retain(|directive| !directive.words.is_empty());
    directives
}

/// Words, with quotes taken off, and the signs between them.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let mut rest = line.trim();
        while let Some(first) = rest.chars().next() {
            let end = match first {
                '"' => 2 + rest[1..].find('"').expect("a quote ends in its line"),
                ';' | '{' | '}' => 1,
                _ => rest.find([' ', ';', '{']).unwrap_or(rest.len()),
            };
            found.push(rest[..end].trim_matches('"').to_owned());
            rest = rest[end..].trim_start();
        }
    }
    found
}
