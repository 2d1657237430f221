//! Arrivals against the integral of their rate, from fixed seeds.

use loadline_compiler::quantity::Rate;

use super::*;
use crate::{Seed, Span};

const fn at(seconds: u64) -> Tick {
    Tick::at(seconds * 1_000_000)
}

const fn seconds(seconds: u64) -> Span {
    Span::from_micros(seconds * 1_000_000)
}

fn arrivals(rates: &Rates, until: Tick) -> Vec<Tick> {
    let mut arrivals = Arrivals::new(rates.clone(), Seed(1).stream(0, 0, "arrivals"));
    std::iter::from_fn(|| arrivals.next())
        .take_while(|at| *at < until)
        .collect()
}

/// Where the arrivals lie, measured by the integral of the rate, is uniform: Kolmogorov and Smirnov, in units of what one in
/// a hundred correct samples exceeds.
fn distance(arrivals: &[Tick], rates: &Rates, until: Tick) -> f64 {
    let all = rates.expected(Tick::START, until);
    let count = arrivals.len() as f64;
    let distances = arrivals.iter().enumerate().map(|(rank, at)| {
        let expected = rates.expected(Tick::START, *at) / all;
        (expected - rank as f64 / count)
            .abs()
            .max(((rank + 1) as f64 / count - expected).abs())
    });
    distances.fold(0.0, f64::max) * count.sqrt() / 1.63
}

fn curve() -> Rates {
    Rates::steady(Rate::per_second(100))
        .step(at(10), Rate::per_second(300))
        .ramp(at(20), Rate::per_second(50), seconds(60))
        .spike(at(90), Rate::per_second(1_000), seconds(5))
        .series(
            at(100),
            &[
                (seconds(0), Rate::per_second(0)),
                (seconds(30), Rate::per_second(400)),
                (seconds(30), Rate::per_second(20)),
                (seconds(100), Rate::per_second(20)),
            ],
        )
}

#[test]
fn come_where_the_rate_is() {
    let until = at(200);
    let rates = curve();
    // Steps 1,000 and 3,000, ramp 10,500, level 500 and 250, spike 5,000, series 6,000 and 1,400.
    let expected = rates.expected(Tick::START, until);
    assert!((expected - 27_650.0).abs() < 0.01, "{expected}");
    let came = arrivals(&rates, until);
    assert!((came.len() as f64 - expected).abs() < 4.0 * expected.sqrt());
    assert!(came.is_sorted());
    let right = distance(&came, &rates, until);
    assert!(right < 1.0, "{right}");
    let without_ramp = rates
        .step(at(20), Rate::per_second(175))
        .step(at(80), Rate::per_second(50));
    assert!(1.5 < distance(&came, &without_ramp, until));
}

#[test]
fn gaps_are_exponential() {
    let rates = Rates::steady(Rate::per_second(1_000));
    let came = arrivals(&rates, at(100));
    let mut gaps: Vec<f64> = came
        .windows(2)
        .map(|pair| pair[1].since(pair[0]).micros() as f64 / 1e3)
        .collect();
    gaps.sort_by(f64::total_cmp);
    let count = gaps.len() as f64;
    let distances = gaps
        .iter()
        .enumerate()
        .map(|(rank, gap)| (1.0 - libm::exp(-gap) - rank as f64 / count).abs());
    assert!(distances.fold(0.0, f64::max) * count.sqrt() < 1.63);
}

#[test]
fn a_rate_of_millions_is_kept() {
    // The gaps are a fifth of a microsecond: rounded one by one they would be nothing.
    let came = arrivals(&Rates::steady(Rate::per_second(5_000_000)), Tick::at(200_000));
    assert!(came.len().abs_diff(1_000_000) < 4_000, "{}", came.len());
}

#[test]
fn twice_the_rate_is_the_same_luck_twice_as_fast() {
    let one = arrivals(&Rates::steady(Rate::per_second(100)), at(100));
    let two = arrivals(&Rates::steady(Rate::per_second(200)), at(50));
    assert!(one.len().abs_diff(two.len()) <= 1);
    assert!(
        one.iter()
            .zip(&two)
            .all(|(one, two)| (one.micros() / 2).abs_diff(two.micros()) <= 1)
    );
}

#[test]
fn a_change_later_moves_nothing_before() {
    let plain = Rates::steady(Rate::per_second(100));
    let changed = plain.clone().step(at(50), Rate::per_second(500));
    let (plain, changed) = (arrivals(&plain, at(50)), arrivals(&changed, at(50)));
    assert_eq!(plain, changed);
}

#[test]
fn a_burst_comes_at_once_and_shifts_nothing() {
    let plain = Rates::steady(Rate::per_second(100));
    let burst = plain.clone().burst(at(5), 1_000).burst(at(2), 3).burst(at(2), 0);
    let (plain, burst) = (arrivals(&plain, at(10)), arrivals(&burst, at(10)));
    assert_eq!(burst.iter().filter(|tick| **tick == at(5)).count(), 1_000);
    assert!(burst.is_sorted());
    let rest: Vec<Tick> = burst
        .into_iter()
        .filter(|tick| *tick != at(5) && *tick != at(2))
        .collect();
    assert_eq!(rest, plain);
}

#[test]
fn nothing_comes_where_there_is_no_rate() {
    let none = Rates::steady(Rate::per_second(0));
    assert_eq!(arrivals(&none, at(1_000_000)), []);
    assert_eq!(arrivals(&none.clone().burst(at(1), 2), at(3)), [at(1), at(1)]);
    let later = arrivals(&none.step(at(100), Rate::per_second(10)), at(110));
    assert!(later.iter().all(|tick| at(100) <= *tick) && later.len().abs_diff(100) < 40);
    // Down to nothing, and then for ever nothing.
    let ending = Rates::steady(Rate::per_second(10)).ramp(at(10), Rate::per_second(0), seconds(10));
    let came = arrivals(&ending, at(1_000_000));
    assert!(came.last().unwrap() < &at(20) && came.len().abs_diff(150) < 50);
}

#[test]
fn after_a_spike_it_is_what_it_would_have_been() {
    let ramp = Rates::steady(Rate::per_second(0)).ramp(at(0), Rate::per_second(100), seconds(100));
    let spiked = ramp.clone().spike(at(40), Rate::per_second(0), seconds(20));
    let gone = ramp.expected(at(40), at(60));
    assert!((gone - 1_000.0).abs() < 1e-6);
    for until in [at(80), at(150)] {
        let missing = ramp.expected(Tick::START, until) - spiked.expected(Tick::START, until);
        assert!((missing - gone).abs() < 1e-6, "{missing}");
    }
}
