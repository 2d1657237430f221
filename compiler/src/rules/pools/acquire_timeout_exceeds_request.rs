//! `acquire-timeout-exceeds-request`

use loadline_grammar::Span;

use crate::diagnostic::Diagnostic;
use crate::model::{CallKind, Model, Workload};
use crate::quantity::Duration;
use crate::rules::{Context, rule};

rule! {
    /// ## What it checks
    /// A request waits for a connection less long than anybody waits for its answer: every caller and route, the longest
    /// request that is declared, or the time for which a message is hidden.
    /// ## Why
    /// Who gets a connection when the caller has gone works for nobody, with a connection that somebody else waits for. In an
    /// overload that is most of the work: the service is busy, and nobody gets an answer.
    /// ## Source
    /// Work on requests that have timed out is what keeps an overload alive after its cause is gone: Huang and others,
    /// "Metastable Failures in the Wild", OSDI 2022.
    ///
    /// ```loadline,bad
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz" }
    ///   uses   orders-db { pool 10; acquire_timeout 5s }
    /// }
    /// service web {
    ///   image  "ghcr.io/acme/web@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  api { timeout 3s }
    /// }
    /// ```
    ///
    /// ```loadline,good
    /// database orders-db { engine postgres 16; max_connections 200; reserve 10 }
    /// service api {
    ///   image  "ghcr.io/acme/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   listen http 3000
    ///   health { ready "/readyz" }
    ///   uses   orders-db { pool 10; acquire_timeout 1s }
    /// }
    /// service web {
    ///   image  "ghcr.io/acme/web@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    ///   memory 512Mi
    ///   calls  api { timeout 3s }
    /// }
    /// ```
    206 "acquire-timeout-exceeds-request" Warning, check
}

/// After this nobody is there any more.
struct End {
    after: Duration,
    span: Span,
    /// `` `web` waits 3s for its answer ``
    what: String,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for workload in &context.model.workloads {
        let ends = [callers(context.model, workload), longest(workload), messages(workload)];
        let Some(end) = ends.into_iter().flatten().min_by_key(|end| end.after) else {
            continue;
        };
        for uses in &workload.uses {
            let Some(acquire) = uses
                .acquire_timeout
                .as_ref()
                .filter(|acquire| end.after <= acquire.value)
            else {
                continue;
            };
            let message = format!(
                "`{}` waits up to {} for a connection to `{}`, and {}",
                workload.name.value, acquire.value, uses.store.name, end.what
            );
            let half = Duration::millis(end.after.in_micros() / 2_000);
            let diagnostic = Diagnostic::new(&RULE, message, acquire.span, "no time is left to work")
                .label(end.span, format!("{} in all", end.after))
                .help(format!("`acquire_timeout {half}` leaves as long for the work"))
                .about(workload.id);
            found.push(diagnostic);
        }
    }
}

/// The most patient of those who wait for an answer; `None` when somebody waits without an end that is known.
fn callers(model: &Model, workload: &Workload) -> Option<End> {
    let calls = model.callers(workload.id).flat_map(|caller| {
        let own = caller
            .calls
            .iter()
            .filter(|call| call.callee.id == workload.id && call.kind.value == CallKind::Call);
        own.map(|call| (call.timeout.as_ref(), &caller.name.value))
    });
    let routes = model.entrances(workload.id).flat_map(|gateway| {
        let own = gateway.route.iter().filter(|route| route.target.id == workload.id);
        own.map(|route| (route.timeout.as_ref(), &gateway.name.value))
    });
    let ends = calls.chain(routes).map(|(timeout, name)| {
        let timeout = timeout?;
        Some(End {
            after: timeout.value,
            span: timeout.span,
            what: format!("`{name}` waits {} for its answer", timeout.value),
        })
    });
    let ends: Vec<End> = ends.collect::<Option<_>>()?;
    ends.into_iter().max_by_key(|end| end.after)
}

fn longest(workload: &Workload) -> Option<End> {
    let longest = workload.load.longest.as_ref()?;
    Some(End {
        after: longest.value,
        span: longest.span,
        what: format!("its longest request takes {}", longest.value),
    })
}

/// Then a message is delivered to somebody else.
fn messages(workload: &Workload) -> Option<End> {
    let visibilities = workload.consumes.iter().map(|consumes| consumes.visibility.as_ref());
    let longest = visibilities
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .max_by_key(|time| time.value)?;
    Some(End {
        after: longest.value,
        span: longest.span,
        what: format!("its message is delivered again after {}", longest.value),
    })
}
