//! Text templates: layout only.
//!
//! A string renders only if it was escaped for its format ([`Escaped`]); a plain one is an error, so escaping cannot be
//! forgotten. An undefined name is an error too.

#[cfg(test)]
mod fields;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;

/// A piece of text that is safe where its format will put it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Escaped(String);

impl Escaped {
    /// Only for functions of [`crate::escape`], which know the format.
    pub(crate) fn trust(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Escaped {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // minijinja passes its own values through serde unchanged, with the mark that they are safe.
        Value::from_safe_string(self.0.clone()).serialize(serializer)
    }
}

/// Renders a template with its view.
///
/// # Errors
/// When the template and its view disagree.
pub(crate) fn render<V: Serialize>(name: &str, source: &str, view: &V) -> Result<String, String> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    environment.set_syntax(syntax.map_err(|error| error.to_string())?);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("marked".into()));
    environment.set_formatter(|out, _state, value| {
        let plain = value.as_str().is_some() && !value.is_safe();
        if plain || value.is_undefined() || value.is_none() {
            let what = if plain {
                "a string that was not escaped"
            } else {
                "nothing"
            };
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("the template prints {what}: {value}"),
            ));
        }
        write!(out, "{value}").map_err(Error::from)
    });
    #[cfg(test)]
    fields::note(name, &Value::from(minijinja::value::Serde(view)));
    let rendered = environment.render_named_str(name, source, minijinja::value::Serde(view));
    rendered.map_err(|error| format!("{name}: {error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct View {
        good: Escaped,
        plain: String,
        number: u64,
        list: Vec<Escaped>,
    }

    fn view() -> View {
        View {
            good: Escaped::trust("\"a\""),
            plain: "b".to_owned(),
            number: 3,
            list: vec![Escaped::trust("x"), Escaped::trust("y")],
        }
    }

    #[test]
    fn escaped_strings_and_numbers_render() {
        let text = render(
            "t",
            "{{ good }} {{ number }}{% for x in list %} {{ x }}{% endfor %} end\n",
            &view(),
        );
        assert_eq!(text.unwrap(), "\"a\" 3 x y end\n");
    }

    #[test]
    fn plain_strings_and_unknown_names_do_not() {
        assert!(render("t", "{{ plain }}", &view()).unwrap_err().contains("not escaped"));
        assert!(render("t", "{{ missing }}", &view()).is_err());
        // A literal of the template itself is layout, but printing one is a habit not to start.
        assert!(render("t", "{{ 'x' }}", &view()).is_err());
        assert!(render("t", "{% if plain == 'b' %}yes{% endif %}", &view()).is_ok());
    }
}
