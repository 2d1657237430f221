//! Somebody looks on.

use std::cell::RefCell;

use super::super::{Luck, run, watched};
use super::small::{edge, exponential, plan, service, system};
use crate::{Seed, Tick};

const LUCK: Luck = Luck { seed: Seed(3), run: 0 };

/// Once a second, whether it is told or not; and what comes of it is the same.
#[test]
fn who_looks_on_learns_how_far_it_is_and_changes_nothing() {
    let system = system(vec![service(exponential(10_000), 1)], vec![edge(None, 0)]);
    for told in [false, true] {
        let mut plan = plan(20, 30);
        plan.told = told;
        let seen = RefCell::new(Vec::new());
        let outcome = watched(&system, &plan, LUCK, &|at| seen.borrow_mut().push(at));
        let seconds: Vec<Tick> = (0..=30).map(|second| Tick::at(second * 1_000_000)).collect();
        assert_eq!(seen.into_inner(), seconds);
        let alone = run(&system, &plan, LUCK);
        assert_eq!((outcome.figures, outcome.story), (alone.figures, alone.story));
    }
}
