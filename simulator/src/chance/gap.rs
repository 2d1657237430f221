//! The exponential gap: the one logarithm of the hot loop.
#![expect(
    clippy::float_arithmetic,
    reason = "a logarithm; its sums and products are exact to the last bit on every platform"
)]

/// An exponential gap of mean 1, as the inverse of its distribution function: -ln(1 - u) for the u of these bits.
///
/// Right to 10^-15, which is less than a microsecond in 30 years. It need not be right to the last digit where it is nearly
/// nothing, so it takes a table and a short series, in half the time of a general logarithm.
#[inline]
pub(super) fn gap(bits: u64) -> f64 {
    // 1 - u is this odd number through 2^53.
    let odd = ((1_u64 << 53) - 1) - (bits >> 12 << 1);
    let float = (odd as f64).to_bits();
    let exponent = (float >> 52) as f64;
    // In [1, 2), and which of the parts it lies in.
    let mantissa = f64::from_bits(float & ((1 << 52) - 1) | 1.0_f64.to_bits());
    let part = (float >> 45) & 0x7F;
    // There always is one: seven bits, PARTS parts.
    let (inverse, logarithm) = TABLE
        .get(usize::try_from(part).unwrap_or_default())
        .copied()
        .unwrap_or_default();
    let r = mantissa * inverse - 1.0;
    let square = r * r;
    let series = r - square * ((0.5 - r * (1.0 / 3.0)) + square * ((0.25 - r * 0.2) + square * (1.0 / 6.0)));
    (BIAS - exponent) * std::f64::consts::LN_2 - (logarithm + series)
}

/// Parts of [1, 2), as many as seven bits tell apart.
const PARTS: usize = 128;

/// The exponent of a float of 1, and 53 for the division by 2^53.
const BIAS: f64 = 1_023.0 + 53.0;

/// For each part the inverse of its middle, and the logarithm of the middle.
static TABLE: [(f64, f64); PARTS] = table();

#[expect(
    clippy::indexing_slicing,
    reason = "while compiling, where a wrong index is an error"
)]
const fn table() -> [(f64, f64); PARTS] {
    let mut table = [(0.0, 0.0); PARTS];
    let mut part = 0;
    while part < PARTS {
        let inverse = 1.0 / (1.0 + (part as f64 + 0.5) / PARTS as f64);
        table[part] = (inverse, -logarithm(inverse));
        part += 1;
    }
    table
}

/// ln x = 2 artanh((x - 1) / (x + 1)), for x from 1/2 to 2; 20 terms of its series are enough there.
const fn logarithm(x: f64) -> f64 {
    let t = (x - 1.0) / (x + 1.0);
    let (mut power, mut sum, mut odd) = (t, 0.0, 1.0);
    while odd < 40.0 {
        sum += power / odd;
        power *= t * t;
        odd += 2.0;
    }
    2.0 * sum
}

#[cfg(test)]
mod tests {
    use super::super::uniform;
    use super::*;
    use crate::Seed;

    #[test]
    fn is_the_logarithm() {
        let mut stream = Seed(1).stream(0, 0, "test");
        let ends = [0, u64::MAX, 1 << 63, (1 << 63) - 1, 1 << 12];
        for bits in ends.into_iter().chain((0..100_000).map(|_| stream.draw())) {
            let exact = -libm::log1p(-uniform::unit(bits));
            assert!(
                (gap(bits) - exact).abs() < 1e-15 * exact.max(1.0) * 4.0,
                "{bits}: {} {exact}",
                gap(bits)
            );
        }
    }
}
