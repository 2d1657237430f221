//! Visiting every value of a block by name: `loadline show`, and references such as `self.shutdown.drain`.

use loadline_grammar::Span;

use super::scalar::Shown;
use super::val::From;

/// A visitor of resolved values.
pub trait Walk {
    /// A block begins: `name`, and for repeatable ones which one. Answers whether to look inside.
    fn enter(&mut self, name: &str, identity: Option<&str>, span: Span) -> bool;
    /// A value of the block that was entered last.
    fn value(&mut self, name: &str, value: &dyn Shown, span: Span, from: From);
    /// The block that was entered last ends.
    fn leave(&mut self);
}

/// The first value of a block as text: what tells it apart from others of its kind (`uses orders-db`).
pub(crate) fn first_shown(block: &impl super::Lower) -> Option<String> {
    struct First(Option<String>);
    impl Walk for First {
        fn enter(&mut self, _name: &str, _identity: Option<&str>, _span: Span) -> bool {
            false
        }
        fn value(&mut self, _name: &str, value: &dyn Shown, _span: Span, _from: From) {
            self.0.get_or_insert_with(|| value.show());
        }
        fn leave(&mut self) {}
    }
    let mut first = First(None);
    block.walk(&mut first);
    first.0
}
