//! Laws against their distribution functions, from fixed seeds.

use super::gap::gap;
use super::*;
use crate::Seed;

const DRAWS: u32 = 100_000;

const fn ms(ms: u64) -> Span {
    Span::from_micros(ms * 1_000)
}

fn drawn(law: &Law) -> Vec<f64> {
    let mut stream = Seed(1).stream(0, 0, "test");
    let mut draws: Vec<f64> = (0..DRAWS).map(|_| real(law.draw(&mut stream)) / 1e5).collect();
    draws.sort_by(f64::total_cmp);
    draws
}

/// The largest distance between what was drawn and a distribution function (Kolmogorov and Smirnov), in units of what one
/// in a hundred correct samples exceeds (1.63 / √n).
fn distance(draws: &[f64], distribution: impl Fn(f64) -> f64) -> f64 {
    let count = f64::from(DRAWS);
    let distance = draws.iter().zip(0..DRAWS).map(|(draw, rank)| {
        let (expected, rank) = (distribution(*draw), f64::from(rank));
        (expected - rank / count)
            .abs()
            .max(((rank + 1.0) / count - expected).abs())
    });
    distance.fold(0.0, f64::max) * count.sqrt() / 1.63
}

/// The law of mean 100 ms against a distribution function of mean 1, which must agree, and against the same with a mean 3 %
/// greater, which must not.
fn agrees(law: &Law, distribution: impl Fn(f64) -> f64) {
    assert_eq!(law.mean(), ms(100));
    let draws = drawn(law);
    let right = distance(&draws, &distribution);
    assert!(right < 1.0, "{law:?}: {right}");
    let wrong = distance(&draws, |length| distribution(length / 1.03));
    assert!(1.2 < wrong, "{law:?}: a wrong mean is not noticed: {wrong}");
}

#[test]
fn each_law_is_what_it_says() {
    agrees(&Law::Exponential { mean: ms(100) }, |x| 1.0 - libm::exp(-x));
    let flat = Law::Uniform {
        low: ms(50),
        high: ms(150),
    };
    agrees(&flat, |x| (x - 0.5).clamp(0.0, 1.0));
    let lognormal = Lognormal::by_mean_and_p95(ms(100), ms(250)).unwrap();
    // σ = z - √(z² - 2 ln 2.5), and μ = -σ²/2.
    let sigma = 1.644_853_626_951_472_7 - 0.934_449_577_083_577_f64;
    agrees(&Law::Lognormal(lognormal), |x| {
        0.5 * libm::erfc(-(libm::log(x) / sigma + sigma / 2.0) / std::f64::consts::SQRT_2)
    });
    let samples = Samples::new((0..=1_000).map(|at| Span::from_micros(50_000 + at * 100)).collect());
    let empirical = Law::Empirical(samples.unwrap());
    agrees(&empirical, |x| (x - 0.5).clamp(0.0, 1.0));
}

#[test]
fn fixed_lengths_are_fixed() {
    let mut stream = Seed(1).stream(0, 0, "test");
    for (law, span) in [(Law::Zero, Span::ZERO), (Law::Fixed(ms(7)), ms(7))] {
        assert_eq!((law.draw(&mut stream), law.mean()), (span, span));
    }
    assert_eq!(Samples::new(Vec::new()), None);
}

#[test]
fn each_law_takes_one_number_and_grows_with_it() {
    let laws = [
        Law::Zero,
        Law::Fixed(ms(1)),
        Law::Uniform {
            low: ms(1),
            high: ms(2),
        },
        Law::Exponential { mean: ms(100) },
        Law::Lognormal(Lognormal::by_mean_and_p95(ms(100), ms(250)).unwrap()),
        Law::Empirical(Samples::new(vec![ms(2), ms(1), ms(9)]).unwrap()),
    ];
    for law in &laws {
        let mut stream = Seed(1).stream(0, 0, "test");
        let mut reference = stream;
        let mut pairs: Vec<(u64, Span)> = (0..1_000).map(|_| (reference.draw(), law.draw(&mut stream))).collect();
        assert_eq!(stream, reference);
        pairs.sort_unstable();
        assert!(pairs.is_sorted_by_key(|(_, span)| *span), "{law:?}");
    }
}

#[test]
fn draws_are_the_same_everywhere() {
    let mut stream = Seed(1).stream(0, 0, "test");
    let exponential = Law::Exponential { mean: ms(100) };
    let lognormal = Law::Lognormal(Lognormal::by_mean_and_p95(ms(100), ms(250)).unwrap());
    let mut hash = 0_u64;
    for _ in 0..100_000 {
        for law in [&exponential, &lognormal] {
            hash = hash.rotate_left(5) ^ law.draw(&mut stream).micros();
        }
    }
    // Found by another implementation, too: Python's integers, math.log and statistics.NormalDist.
    assert_eq!(hash, 8_776_638_500_741_036_285);
}

#[test]
fn the_longest_draw_is_finite() {
    let all = u64::MAX;
    assert_eq!(span(gap(all) * 1e6), Span::from_micros(36_736_801));
    assert_eq!(span(gap(0) * 1e6), Span::ZERO);
    assert_eq!(span(f64::INFINITY), Span::from_micros(u64::MAX));
    assert_eq!(span(f64::NAN), Span::ZERO);
}

#[test]
fn whole_numbers_are_equally_likely() {
    let mut stream = Seed(2).stream(0, 0, "test");
    let mut counts = [0_u32; 7];
    for _ in 0..70_000 {
        counts[index(7, &mut stream)] += 1;
    }
    // χ² of 6 degrees of freedom; one in a thousand exceeds 22.5.
    let chi: f64 = counts.iter().map(|count| (f64::from(*count) - 1e4).powi(2) / 1e4).sum();
    assert!(chi < 22.5, "{counts:?}");
    let law = Law::Uniform {
        low: ms(1),
        high: ms(1),
    };
    assert_eq!(law.draw(&mut stream), ms(1));
    assert!((0..1_000).all(|_| uniform(Span::from_micros(1), &mut stream).micros() <= 1));
    assert_eq!(index(0, &mut stream), 0);
}

#[test]
fn part_of_the_cases() {
    let mut stream = Seed(3).stream(0, 0, "test");
    let mut happened = |part| (0..100_000).filter(|_| chance(part, &mut stream)).count();
    assert_eq!((happened(Ratio::percent(0)), happened(Ratio::ONE)), (0, 100_000));
    // Five standard deviations of 69.
    assert!(happened(Ratio::percent(5)).abs_diff(5_000) < 345);
}

#[test]
fn stretching_stretches_every_draw() {
    let law = Law::Exponential { mean: ms(100) };
    let longer = law.stretched(Ratio::percent(150));
    let (mut one, mut other) = (Seed(1).stream(0, 0, "test"), Seed(1).stream(0, 0, "test"));
    for _ in 0..100 {
        let (short, long) = (law.draw(&mut one).micros(), longer.draw(&mut other).micros());
        assert!((short * 3 / 2).abs_diff(long) <= 2);
    }
}
