//! `--set path=value` as an overlay, written in the language itself: `api.memory.heap=300Mi` becomes
//! `service api { memory { heap 300Mi } }`. Everything else (merging, units, messages) then works as for any overlay.

use loadline_grammar::ast::Entry;

use super::collect::{Kind, collect};
use crate::lower::value_text;
use crate::project::Project;
use crate::schema::{Form, Repeat, form};
use crate::suggest;

pub(crate) fn overlay(project: &Project<'_>, path: &str, value: &str) -> Result<String, String> {
    let value = as_value(value);
    let segments: Vec<&str> = path.split('.').collect();
    let collected = collect(project, None);
    match segments.as_slice() {
        [name] if collected.lets.contains_key(name) => Ok(format!("let {name} {value}\n")),
        ["project", rest @ ..] if !rest.is_empty() => {
            let inner = nested(form("project"), rest, &value, path, None)?;
            Ok(format!("project {{ {inner} }}\n"))
        }
        [name, rest @ ..] if !rest.is_empty() => {
            let item = collected
                .items
                .iter()
                .find(|item| matches!(item.kind, Kind::Thing(_)) && item.name == *name);
            let Some(item) = item else {
                return Err(unknown(name, collected.names.keys().copied()));
            };
            let keyword = item.entry.key.text;
            let written = Written { project, thing: name };
            let inner = nested(form(keyword), rest, &value, path, Some(&written))?;
            Ok(format!("{keyword} {name} {{ {inner} }}\n"))
        }
        [name] => Err(unknown(name, collected.lets.keys().copied())),
        [] => Err("`--set` needs `path=value`".to_owned()),
        [..] => Err(format!("`{path}` names no setting; write `thing.setting=value`")),
    }
}

fn unknown<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> String {
    match suggest::nearest(name, candidates) {
        Some(near) => format!("there is no `{name}`; did you mean `{near}`?"),
        None => format!("there is no `{name}`"),
    }
}

/// Where entries with a name of their own are looked up.
struct Written<'w, 'p> {
    project: &'w Project<'p>,
    thing: &'w str,
}

impl Written<'_, '_> {
    /// How the entry of a name begins: `uses orders-db as reports` for `reports`, `config PAGE_SIZE integer` for
    /// `PAGE_SIZE`. An overlay has to repeat it.
    fn head(&self, key: &str, wanted: &str) -> Option<Head> {
        let top = || self.project.files.iter().flat_map(|file| &file.entries);
        let environments = top().filter(|entry| entry.key.text == "environment");
        let laid_over = environments.flat_map(|entry| entry.block.iter().flat_map(|block| &block.entries));
        // Its own block and what is laid over it come before templates and what it extends.
        let is_own = |entry: &&Entry<'_>| entry.values.first().and_then(value_text) == Some(self.thing);
        let all: Vec<&Entry<'_>> = top().chain(laid_over).collect();
        let (own, others): (Vec<&Entry<'_>>, Vec<&Entry<'_>>) = all.into_iter().partition(is_own);
        let entries = own.into_iter().chain(others);
        let mut entries = entries.flat_map(|entry| entry.block.iter().flat_map(|block| &block.entries));
        let entry = entries.find(|entry| entry.key.text == key && name_of(entry) == Some(wanted))?;
        let words = entry.values.iter().filter_map(|value| {
            let file = self.project.sources.file(value.span)?;
            Some(file.slice(value.span))
        });
        Some(Head {
            values: words.collect::<Vec<_>>().join(" "),
            named: named_inside(entry).map(str::to_owned),
        })
    }
}

/// How an entry begins.
struct Head {
    values: String,
    /// The name, where it stands in the block.
    named: Option<String>,
}

/// What tells an entry apart from others of its kind: `as NAME`, the `name` in its block, or its first value.
fn name_of<'e>(entry: &'e Entry<'e>) -> Option<&'e str> {
    let alias = match entry.values.as_slice() {
        [.., word, alias] if value_text(word) == Some("as") => value_text(alias),
        _ => None,
    };
    alias
        .or_else(|| named_inside(entry))
        .or_else(|| entry.values.first().and_then(value_text))
}

fn named_inside<'e>(entry: &'e Entry<'e>) -> Option<&'e str> {
    let inner = entry.block.iter().flat_map(|block| &block.entries);
    let mut named = inner.filter(|inner| inner.key.text == "name");
    named.next()?.values.first().and_then(value_text)
}

fn nested(
    form: Option<&Form>,
    segments: &[&str],
    value: &str,
    path: &str,
    written: Option<&Written<'_, '_>>,
) -> Result<String, String> {
    let Some((first, rest)) = segments.split_first() else {
        return Err(format!("`{path}` names no setting"));
    };
    let settings = form.map_or(&[][..], |form| form.settings);
    let Some(setting) = settings.iter().find(|setting| setting.name == *first) else {
        let near = suggest::nearest(first, settings.iter().map(|setting| setting.name));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(format!("`{path}`: there is no setting `{first}`{hint}"));
    };
    let mut named = String::new();
    let (head, rest) = match (setting.repeat, rest) {
        // Several of them are told apart by name: `uses.orders-db.pool`.
        (Repeat::ByName, [name, rest @ ..]) => {
            let known = written.and_then(|written| written.head(first, name));
            match known.filter(|_| !rest.is_empty()) {
                Some(head) => {
                    named = head.named.map_or_else(String::new, |name| format!("name {name}; "));
                    (format!("{first} {}", head.values), rest)
                }
                None => (format!("{first} {}", as_value(name)), rest),
            }
        }
        (Repeat::ByName, []) => {
            return Err(format!("`{path}`: say which `{first}`, as in `{path}.NAME`"));
        }
        (Repeat::Group, _) => {
            return Err(format!(
                "`{path}`: `{first}` is a list of steps and cannot be set from here"
            ));
        }
        (Repeat::No, rest) => ((*first).to_owned(), rest),
    };
    match rest {
        [] => Ok(format!("{head} {value}")),
        rest => Ok(format!(
            "{head} {{ {named}{} }}",
            nested(Some(setting.form), rest, value, path, None)?
        )),
    }
}

/// What the shell left of a value: quoted again if it is no value of the language without.
fn as_value(value: &str) -> String {
    match loadline_grammar::parse_value(value, 0) {
        Ok(_) => value.to_owned(),
        Err(_) => crate::lower::quoted(value),
    }
}
