//! Values that are drawn: how they are said, and that everything else reads their mean or range as before.

use loadline_compiler::model::{P95_TO_MEAN_MAX, Shape, Unsaid};
use loadline_compiler::quantity::Duration;
use loadline_compiler::values::{Bounds, From};

use crate::harness::{Checked, check, check_with};

const TIMES: &str = "# measured on a Monday\n4ms\n\n  6ms\n14ms\n";

fn service(load: &str) -> Checked {
    let spec = format!("service api {{ image \"a:1\"; load {{ {load} }} }}");
    check_with(&spec, &[("times.txt", TIMES)], None)
}

fn ms(millis: u64) -> Duration {
    Duration::millis(millis)
}

#[track_caller]
fn cpu(load: &str) -> Shape<'static> {
    let checked = service(load);
    assert_eq!(checked.of_family(0), "");
    let model = Box::leak(Box::new(checked.model));
    model.workloads[0]
        .load
        .cpu
        .as_ref()
        .unwrap()
        .shape(Unsaid::Exponential, &model.samples)
}

#[track_caller]
fn boot(load: &str) -> Shape<'static> {
    let checked = service(load);
    assert_eq!(checked.of_family(0), "");
    let model = Box::leak(Box::new(checked.model));
    model.workloads[0].load.boot.as_ref().unwrap().shape(&model.samples)
}

#[test]
fn a_service_time_is_exponential_unless_it_is_said() {
    assert_eq!(cpu("cpu 6ms"), Shape::Exponential(ms(6)));
    assert_eq!(cpu("cpu 6ms { exponential }"), Shape::Exponential(ms(6)));
    assert_eq!(cpu("cpu 6ms { fixed }"), Shape::Fixed(ms(6)));
    assert_eq!(cpu("cpu 6ms { fixed false }"), Shape::Exponential(ms(6)));
    let lognormal = Shape::Lognormal {
        mean: ms(6),
        p95: ms(20),
        within: None,
    };
    assert_eq!(cpu("cpu 6ms { p95 20ms }"), lognormal);
    assert_eq!(
        cpu("cpu { samples \"times.txt\" }"),
        Shape::Empirical(&[ms(4), ms(6), ms(14)])
    );
}

#[test]
fn a_boot_is_exact_or_within_its_range() {
    let range = Bounds {
        low: Duration::seconds(8),
        high: Duration::seconds(40),
    };
    assert_eq!(boot("boot 8s"), Shape::Fixed(Duration::seconds(8)));
    assert_eq!(boot("boot 8s..40s"), Shape::Uniform(range));
    let lognormal = Shape::Lognormal {
        mean: Duration::seconds(12),
        p95: Duration::seconds(20),
        within: Some(range),
    };
    assert_eq!(boot("boot 8s..40s { mean 12s; p95 20s }"), lognormal);
    assert_eq!(
        boot("boot { samples \"times.txt\" }"),
        Shape::Empirical(&[ms(4), ms(6), ms(14)])
    );
}

#[test]
fn latency_is_always_the_same_unless_it_is_said() {
    let checked = check("external bank { latency 180ms; service_time 2ms { fixed } }");
    let bank = &checked.model.stores[0];
    let samples = &checked.model.samples;
    assert_eq!(
        bank.latency.as_ref().unwrap().shape(Unsaid::Fixed, samples),
        Shape::Fixed(ms(180))
    );
    assert_eq!(
        bank.service_time.as_ref().unwrap().shape(Unsaid::Exponential, samples),
        Shape::Fixed(ms(2))
    );
}

/// Rules and budgets go on with one number, or with the two ends.
#[test]
fn samples_come_to_their_mean_or_their_ends() {
    let load = service("cpu { samples \"times.txt\" }; boot { samples \"times.txt\" }")
        .model
        .workloads[0]
        .load
        .clone();
    let (cpu, boot) = (load.cpu.unwrap(), load.boot.unwrap());
    assert_eq!((cpu.value, cpu.from), (ms(8), From::Derived("the mean of its samples")));
    assert_eq!(
        boot.value,
        Bounds {
            low: ms(4),
            high: ms(14)
        }
    );
    let hold = "database db { engine postgres 16 }\nservice api { image \"a:1\"; uses db { pool 2; hold { samples \"times.txt\" } } }";
    let hold = check_with(hold, &[("times.txt", TIMES)], None).model.workloads[0].uses[0]
        .hold
        .clone()
        .unwrap();
    assert_eq!(hold.value, ms(8));
}

/// e^(z² / 2) with the 95th percentile of the normal distribution, 1.644854.
#[test]
fn the_limit_of_a_lognormal_is_what_mathematics_says() {
    let limit = (1.644_854_f64.powi(2) / 2.0).exp() * 1000.0;
    assert!((limit - P95_TO_MEAN_MAX as f64).abs() < 1.0, "{limit}");
    assert_eq!(service("cpu 10ms { p95 38680us }").of_family(0), "");
    assert!(
        service("cpu 10ms { p95 38681us }")
            .of_family(0)
            .contains("no lognormal distribution")
    );
}

#[test]
fn what_is_no_distribution_is_refused_at_its_place() {
    let refused = [
        ("cpu 6ms { p95 6ms }", "a p95 of 6ms is not above the mean of 6ms"),
        ("cpu 6ms { fixed; p95 9ms }", "`fixed` and `p95` are two distributions"),
        (
            "cpu 6ms { samples \"times.txt\" }",
            "`cpu` is given twice: on its line, and by samples",
        ),
        ("cpu { fixed }", "`cpu` needs a duration"),
        ("cpu 6ms { mean 7ms }", "`cpu` has no setting `mean`"),
        ("cpu 6ms { p99 7ms }", "unknown setting `p99` in `cpu`"),
        ("boot 8s { exponential }", "`boot` has no setting `exponential`"),
        (
            "boot 8s { p95 9s }",
            "a lognormal distribution within a range has a `mean` and a `p95`",
        ),
        ("boot 8s..9s { fixed }", "a range is not one value"),
        (
            "boot 8s..20s { mean 12s; p95 21s }",
            "the p95 of 21s is outside of the range 8s..20s",
        ),
        (
            "boot 8s..20s { mean 7s; p95 19s }",
            "the mean of 7s is outside of the range 8s..20s",
        ),
        ("cpu { samples \"none.txt\" }", "there is no file `none.txt`"),
    ];
    for (load, message) in refused {
        let found = service(load).of_family(0);
        assert!(found.contains(message), "{load}: {found}");
        assert_eq!(found.matches("error").count(), 1, "{load}: {found}");
    }
}

#[test]
fn a_line_that_is_no_time_is_an_error_on_that_line() {
    let spec = "service api { image \"a:1\"; load { cpu { samples \"times.txt\" } } }";
    let checked = check_with(spec, &[("times.txt", "4ms\n# 5\n12\nsoon\n")], None);
    let found = checked.of_family(0);
    assert!(found.contains("a duration needs a unit, and `12` has none"), "{found}");
    assert!(found.contains("found `soon`"), "{found}");
    let empty = check_with(spec, &[("times.txt", "# nothing yet\n")], None).of_family(0);
    assert!(empty.contains("`times.txt` has no values"), "{empty}");
    let many = check_with(spec, &[("times.txt", &"x\n".repeat(1000))], None).diagnostics;
    assert_eq!(many.len(), 5);
    let of_size = |bytes: usize| format!("1ms\n#{}", "-".repeat(bytes - 5));
    let large = check_with(spec, &[("times.txt", &of_size(4 << 20))], None).of_family(0);
    assert_eq!(large, "");
    let larger = check_with(spec, &[("times.txt", &of_size((4 << 20) + 1))], None).of_family(0);
    assert!(larger.contains("`times.txt` is larger than 4 MiB"), "{larger}");
}

/// The stronger layer says where values come from.
#[test]
fn an_overlay_changes_the_distribution_or_takes_another() {
    let shape = |base: &str, over: &str| {
        let spec = format!(
            "service api {{ image \"a:1\"; load {{ cpu {base} }} }}\nenvironment test {{ service api {{ load {{ cpu {over} }} }} }}"
        );
        let checked = check_with(&spec, &[("times.txt", TIMES)], Some("test"));
        assert_eq!(checked.of_family(0), "", "{base} {over}");
        let cpu = checked.model.workloads[0].load.cpu.clone().unwrap();
        format!("{:?}", cpu.shape(Unsaid::Exponential, &checked.model.samples))
    };
    let is = |shown: String, shape: Shape<'_>| assert_eq!(shown, format!("{shape:?}"));
    is(shape("6ms { p95 20ms }", "8ms"), Shape::Exponential(ms(8)));
    let lognormal = |p95| Shape::Lognormal {
        mean: ms(6),
        p95: ms(p95),
        within: None,
    };
    is(shape("6ms { p95 20ms }", "{ p95 10ms }"), lognormal(10));
    is(shape("6ms { p95 20ms }", "6ms"), lognormal(20));
    is(shape("{ samples \"times.txt\" }", "6ms"), Shape::Exponential(ms(6)));
    is(
        shape("6ms { p95 20ms }", "{ samples \"times.txt\" }"),
        Shape::Empirical(&[ms(4), ms(6), ms(14)]),
    );
}
