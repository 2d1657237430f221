//! The largest value at which something still holds, by halving.

/// Where it stops holding: places in the list of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Not even the first.
    Nowhere,
    /// Even the last: the answer may lie beyond it.
    Everywhere,
    /// The last of those that were looked at and hold; the next one does not.
    Up {
        /// It holds here.
        to: usize,
    },
}

/// Searches `count` values, the least first. Both ends are looked at; in between it is taken for granted that what does not
/// hold at some value holds at no larger one. At most 2 + log₂ count values are asked for.
///
/// # Errors
/// That of `holds`.
pub fn largest<E>(count: usize, mut holds: impl FnMut(usize) -> Result<bool, E>) -> Result<Found, E> {
    let Some(last) = count.checked_sub(1) else {
        return Ok(Found::Nowhere);
    };
    if !holds(0)? {
        return Ok(Found::Nowhere);
    }
    if last == 0 || holds(last)? {
        return Ok(Found::Everywhere);
    }
    let (mut good, mut bad) = (0, last);
    while 1 < bad - good {
        let middle = good + (bad - good) / 2;
        if holds(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(Found::Up { to: good })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_edge_in_few_steps() {
        for count in 1..70_usize {
            for edge in 0..=count {
                let mut asked = 0_u32;
                let found = largest::<()>(count, |place| {
                    asked += 1;
                    Ok(place < edge)
                });
                let expected = match edge {
                    0 => Found::Nowhere,
                    edge if edge == count => Found::Everywhere,
                    edge => Found::Up { to: edge - 1 },
                };
                assert_eq!(found, Ok(expected), "{edge} of {count}");
                assert!(asked <= 2 + usize::BITS - count.leading_zeros(), "{asked} for {count}");
            }
        }
        assert_eq!(largest(3, |_| Err("no")), Err("no"));
    }
}
