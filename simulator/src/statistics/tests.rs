//! Laws of merging, and histograms against lists.

use loadline_compiler::quantity::Ratio;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Span;

fn latencies(micros: &[u64]) -> Latencies {
    let mut latencies = Latencies::default();
    for each in micros {
        latencies.record(Span::from_micros(*each));
    }
    latencies
}

fn moments(values: &[u64]) -> Moments {
    let mut moments = Moments::default();
    for value in values {
        moments.record(*value);
    }
    moments
}

fn merged<T: Merge + Clone>(parts: &[&T]) -> T {
    let (first, rest) = parts.split_first().unwrap();
    let mut all = (*first).clone();
    for part in rest {
        all.merge(part);
    }
    all
}

/// However it is put together, it is what was recorded at once: as a value and as it is written.
fn merges<T: Merge + Clone + PartialEq + std::fmt::Debug + serde::Serialize>(
    parts: [&[u64]; 3],
    of: impl Fn(&[u64]) -> T,
) -> Result<(), TestCaseError> {
    let [a, b, c] = parts.map(&of);
    let at_once = of(&parts.concat());
    let ways = [
        merged(&[&a, &b, &c]),
        merged(&[&c, &a, &b]),
        merged(&[&a, &merged(&[&b, &c])]),
        merged(&[&of(&[]), &c, &merged(&[&b, &a])]),
    ];
    for way in ways {
        prop_assert_eq!(&way, &at_once);
        prop_assert_eq!(
            serde_json::to_string(&way).unwrap(),
            serde_json::to_string(&at_once).unwrap()
        );
    }
    Ok(())
}

fn lengths() -> impl Strategy<Value = Vec<u64>> {
    let length = prop_oneof![0_u64..100, 1_000_u64..10_000_000, 0_u64..4_000_000_000];
    vec(length, 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_and_any_groups(a in lengths(), b in lengths(), c in lengths()) {
        merges([&a, &b, &c], latencies)?;
        merges([&a, &b, &c], moments)?;
        merges([&a, &b, &c], |values| values.iter().map(|value| (value % 5, value % 7)).fold(
            BTreeMap::new(),
            |mut counts, (key, value)| { *counts.entry(key).or_insert(0_u64) += value; counts },
        ))?;
    }

    #[test]
    fn percentiles_are_those_of_the_list(values in lengths(), part in 0_u64..=1_000_000) {
        let (latencies, part) = (latencies(&values), Ratio::millionths(part));
        let mut sorted = values;
        sorted.sort_unstable();
        let (Some(exact), Some(found)) = (percentile(&sorted, part), latencies.percentile(part)) else {
            prop_assert!(sorted.is_empty() && latencies.percentile(part).is_none());
            return Ok(());
        };
        prop_assert!(*exact <= found.micros() && found.micros() - exact <= exact / 1_000, "{} {:?}", exact, found);
    }

    #[test]
    fn what_is_written_is_read(values in lengths()) {
        let latencies = latencies(&values);
        let text = serde_json::to_string(&latencies).unwrap();
        prop_assert_eq!(serde_json::from_str::<Latencies>(&text).unwrap(), latencies);
    }
}

#[test]
fn count_sum_and_longest_are_exact() {
    let latencies = latencies(&[1, 0, 2_000_001, 3_999_999]);
    assert_eq!((latencies.count(), latencies.longest().micros()), (4, 3_999_999));
    assert_eq!(latencies.mean(), Some(1_500_000.25));
    assert_eq!(latencies.percentile(Ratio::ONE), Some(Span::from_micros(3_999_999)));
    assert_eq!(latencies.percentile(Ratio::percent(50)), Some(Span::from_micros(1)));
    let ages = self::latencies(&[u64::MAX, 1]);
    assert_eq!(
        (ages.count(), ages.percentile(Ratio::ONE)),
        (2, Some(Span::from_micros(u64::MAX)))
    );
    assert_eq!((Latencies::default().mean(), Latencies::default().count()), (None, 0));
}

#[test]
fn what_is_written_is_sparse() {
    let text = serde_json::to_string(&latencies(&[5, 5, 1_000_000])).unwrap();
    assert_eq!(
        text,
        r#"{"longest":1000000,"total":"1000010","buckets":[[5,2],[999936,1]]}"#
    );
    for (from, to) in [
        ("[5,2]", "[5,0]"),
        ("\"1000010\"", "\"7\""),
        ("1000000,", "5,"),
        ("[5,2],", "[5,1],[5,1],"),
    ] {
        assert!(text.contains(from));
        assert!(
            serde_json::from_str::<Latencies>(&text.replacen(from, to, 1)).is_err(),
            "{from} {to}"
        );
    }
}

/// Nothing and nothing is nothing, and not a length of nothing.
#[test]
fn where_none_is_there_is_no_percentile() {
    let none = merged(&[&latencies(&[]), &latencies(&[])]);
    assert_eq!(none.percentile(Ratio::percent(95)), None);
    assert_eq!(latencies(&[0]).percentile(Ratio::percent(95)), Some(Span::ZERO));
}
