//! Files of measured values: samples of distributions, and recorded rates of traffic.

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::lower::{Cx, ProjectPath, Val};
use crate::model::{Drawn, Model, OfSamples, TrafficEvent, Uses};
use crate::project::{Loader, ReadError};
use crate::quantity::{Duration, Mistake, Rate};
use crate::rules::syntax;

/// Largest file of measured values: half a million lines.
const BYTES_MAX: usize = 4 << 20;

/// Lines of a file that are reported when they do not read; of others there is no end.
const REPORTED_MAX: usize = 5;

pub(crate) fn read(model: &mut Model, loader: &mut dyn Loader, cx: &mut Cx<'_>) {
    let mut samples = std::mem::take(&mut model.samples);
    let mut series = std::mem::take(&mut model.series);
    for workload in &mut model.workloads {
        cx.subject = Some(workload.id);
        let mut fill = Fill {
            samples: &mut samples.0,
            loader,
            cx,
        };
        let settings = &mut workload.settings;
        fill.drawn(settings.load.cpu.as_mut());
        fill.drawn(settings.load.wait.as_mut());
        fill.drawn(settings.load.boot.as_mut());
        let beside = settings.sidecar.iter_mut().flat_map(|sidecar| &mut sidecar.uses);
        let migration = settings.migrate.iter_mut().flat_map(|migrate| &mut migrate.uses);
        let all = settings.uses.iter_mut().chain(beside).chain(migration);
        all.for_each(|uses: &mut Uses| fill.drawn(uses.hold.as_mut()));
    }
    for store in &mut model.stores {
        cx.subject = Some(store.id);
        let mut fill = Fill {
            samples: &mut samples.0,
            loader,
            cx,
        };
        fill.drawn(store.settings.latency.as_mut());
        fill.drawn(store.settings.service_time.as_mut());
    }
    cx.subject = None;
    let events = model.scenarios.iter_mut().flat_map(|scenario| &mut scenario.at);
    for traffic in events.flat_map(|at| &mut at.traffic) {
        let TrafficEvent {
            think, series: file, ..
        } = traffic;
        let mut fill = Fill {
            samples: &mut samples.0,
            loader,
            cx,
        };
        fill.drawn(think.as_mut());
        if let Some(file) = file {
            lines(file, &mut series.0, rate, loader, cx);
        }
    }
    model.samples = samples;
    model.series = series;
}

/// What a distribution is filled in from.
struct Fill<'f, 'c, 's> {
    samples: &'f mut std::collections::BTreeMap<String, Vec<Duration>>,
    loader: &'f mut dyn Loader,
    cx: &'c mut Cx<'s>,
}

impl Fill<'_, '_, '_> {
    fn drawn<T: OfSamples>(&mut self, drawn: Option<&mut Drawn<T>>) {
        let Some(drawn) = drawn else { return };
        let Some(file) = drawn.samples_file().cloned() else {
            return;
        };
        lines(&file, self.samples, Duration::read, self.loader, self.cx);
        if let Some(samples) = self.samples.get(&file.0) {
            drawn.given.value = T::of_samples(samples);
        }
    }
}

/// A rate; a bare number is one a second, as monitoring systems export it.
fn rate(text: &str) -> Result<Rate, Mistake> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
    {
        return Rate::read(&format!("{text}/s"));
    }
    Rate::read(text).map_err(|mistake| match text.starts_with(|first: char| first.is_ascii_digit()) {
        true => mistake,
        false => Mistake::new(mistake.message),
    })
}

/// Reads the values of a file, one a line, unless it was read before. Blank lines and those that begin with `#` say nothing.
fn lines<T>(
    file: &Val<ProjectPath>,
    known: &mut std::collections::BTreeMap<String, Vec<T>>,
    read: impl Fn(&str) -> Result<T, Mistake>,
    loader: &mut dyn Loader,
    cx: &mut Cx<'_>,
) {
    let path = &file.value.0;
    if known.contains_key(path) {
        return;
    }
    let Some((text, base)) = text(path, file.span, loader, cx) else {
        return;
    };
    let mut values = Vec::new();
    let mut wrong = 0_usize;
    let mut start = base;
    for line in text.split('\n') {
        let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
        let value = line.trim();
        if !value.is_empty() && !value.starts_with('#') {
            let span = Span::new(start, start.saturating_add(length));
            match read(value) {
                Ok(value) => values.push(value),
                Err(mistake) => {
                    wrong = wrong.saturating_add(1);
                    if wrong <= REPORTED_MAX {
                        cx.report(unreadable(mistake, span, file.span));
                    }
                }
            }
        }
        start = start.saturating_add(length).saturating_add(1);
    }
    if wrong == 0 && values.is_empty() {
        let message = format!("`{path}` has no values");
        cx.report(Diagnostic::new(
            &syntax::missing_setting::RULE,
            message,
            file.span,
            "one a line",
        ));
        return;
    }
    known.insert(path.clone(), values);
}

fn unreadable(mistake: Mistake, span: Span, named: Span) -> Diagnostic {
    let mended: Vec<String> = mistake.mended.iter().map(|mended| format!("`{mended}`")).collect();
    let found = Diagnostic::new(&syntax::wrong_unit::RULE, mistake.message, span, "on this line")
        .label(named, "read from here");
    if mended.is_empty() {
        found
    } else {
        found.help(format!("write {}", crate::diagnostic::alternatives(&mended)))
    }
}

/// The file's text, and where it begins in the address space of spans.
fn text<'s>(path: &str, span: Span, loader: &mut dyn Loader, cx: &mut Cx<'s>) -> Option<(&'s str, u32)> {
    // Another environment may have read it already.
    if let Some(known) = cx.sources.files().find(|file| file.name == path) {
        return Some((&known.text, known.base));
    }
    let too_large = || {
        let message = format!("`{path}` is larger than {} MiB", BYTES_MAX >> 20);
        Diagnostic::new(&syntax::value_out_of_range::RULE, message, span, "named here")
            .help("thin it out: a few thousand values say as much")
    };
    match loader.read(path) {
        Ok(text) if BYTES_MAX < text.len() => {
            cx.report(too_large());
            None
        }
        Ok(text) => {
            let source = cx.sources.add(path, text)?;
            Some((&source.text, source.base))
        }
        Err(ReadError::Outside) => {
            cx.report(syntax::path_outside_project::found(path, span));
            None
        }
        Err(error) => {
            let rule = &syntax::unknown_reference::RULE;
            cx.report(Diagnostic::new(rule, error.message(path), span, "named here"));
            None
        }
    }
}
