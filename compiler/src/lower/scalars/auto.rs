//! Values that may be left to be computed.

use loadline_grammar::ast::{Value, ValueKind};

use crate::lower::{Cx, From, Scalar, Val};
use crate::schema::Kind;

/// A value that is given, or `auto`: computed from the rest of the model after everything is read.
///
/// `None` until it is computed, and still when it cannot be (which a rule then reports).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auto<T>(pub Option<T>);

impl<T: Copy> Auto<T> {
    /// The value, if it is given or could be computed.
    pub fn get(&self) -> Option<T> {
        self.0
    }
}

impl<T> Val<Auto<T>> {
    /// Whether the user left the value to us.
    pub fn is_auto(&self) -> bool {
        self.value.0.is_none() || matches!(self.from, From::Derived(_))
    }

    /// Fills in a computed value, unless one was given.
    pub(crate) fn derive(&mut self, value: Option<T>, rule: &'static str) {
        if self.value.0.is_none() && value.is_some() {
            self.value = Auto(value);
            self.from = From::Derived(rule);
        }
    }
}

impl<T: Scalar> Scalar for Auto<T> {
    const KIND: Kind = Kind {
        name: T::KIND.name,
        example: T::KIND.example,
        words: &[(
            "auto",
            "Computed from the rest of the spec; `show` prints the value and how it came to be.",
        )],
        closed: false,
        list: T::KIND.list,
    };

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        match &value.kind {
            ValueKind::Word("auto") => Some(Self(None)),
            _ => T::read(value, cx).map(|read| Self(Some(read))),
        }
    }

    fn show(&self) -> String {
        self.0.as_ref().map_or_else(|| "auto".to_owned(), Scalar::show)
    }

    fn in_unit(&self, unit: &str) -> Option<String> {
        self.0.as_ref().and_then(|value| value.in_unit(unit))
    }
}
