//! Names of things.

use std::fmt;
use std::ops::Deref;

use loadline_grammar::ast::{Value, ValueKind};

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Scalar, report_kind};
use crate::rules::syntax;
use crate::schema::Kind;

/// Longest name: an RFC 1123 label, since names become Kubernetes objects, units and files.
pub(crate) const NAME_LENGTH_MAX: usize = 63;

/// `[a-z][a-z0-9]*(-[a-z0-9]+)*`, at most 63 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(pub String);

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with a name, and how it could be written instead.
pub(crate) fn name_problem(name: &str) -> Option<(String, Option<String>)> {
    let good_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let good = name.split('-').all(good_part) && name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if good && name.len() <= NAME_LENGTH_MAX {
        return None;
    }
    if NAME_LENGTH_MAX < name.len() {
        return Some((format!("the name is longer than {NAME_LENGTH_MAX} characters"), None));
    }
    let mended: String = name.to_ascii_lowercase().replace(['_', '.'], "-");
    let mended = mended.trim_matches('-').to_owned();
    let mended = (!mended.is_empty() && name_problem_free(&mended)).then_some(mended);
    Some((
        format!("`{name}` cannot be a name: names are lower case letters, digits and single dashes"),
        mended,
    ))
}

fn name_problem_free(name: &str) -> bool {
    let good_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.split('-').all(good_part) && name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
}

impl Scalar for Name {
    const KIND: Kind = Kind::new("a name", "orders-api");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let (ValueKind::Word(text) | ValueKind::Text(text)) = &value.kind else {
            report_kind(value, &Self::KIND, cx);
            return None;
        };
        if let Some((problem, mended)) = name_problem(text) {
            let found = Diagnostic::new(
                &syntax::value_out_of_range::RULE,
                problem,
                value.span,
                "becomes a host, unit and file name",
            );
            cx.report(match mended {
                Some(mended) => found.help(format!("write `{mended}`")),
                None => found,
            });
            return None;
        }
        Some(Self((*text).to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels() {
        for good in ["api", "orders-db", "a1", "web-2"] {
            assert_eq!(name_problem(good), None, "{good}");
        }
        assert_eq!(name_problem("orders_db").unwrap().1.as_deref(), Some("orders-db"));
        assert_eq!(name_problem("Api").unwrap().1.as_deref(), Some("api"));
        for bad in ["", "-a", "a-", "a--b", "1a", "é"] {
            assert!(name_problem(bad).is_some(), "{bad}");
        }
        assert!(name_problem(&"a".repeat(64)).is_some());
    }
}
