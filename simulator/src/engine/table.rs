//! Lists whose places are handed out by the engine itself, so that a place always has something in it.
#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "places come from the table they are used on, and there are fewer than 2^32 of anything: a wrong one is a bug"
)]

use std::ops::{Index, IndexMut};

/// A list that only grows.
#[derive(Clone, Debug)]
pub(super) struct Table<T>(Vec<T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Table<T> {
    /// With room for so many: a list that grows step by step is copied at each, and leaves holes in memory behind.
    pub(super) fn with_room(for_so_many: usize) -> Self {
        Self(Vec::with_capacity(for_so_many))
    }

    pub(super) fn add(&mut self, item: T) -> u32 {
        self.0.push(item);
        (self.0.len() - 1) as u32
    }

    pub(super) fn len(&self) -> u32 {
        self.0.len() as u32
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }
}

impl<T> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> Index<u32> for Table<T> {
    type Output = T;

    #[inline]
    fn index(&self, place: u32) -> &T {
        &self.0[place as usize]
    }
}

impl<T> IndexMut<u32> for Table<T> {
    #[inline]
    fn index_mut(&mut self, place: u32) -> &mut T {
        &mut self.0[place as usize]
    }
}

/// A place in a [`Slab`], and which of its tenants is meant: a ticket of one that has left finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) place: u32,
    pub(super) tenant: u32,
}

impl Ticket {
    pub(super) const NONE: Self = Self {
        place: u32::MAX,
        tenant: 0,
    };
}

/// A list whose places are used again.
#[derive(Clone, Debug)]
pub(super) struct Slab<T> {
    entries: Vec<Entry<T>>,
    free: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    tenant: u32,
    item: Option<T>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    #[inline]
    pub(super) fn add(&mut self, item: T) -> Ticket {
        let place = self.free.pop().unwrap_or_else(|| self.more());
        let entry = &mut self.entries[place as usize];
        entry.item = Some(item);
        Ticket {
            place,
            tenant: entry.tenant,
        }
    }

    #[cold]
    fn more(&mut self) -> u32 {
        self.entries.push(Entry { tenant: 0, item: None });
        (self.entries.len() - 1) as u32
    }

    #[inline]
    pub(super) fn get(&self, ticket: Ticket) -> Option<&T> {
        let entry = self.entries.get(ticket.place as usize)?;
        if entry.tenant == ticket.tenant {
            entry.item.as_ref()
        } else {
            None
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut T> {
        let entry = self.entries.get_mut(ticket.place as usize)?;
        if entry.tenant == ticket.tenant {
            entry.item.as_mut()
        } else {
            None
        }
    }

    #[inline]
    pub(super) fn take(&mut self, ticket: Ticket) -> Option<T> {
        let entry = self.entries.get_mut(ticket.place as usize)?;
        if entry.tenant != ticket.tenant {
            return None;
        }
        let item = entry.item.take()?;
        entry.tenant = entry.tenant.wrapping_add(1);
        self.free.push(ticket.place);
        Some(item)
    }

    /// The same, where nobody needs what was there: it is not moved.
    #[inline]
    pub(super) fn remove(&mut self, ticket: Ticket) {
        if let Some(entry) = self.entries.get_mut(ticket.place as usize)
            && entry.tenant == ticket.tenant
            && entry.item.is_some()
        {
            entry.item = None;
            entry.tenant = entry.tenant.wrapping_add(1);
            self.free.push(ticket.place);
        }
    }

    /// All that are there, by place.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Ticket, &T)> {
        self.entries.iter().enumerate().filter_map(|(place, entry)| {
            let ticket = Ticket {
                place: place as u32,
                tenant: entry.tenant,
            };
            entry.item.as_ref().map(|item| (ticket, item))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_of_one_that_left_finds_nothing() {
        let mut slab = Slab::default();
        let first = slab.add('a');
        assert_eq!(slab.take(first), Some('a'));
        let second = slab.add('b');
        assert_eq!(
            (first.place, slab.get(first), slab.get(second)),
            (second.place, None, Some(&'b'))
        );
        assert_eq!(slab.take(first), None);
        assert_eq!(slab.iter().count(), 1);
        assert_eq!(slab.get(Ticket::NONE), None);
        slab.remove(first);
        assert_eq!(slab.iter().count(), 1, "it left already");
        slab.remove(second);
        assert_eq!((slab.iter().count(), slab.get(second)), (0, None));
    }
}
