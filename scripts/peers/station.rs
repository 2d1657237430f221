//! The station that all peers simulate: eight servers of 100 ms each, and so many arrivals that four fifths of them are busy.

pub const SERVERS: u32 = 8;
/// Microseconds.
pub const SERVICE: f64 = 100_000.0;
/// Microseconds between arrivals.
pub const GAP: f64 = SERVICE / (0.8 * SERVERS as f64);

/// SplitMix64, and exponential lengths of time by inversion.
#[derive(Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Luck(u64);

impl Luck {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    #[inline]
    pub fn exponential(&mut self, mean: f64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        let unit = ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64;
        (-unit.ln() * mean + 0.5) as u64
    }
}

/// What a peer prints, to be held against theory.
pub fn report(served: u64, total: u64) {
    println!("{served} served, mean response {:.3} ms", total as f64 / served as f64 / 1e3);
}
