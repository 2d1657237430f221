//! Ranges: request..limit, min..max.

use loadline_grammar::ast::{Value, ValueKind};

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Scalar};
use crate::quantity::{Bytes, Cpu};
use crate::rules::memory::limit_below_request;
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
            let (low, high) = (low.show(), high.show());
            let help = format!("write `{high}..{low}`");
            // A range of processor or memory is a request and a limit.
            let found = if [Bytes::KIND.name, Cpu::KIND.name].contains(&T::KIND.name) {
                let message = format!("the limit of {high} is less than the request of {low}");
                Diagnostic::new(&limit_below_request::RULE, message, value.span, "request..limit")
            } else {
                let message = format!("the range runs backwards: {low} is more than {high}");
                Diagnostic::new(&syntax::value_out_of_range::RULE, message, value.span, "low..high")
            };
            cx.report(found.help(help));
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
