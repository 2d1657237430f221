//! What lengths of time are drawn from.

use loadline_compiler::model::{Drawn, Samples, Shape, Unsaid};
use loadline_compiler::quantity::Duration;
use loadline_compiler::values::Bounds;

use crate::Span;
use crate::chance::{Law, Lognormal, Samples as Measured};

/// What a time is drawn from; no time where none is given.
pub(super) fn law(drawn: Option<&Drawn<Duration>>, unsaid: Unsaid, samples: &Samples) -> Law {
    drawn.map_or(Law::Zero, |drawn| of_shape(drawn.shape(unsaid, samples)))
}

/// What the time to boot is drawn from.
pub(super) fn boot(drawn: &Drawn<Bounds<Duration>>, samples: &Samples) -> Law {
    of_shape(drawn.shape(samples))
}

/// Every length of a range alike.
pub(super) fn between(range: Bounds<Duration>) -> Law {
    if range.low == range.high {
        Law::Fixed(range.low.into())
    } else {
        Law::Uniform {
            low: range.low.into(),
            high: range.high.into(),
        }
    }
}

fn of_shape(shape: Shape<'_>) -> Law {
    match shape {
        Shape::Fixed(time) if time.is_zero() => Law::Zero,
        Shape::Fixed(time) => Law::Fixed(time.into()),
        Shape::Exponential(mean) if mean.is_zero() => Law::Zero,
        Shape::Exponential(mean) => Law::Exponential { mean: mean.into() },
        Shape::Uniform(range) => between(range),
        Shape::Lognormal { mean, p95, within } => {
            let law = Lognormal::by_mean_and_p95(mean.into(), p95.into());
            // What no such law has is refused when the spec is read.
            match (law, within) {
                (Err(_), _) => Law::Fixed(mean.into()),
                (Ok(law), None) => Law::Lognormal(law),
                (Ok(law), Some(range)) => Law::LognormalWithin {
                    law,
                    low: range.low.into(),
                    high: range.high.into(),
                },
            }
        }
        Shape::Empirical(samples) => {
            let samples = samples.iter().map(|sample| Span::from(*sample)).collect();
            Measured::new(samples).map_or(Law::Zero, Law::Empirical)
        }
    }
}
