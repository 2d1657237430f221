//! A value by its path: `shutdown.drain.ms`, `uses.orders-db.pool`.

use loadline_grammar::Span;

use super::field::Lower;
use super::scalar::Shown;
use super::val::From;
use super::walk::Walk;

/// The value at `path` below `block`, as text: in the unit that the last segment names, or as it would be written.
pub(crate) fn find(block: &impl Lower, path: &[&str]) -> Option<String> {
    let mut finder = Finder {
        path,
        found: None,
        depths: Vec::new(),
    };
    block.walk(&mut finder);
    finder.found
}

struct Finder<'p> {
    /// What is left of the path.
    path: &'p [&'p str],
    found: Option<String>,
    /// How many segments each entered block took.
    depths: Vec<&'p [&'p str]>,
}

impl Walk for Finder<'_> {
    fn enter(&mut self, name: &str, identity: Option<&str>, _span: Span) -> bool {
        if self.found.is_some() {
            return false;
        }
        let rest = match (self.path, identity) {
            ([first, second, rest @ ..], Some(identity)) if *first == name && *second == identity => rest,
            ([first, rest @ ..], None) if *first == name => rest,
            _ => return false,
        };
        self.depths.push(std::mem::replace(&mut self.path, rest));
        true
    }

    fn value(&mut self, name: &str, value: &dyn Shown, _span: Span, _from: From) {
        if self.found.is_some() {
            return;
        }
        self.found = match self.path {
            // The value of a pair (`env.LOG_LEVEL`) has no name of its own.
            [] if name.is_empty() => Some(value.show()),
            [only] if *only == name => Some(value.show()),
            [first, unit] if *first == name => value.in_unit(unit),
            _ => None,
        };
    }

    fn leave(&mut self) {
        if let Some(path) = self.depths.pop() {
            self.path = path;
        }
    }
}
