//! Strings of a compose file.

use serde::Serialize;

/// A string as compose reads it: in every one `$NAME` and `${NAME}` are replaced, so a `$` that is meant is doubled.
///
/// The only type of strings in [`super::file`], so that nothing is written without it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(crate) struct Text(String);

impl Text {
    /// A text of the user's.
    ///
    /// # Errors
    /// With a NUL character, which no program can be given.
    pub(crate) fn plain(text: &str) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("a container cannot be given a NUL character".to_owned());
        }
        Ok(Self::own(text))
    }

    /// A text of our own making.
    pub(crate) fn own(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().replace('$', "$$"))
    }

    /// The value of a variable of whoever runs compose, which stops with the message when there is none.
    pub(crate) fn required(variable: &str, message: &str) -> Self {
        // A brace would end the expression, a dollar begin another.
        let message: String = message
            .chars()
            .map(|c| match c {
                '$' | '{' | '}' => '_',
                c if c.is_control() => ' ',
                c => c,
            })
            .collect();
        Self(format!("${{{variable}:?{message}}}"))
    }

    /// The value of a variable, or something else.
    pub(crate) fn or_else(variable: &str, default: &str) -> Self {
        Self(format!("${{{variable}:-{default}}}"))
    }

    /// With more of our own behind it.
    pub(crate) fn then(self, text: &str) -> Self {
        self.and(Self::own(text))
    }

    /// Both, one behind the other.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 + &other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What compose makes of a string, by its documented rules; `None` where it stops with an error.
    fn interpolated(text: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let name_end = |text: &str| {
                text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(text.len())
            };
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some(after) = after.strip_prefix('{') {
                let (expression, after) = after.split_once('}')?;
                let (name, what) = expression.split_at(name_end(expression));
                let value = variable(name).filter(|value| !value.is_empty());
                match (value, what.strip_prefix(":-")) {
                    (Some(value), _) => out.push_str(&value),
                    (None, Some(default)) => out.push_str(default),
                    (None, None) => return None,
                }
                rest = after;
            } else {
                let (name, after) = after.split_at(name_end(after));
                if name.is_empty() {
                    return None;
                }
                out.push_str(&variable(name)?);
                rest = after;
            }
        }
        out.push_str(rest);
        Some(out)
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-zA-Z_${}:?\\-\\\\ ]{0,16}", any::<String>()]
    }

    proptest! {
        #[test]
        fn texts_come_back(text in text()) {
            match Text::plain(&text) {
                Ok(escaped) => prop_assert_eq!(interpolated(&escaped.0, |_| Some("wrong".to_owned())), Some(text)),
                Err(_) => prop_assert!(text.contains('\0')),
            }
        }

        #[test]
        fn a_message_does_not_leave_its_expression(message in text(), value in "[a-z]{1,8}", behind in text()) {
            let escaped = Text::required("NAME", &message).then(&behind);
            let with = |name: &str| (name == "NAME").then(|| value.clone());
            prop_assert_eq!(interpolated(&escaped.0, with), Some(format!("{value}{behind}")));
            prop_assert_eq!(interpolated(&escaped.0, |_| None), None);
        }
    }

    #[test]
    fn variables_have_defaults() {
        let text = Text::or_else("DIRECTORY", "../..").then("/web$");
        assert_eq!(interpolated(&text.0, |_| None).as_deref(), Some("../../web$"));
    }
}
