//! Ranges: request..limit, min..max.

use loadline_grammar::ast::{Value, ValueKind};

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Scalar};
use crate::rules::syntax;
use crate::schema::Kind;

/// Two ends, both included. One value is both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds<T> {
    /// The lower end: the request, the minimum.
    pub low: T,
    /// The upper end: the limit, the maximum.
    pub high: T,
}

impl<T: Copy> Bounds<T> {
    /// Both ends the same.
    pub const fn exactly(value: T) -> Self {
        Self {
            low: value,
            high: value,
        }
    }
}

impl<T: Scalar + Copy + PartialOrd> Scalar for Bounds<T> {
    const KIND: Kind = T::KIND;

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let ValueKind::Range(ends) = &value.kind else {
            return T::read(value, cx).map(Self::exactly);
        };
        let (low, high) = (T::read(&ends.0, cx), T::read(&ends.1, cx));
        let (low, high) = (low?, high?);
        if high < low {
            let found = Diagnostic::new(
                &syntax::value_out_of_range::RULE,
                format!("the range runs backwards: {} is more than {}", low.show(), high.show()),
                value.span,
                "low..high",
            )
            .help(format!("write `{}..{}`", high.show(), low.show()));
            cx.report(found);
            return None;
        }
        Some(Self { low, high })
    }

    fn show(&self) -> String {
        if self.low == self.high {
            self.low.show()
        } else {
            format!("{}..{}", self.low.show(), self.high.show())
        }
    }

    fn in_unit(&self, unit: &str) -> Option<String> {
        self.high.in_unit(unit)
    }
}
