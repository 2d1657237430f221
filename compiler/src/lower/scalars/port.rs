//! Port numbers.

use loadline_grammar::ast::Value;

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, Scalar};
use crate::rules::syntax;
use crate::schema::Kind;

/// 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port(pub u16);

impl Scalar for Port {
    const KIND: Kind = Kind::new("a port", "3000");

    fn read(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Self> {
        let value = cx.follow(value)?;
        let number = u64::read(value, cx)?;
        let port = u16::try_from(number).ok().filter(|&port| port != 0);
        if port.is_none() {
            let message = format!("{number} is no port");
            cx.report(Diagnostic::new(
                &syntax::value_out_of_range::RULE,
                message,
                value.span,
                "ports are 1 to 65535",
            ));
        }
        port.map(Self)
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}
