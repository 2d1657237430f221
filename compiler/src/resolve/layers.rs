//! The layers of a thing: what is laid over it, itself, and what it extends.

use loadline_grammar::ast::{Block, Entry};

use super::collect::{Collected, Item, Kind};
use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Merged, value_text};
use crate::rules::syntax;
use crate::suggest;

/// How many templates may stand one behind the other. Each thing has the layers of all of them.
const EXTENDS_MAX: usize = 64;

/// All layers, strongest first: `--set`, environment, the block itself, then the same of each thing it extends.
pub(crate) fn merged<'a>(item: &Item<'a>, collected: &Collected<'a>, cx: &mut Cx<'_>) -> Merged<'a> {
    let mut blocks: Vec<(u16, &'a Block<'a>)> = Vec::new();
    let mut chain: Vec<(Kind, &'a str)> = Vec::new();
    let mut current = Some(item);
    while let Some(here) = current {
        chain.push((here.kind, here.name));
        let entries = || here.overlays.iter().copied().chain([here.entry]);
        for block in entries().filter_map(|entry| entry.block.as_ref()) {
            let layer = u16::try_from(blocks.len()).unwrap_or(u16::MAX);
            blocks.push((layer, block));
        }
        current = entries()
            .find_map(extends)
            .and_then(|extends| parent(extends, here, collected, &chain, cx));
    }
    Merged {
        first: Some(item.entry),
        valued: Some(item.entry),
        blocks,
    }
}

fn extends<'a>(entry: &'a Entry<'a>) -> Option<&'a Entry<'a>> {
    let entries = entry.block.as_ref()?.entries.iter();
    entries
        .into_iter()
        .find(|inner| inner.key.text == "extends" && !inner.key.quoted)
}

fn parent<'c, 'a>(
    extends: &'a Entry<'a>,
    child: &Item<'a>,
    collected: &'c Collected<'a>,
    chain: &[(Kind, &'a str)],
    cx: &mut Cx<'_>,
) -> Option<&'c Item<'a>> {
    let span = extends.values.first().map_or(extends.key.span, |value| value.span);
    let Some(name) = extends.values.first().and_then(value_text) else {
        let found = Diagnostic::new(
            &syntax::missing_setting::RULE,
            "`extends` needs a name",
            span,
            "extends what?",
        )
        .help("write `extends NAME`");
        cx.report(found);
        return None;
    };
    let template = collected.item(Kind::Template, name);
    let sibling = || collected.item(child.kind, name).filter(|item| item.kind == child.kind);
    // A template has no kind, so it can only extend templates.
    let found = template.or_else(|| if child.kind == Kind::Template { None } else { sibling() });
    let Some(parent) = found else {
        let templates = collected
            .items
            .iter()
            .filter(|item| item.kind == Kind::Template || item.kind == child.kind);
        let message = format!("there is no template `{name}`");
        let diagnostic = Diagnostic::new(&syntax::unknown_reference::RULE, message, span, "not declared");
        cx.report(match suggest::nearest(name, templates.map(|item| item.name)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).edit(span, near),
            None => diagnostic.help(format!("declare it: `template {name} {{ … }}`")),
        });
        return None;
    };
    if chain.contains(&(parent.kind, parent.name)) {
        let names: Vec<&str> = chain.iter().map(|(_, name)| *name).collect();
        let message = format!("`{name}` extends itself: {} → {name}", names.join(" → "));
        cx.report(Diagnostic::new(
            &syntax::template_cycle::RULE,
            message,
            span,
            "closes the circle",
        ));
        return None;
    }
    if chain.len() == EXTENDS_MAX {
        let first = chain.first().map_or("", |(_, name)| name);
        let message = format!("`{first}` extends more than {EXTENDS_MAX} templates, one behind the other");
        cx.report(Diagnostic::new(
            &syntax::template_cycle::RULE,
            message,
            span,
            "one more",
        ));
        return None;
    }
    Some(parent)
}
