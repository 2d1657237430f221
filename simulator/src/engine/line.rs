//! A line of those that wait, where mostly nobody does.
#![expect(
    clippy::box_collection,
    reason = "an empty list takes as much of the instance as a full one; a pointer to none does not"
)]

use std::collections::VecDeque;

use super::table::Ticket;

/// Attempts in the order in which they came. Takes a pointer until somebody waits: there are several for each instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Option<Box<VecDeque<Ticket>>>);

impl Line {
    pub(super) fn push(&mut self, ticket: Ticket) {
        self.0.get_or_insert_default().push_back(ticket);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Ticket> {
        self.0.as_mut()?.pop_front()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|line| line.is_empty())
    }

    /// One waits no longer.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        if let Some(line) = &mut self.0 {
            line.retain(|waiting| *waiting != ticket);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_come_first_served_and_some_leave() {
        let ticket = |place| Ticket { place, tenant: 0 };
        let mut line = Line::default();
        assert!(line.is_empty());
        assert_eq!(line.pop(), None);
        for place in 0..4 {
            line.push(ticket(place));
        }
        line.leave(ticket(1));
        assert_eq!((line.pop(), line.pop()), (Some(ticket(0)), Some(ticket(2))));
        assert!(!line.is_empty());
        line.clear();
        assert!(line.is_empty());
    }
}
