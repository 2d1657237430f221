//! The language reference, from the settings table.

use loadline_compiler::schema::{Form, Kind, Repeat, Setting, Slot, TOP_LEVEL, TopLevel};

/// Every page with its name.
pub(crate) fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = TOP_LEVEL
        .iter()
        .map(|block| (format!("{}.md", block.keyword), page(block)))
        .collect();
    pages.push(("README.md".to_owned(), index()));
    pages
}

fn index() -> String {
    let mut out = String::from(
        "# The language\n\nHow it is written is in [grammar.md](grammar.md). The blocks of the top level, with every setting, its default and its \
         meaning, are generated from the settings table. Where a list is shown, as in `steps [\"text\", …]`, one value alone is a list of one:\n\n| Block | |\n|---|---|\n",
    );
    for block in TOP_LEVEL {
        out.push_str(&format!("| [{0}]({0}.md) | {1} |\n", block.keyword, block.about));
    }
    out
}

fn page(block: &TopLevel) -> String {
    let words = [block.keyword, ""];
    let mut out = format!(
        "# {}\n\n{}\n\n```\n{}\n```\n",
        block.keyword,
        block.about,
        usage(block.keyword, block.form)
    );
    out.push_str(&settings(block.form, &words));
    if loadline_compiler::model::ThingKind::from_keyword(block.keyword).is_some() {
        let keyword = block.keyword;
        out.push_str(&format!(
            "\nBesides, `extends NAME` takes what a template or another {keyword} says, `remove KEY` or `remove KEY NAME` drops what was taken, \
             and `new` marks a {keyword} that only an environment has.\n"
        ));
    }
    nested(block.form, &words, block.keyword, 2, &mut out);
    out
}

/// The settings of a block, a row each.
fn settings(form: &Form, words: &[&str]) -> String {
    let rows: Vec<&Setting> = form
        .settings
        .iter()
        .filter(|setting| applies(setting, form, words))
        .collect();
    if rows.is_empty() || form.free_keys {
        return String::new();
    }
    let mut out = String::from("\n| Setting | Default | |\n|---|---|---|\n");
    for setting in rows {
        let default = setting
            .default
            .map_or_else(String::new, |default| format!("`{}`", default()));
        let mut text = setting.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        let first_words: Vec<String> = setting
            .only
            .iter()
            .filter(|_| !words.contains(&setting.only[0]))
            .map(|word| format!("`{word}`"))
            .collect();
        if !first_words.is_empty() && !setting.only.iter().any(|only| words.contains(only)) {
            text.push_str(&format!(" Only for {}.", first_words.join(", ")));
        }
        match setting.repeat {
            Repeat::ByName | Repeat::Group if !text.contains("repeat") => text.push_str(" May repeat."),
            _ => {}
        }
        let value = cell(&usage(setting.name, setting.form));
        out.push_str(&format!("| `{value}` | {} | {} |\n", cell(&default), cell(&text)));
    }
    out
}

/// A setting of this kind of block; those of its variants (`rollout canary`) are listed with the variant named.
fn applies(setting: &Setting, form: &Form, words: &[&str]) -> bool {
    setting.applies_to(words) || setting.is_of_a_variant(form)
}

/// Sections for the settings that have settings or words of their own.
fn nested(form: &Form, words: &[&str], path: &str, level: usize, out: &mut String) {
    for setting in form.settings.iter().filter(|setting| applies(setting, form, words)) {
        let has_words = setting.form.head.iter().any(|slot| !slot.kind.words.is_empty());
        let documented = setting.form.head.iter().any(|slot| !slot.doc.is_empty());
        if setting.form.free_keys
            || is_flag(setting.form)
            || (setting.form.settings.is_empty() && !has_words && !documented)
        {
            continue;
        }
        let title = format!("{path} › {}", setting.name);
        out.push_str(&format!("\n{} {title}\n", "#".repeat(level.min(4))));
        let doc = if setting.form.doc.is_empty() {
            setting.doc
        } else {
            setting.form.doc
        };
        out.push_str(&format!(
            "\n{}\n",
            doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
        ));
        out.push_str(&slots(setting.form));
        out.push_str(&self::settings(setting.form, &[setting.name, ""]));
        nested(setting.form, &[setting.name, ""], &title, level + 1, out);
    }
}

/// What may stand on the line, a bullet each.
fn slots(form: &Form) -> String {
    let mut out = String::new();
    for slot in form.head {
        let doc = slot.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        if doc.is_empty() && slot.kind.words.is_empty() {
            continue;
        }
        let optional = if slot.optional { ", may be left out" } else { "" };
        let text = if doc.is_empty() {
            String::new()
        } else {
            format!(": {doc}")
        };
        out.push_str(&format!(
            "\n- `{}` ({}{optional}){text}\n",
            placeholder(slot),
            if slot.kind.list {
                format!("a list of: {}", slot.kind.name)
            } else {
                slot.kind.name.to_owned()
            }
        ));
        for (word, meaning) in slot.kind.words {
            out.push_str(&format!("  - `{word}`: {}\n", meaning.trim()));
        }
    }
    out
}

/// `uses STORE [as ALIAS] { … }`
fn usage(name: &str, form: &Form) -> String {
    let mut out = name.to_owned();
    if is_flag(form) {
        return out;
    }
    if form.free_keys && form.head.iter().all(|slot| slot.optional) {
        return format!("{name} NAME VALUE` or `{name} {{ NAME VALUE … }}");
    }
    for slot in form.head {
        let shown = placeholder(slot);
        out.push_str(&if slot.optional {
            format!(" [{shown}]")
        } else {
            format!(" {shown}")
        });
    }
    if form.free_keys {
        out.push_str(" { NAME VALUE … }");
    } else if !form.settings.is_empty() {
        out.push_str(" { … }");
    }
    out
}

fn placeholder(slot: &Slot) -> String {
    let Kind {
        example,
        words,
        closed,
        list,
        ..
    } = slot.kind;
    let own = match slot.name {
        // A setting of one value is shown with a value that reads.
        "value" if closed => words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" | "),
        "value" => example.to_owned(),
        other => other.to_uppercase(),
    };
    let own = if list { format!("[{own}, …]") } else { own };
    match slot.keyword {
        Some(keyword) => format!("{keyword} {own}"),
        None => own,
    }
}

/// A setting that is on when it stands there.
fn is_flag(form: &Form) -> bool {
    matches!(form.head, [slot] if slot.kind.closed && slot.kind.words.iter().any(|(word, _)| *word == "off"))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
