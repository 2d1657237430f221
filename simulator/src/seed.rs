//! Where luck begins: one named stream for each run, entity and purpose.
//!
//! A draw is a function of seed, run, entity, purpose and its place in the stream. Adding a draw in one place therefore
//! does not shift any other, two variants of a system meet the same luck, and threads change nothing.

/// The seed of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub u64);

/// The draws of one purpose of one entity in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: u64,
    drawn: u64,
}

impl Seed {
    /// The stream of a purpose (`"arrivals"`) of an entity in a run.
    #[must_use]
    pub fn stream(self, run: u64, entity: u64, purpose: &str) -> Stream {
        let mut key = mix(self.0);
        key = mix(key ^ run);
        key = mix(key ^ entity);
        for byte in purpose.bytes() {
            key = mix(key ^ u64::from(byte));
        }
        Stream { key, drawn: 0 }
    }
}

impl Stream {
    /// The next 64 bits.
    #[inline]
    pub fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        mix(self.key ^ self.drawn.wrapping_mul(GOLDEN))
    }

    /// Leaves out the next 64 bits.
    pub(crate) const fn skip(&mut self) {
        self.drawn = self.drawn.wrapping_add(1);
    }
}

/// 2^64 divided by the golden ratio: the increment of SplitMix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014), as
/// published in the public domain reference by Sebastiano Vigna.
const fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(GOLDEN);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_do_not_touch_each_other() {
        let draws = |mut stream: Stream| (0..4).map(|_| stream.draw()).collect::<Vec<_>>();
        let seed = Seed(7);
        assert_eq!(
            draws(seed.stream(0, 1, "arrivals")),
            draws(seed.stream(0, 1, "arrivals"))
        );
        assert_ne!(
            draws(seed.stream(0, 1, "arrivals")),
            draws(seed.stream(0, 1, "service"))
        );
        assert_ne!(
            draws(seed.stream(0, 1, "arrivals")),
            draws(seed.stream(0, 2, "arrivals"))
        );
        assert_ne!(
            draws(seed.stream(0, 1, "arrivals")),
            draws(seed.stream(1, 1, "arrivals"))
        );
        assert_ne!(
            draws(seed.stream(0, 1, "arrivals")),
            draws(Seed(8).stream(0, 1, "arrivals"))
        );
    }

    #[test]
    fn what_is_left_out_counts() {
        let (mut one, mut other) = (Seed(7).stream(0, 1, "cpu"), Seed(7).stream(0, 1, "cpu"));
        one.draw();
        other.skip();
        assert_eq!(one.draw(), other.draw());
    }

    #[test]
    fn the_first_output_is_that_of_the_reference() {
        // SplitMix64 with state 0 begins with this number.
        assert_eq!(mix(0), 0xE220_A839_7B1D_CDAF);
    }
}
