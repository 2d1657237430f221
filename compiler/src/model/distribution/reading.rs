//! A value with its distribution, read from all layers.

use loadline_grammar::Span;

use super::{Distribution, Drawn, P95_TO_MEAN_MAX};
use crate::diagnostic::Diagnostic;
use crate::lower::{
    Bounds, Cx, Field, FieldForm, Found, From, Head, HeadField, Lower, Merged, Removed, Scalar, Val, Walk,
    refuse_duplicates,
};
use crate::quantity::Duration;
use crate::rules::syntax;
use crate::schema::{Form, Repeat, Slot};

/// What measured values come to where one value is wanted.
pub(crate) trait OfSamples: Scalar + Copy {
    /// `samples` are not empty, or still to be read.
    fn of_samples(samples: &[Duration]) -> Self;

    /// Why it can be called derived.
    const RULE: &'static str;

    /// What the distribution needs of the given value: whether it is refused.
    fn check(given: &Val<Self>, said: &Distribution, cx: &mut Cx<'_>);
}

impl OfSamples for Duration {
    const RULE: &'static str = "the mean of its samples";

    fn of_samples(samples: &[Duration]) -> Self {
        let sum: u128 = samples.iter().map(|sample| u128::from(sample.in_micros())).sum();
        let count = u128::try_from(samples.len()).unwrap_or(u128::MAX).max(1);
        Self::micros(u64::try_from(sum.div_ceil(count)).unwrap_or(u64::MAX))
    }

    fn check(given: &Val<Self>, said: &Distribution, cx: &mut Cx<'_>) {
        if let Some(p95) = &said.p95 {
            lognormal(given, p95, cx);
        }
    }
}

impl OfSamples for Bounds<Duration> {
    const RULE: &'static str = "the shortest and the longest of its samples";

    fn of_samples(samples: &[Duration]) -> Self {
        Self {
            low: samples.iter().copied().min().unwrap_or_default(),
            high: samples.iter().copied().max().unwrap_or_default(),
        }
    }

    fn check(given: &Val<Self>, said: &Distribution, cx: &mut Cx<'_>) {
        let rule = &syntax::value_out_of_range::RULE;
        if let Some(fixed) = said
            .fixed
            .as_ref()
            .filter(|fixed| fixed.value && given.low != given.high)
        {
            let found = Diagnostic::new(rule, "a range is not one value", fixed.span, "all of them the same");
            cx.report(
                found
                    .label(given.span, "from here to there")
                    .help("remove `fixed`, or give one value"),
            );
        }
        match (&said.mean, &said.p95) {
            (Some(mean), Some(p95)) => {
                lognormal(mean, p95, cx);
                for (name, value) in [("mean", mean), ("p95", p95)] {
                    if value.value < given.low || given.high < value.value {
                        let message = format!("the {name} of {} is outside of the range {}", value.value, given.show());
                        let found = Diagnostic::new(rule, message, value.span, "outside");
                        cx.report(found.label(given.span, "no value lies outside of this"));
                    }
                }
            }
            (None, Some(alone)) | (Some(alone), None) => {
                let message = "a lognormal distribution within a range has a `mean` and a `p95`";
                let found = Diagnostic::new(&syntax::missing_setting::RULE, message, alone.span, "only one of them");
                cx.report(found.help("write for example `boot 8s..40s { mean 12s; p95 20s }`"));
            }
            (None, None) => {}
        }
    }
}

/// A lognormal distribution has this mean and this p95.
fn lognormal(mean: &Val<Duration>, p95: &Val<Duration>, cx: &mut Cx<'_>) {
    let rule = &syntax::value_out_of_range::RULE;
    let most = Duration::micros(mean.in_micros().saturating_mul(P95_TO_MEAN_MAX) / 1000);
    let (message, label, help) = if p95.value <= mean.value {
        let message = format!("a p95 of {} is not above the mean of {}", p95.value, mean.value);
        (
            message,
            "95 of 100 are shorter",
            "write `fixed` if all are the same, or name a file of `samples`",
        )
    } else if most < p95.value {
        let message = format!(
            "no lognormal distribution has a mean of {} and a p95 of {}",
            mean.value, p95.value
        );
        (
            message,
            "more than 3.868 times the mean",
            "name a file of measured values instead: `samples \"FILE\"`",
        )
    } else {
        return;
    };
    let found = Diagnostic::new(rule, message, p95.span, label);
    cx.report(found.label(mean.span, "the mean").help(help));
}

/// Two distributions at once.
fn only_one(said: &Distribution, cx: &mut Cx<'_>) {
    let flag = |name, flag: &Option<Val<bool>>| flag.as_ref().filter(|flag| flag.value).map(|flag| (name, flag.span));
    let all = [
        flag("fixed", &said.fixed),
        flag("exponential", &said.exponential),
        said.p95.as_ref().map(|p95| ("p95", p95.span)),
        said.samples.as_ref().map(|samples| ("samples", samples.span)),
    ];
    let mut all: Vec<(&str, Span)> = all.into_iter().flatten().collect();
    all.sort_by_key(|(_, span)| span.start);
    if let [(one, first), (other, second), ..] = all.as_slice() {
        let message = format!("`{one}` and `{other}` are two distributions");
        let found = Diagnostic::new(&syntax::duplicate_setting::RULE, message, *second, "the second");
        cx.report(found.label(*first, "the first").help("remove one of them"));
    }
}

impl<T: OfSamples> Lower for Drawn<T> {
    const FORM: Form = Form {
        name: "",
        doc: <Distribution as Lower>::FORM.doc,
        head: &[Slot {
            keyword: None,
            name: "value",
            kind: T::KIND,
            optional: true,
            doc: &[],
        }],
        settings: <Distribution as Lower>::FORM.settings,
        free_keys: false,
    };

    fn lower_merged(merged: &Merged<'_>, owner: Span, cx: &mut Cx<'_>) -> Option<Self> {
        let entry = merged.first?;
        let form = &<Self as Lower>::FORM;
        let mut head = Head::new(form, merged);
        let given = <Option<Val<T>> as HeadField>::take(&mut head, None, cx)?;
        head.finish(cx);
        let distribution = if merged.blocks.is_empty() {
            None
        } else {
            let inner = Merged {
                first: merged.first,
                valued: None,
                blocks: merged.blocks.clone(),
            };
            Some(Distribution::lower_merged(&inner, owner, cx)?)
        };
        if let Some(said) = &distribution {
            only_one(said, cx);
        }
        let samples = distribution.as_ref().and_then(|said| said.samples.as_ref());
        let given = match (given, samples) {
            (Some(given), Some(samples)) => {
                let message = format!("`{}` is given twice: on its line, and by samples", entry.key.text);
                let found = Diagnostic::new(&syntax::duplicate_setting::RULE, message, given.span, "given here");
                let help = format!("write `{} {{ samples … }}`: its value is computed", entry.key.text);
                cx.report(found.label(samples.span, "and here").help(help));
                return None;
            }
            (Some(given), None) => given,
            // Filled in when the file is read.
            (None, Some(samples)) => Val {
                value: T::of_samples(&[]),
                span: samples.span,
                from: From::Derived(T::RULE),
            },
            (None, None) => {
                head.missing(T::KIND, cx);
                return None;
            }
        };
        if let Some(said) = &distribution {
            T::check(&given, said, cx);
        }
        Some(Self { given, distribution })
    }

    fn span(&self) -> Span {
        self.given.span
    }

    fn shown_identity(&self) -> Option<String> {
        None
    }

    fn walk(&self, to: &mut dyn Walk) {
        if let Some(said) = &self.distribution {
            Lower::walk(said, to);
        }
    }
}

impl<T: OfSamples> FieldForm for Option<Drawn<T>> {
    const FORM: Form = <Drawn<T> as Lower>::FORM;
    const REPEAT: Repeat = Repeat::No;

    fn walk(&self, name: &str, to: &mut dyn Walk) {
        let Some(drawn) = self else { return };
        FieldForm::walk(&drawn.given, name, to);
        if drawn.distribution.is_some() && to.enter(name, None, drawn.given.span) {
            Lower::walk(drawn, to);
            to.leave();
        }
    }
}

impl<T: OfSamples> Field for Option<Drawn<T>> {
    fn field(items: &[Found<'_>], _removed: &Removed<'_>, owner: Span, cx: &mut Cx<'_>) -> Self {
        refuse_duplicates(items, cx);
        if items.is_empty() {
            return None;
        }
        Drawn::lower(&one_source(items), owner, cx)
    }
}

/// A value and samples of different layers do not meet: the stronger says where values come from.
fn one_source<'a>(items: &[Found<'a>]) -> Vec<Found<'a>> {
    let has_samples = |item: &Found<'_>| {
        let inner = item.entry.block.iter().flat_map(|block| &block.entries);
        inner.into_iter().any(|inner| inner.key.text == "samples")
    };
    let says = |item: &&Found<'_>| !item.entry.values.is_empty() || has_samples(item);
    match items.iter().find(says) {
        Some(first) if first.entry.values.is_empty() => items
            .iter()
            .take_while(|item| item.layer <= first.layer)
            .copied()
            .collect(),
        Some(first) => {
            let other = |item: &&Found<'_>| item.layer <= first.layer || !has_samples(item);
            items.iter().filter(other).copied().collect()
        }
        None => items.to_vec(),
    }
}
