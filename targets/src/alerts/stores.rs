//! Connections of a database or cache, as the server counts them.
//!
//! Source of the metrics: postgres_exporter (`pg_stat_activity_count`), mysqld_exporter, redis_exporter.

use loadline_compiler::budget::connections::{self, Clients};
use loadline_compiler::model::{Store, ThingKind};
use loadline_compiler::quantity::{Bytes, Duration};

use super::memory::threshold;
use super::proof::TestFile;
use super::subject::{Said, Severity, Subject};
use crate::escape::prometheus::{Piece, literal};
use crate::output::Output;

/// So long, and it is no burst.
const LASTING: Duration = Duration::minutes(5);

/// Percent of what a server accepts.
const ALMOST: u64 = 95;

/// Connections of those who watch and administer it, where nothing is reserved for them.
const OTHERS: u64 = 5;

pub(crate) fn add(
    subject: &mut Subject<'_>,
    store: &Store,
    clients: &Clients<'_>,
    tests: &mut TestFile,
    out: &mut Output,
) {
    if !matches!(store.id.kind, ThingKind::Database | ThingKind::Cache) {
        return;
    }
    let direct = connections::supply(store);
    let Some(supply) = connections::pooler_demand(store).map(|(_, supply)| supply).or(direct) else {
        return;
    };
    let own = format!("job={}", literal(&store.name.value));
    let Some((expr, series)) = metric(store.engine_name(), &own) else {
        let message = format!("the target `alerts` knows no metrics of `{}`", store.engine_name());
        out.remark(store.span, message, "its connections have no alert");
        return;
    };
    // Without a reserve there must be some left too.
    let usable = supply.usable().min(supply.accepted.saturating_mul(ALMOST) / 100);
    let terms = supply.terms();
    subject.alert(
        Said {
            alert: "ConnectionsExhausted",
            severity: Severity::Page,
            expr: format!("{expr} > {usable}"),
            lasting: Some(LASTING),
            labels: &[],
            summary: &[Piece::Text("hardly a connection is left")],
            description: &[
                Piece::Code("{{ $value }}"),
                Piece::Text(" connections, and clients have "),
                Piece::Text(&terms),
                Piece::Text(". New ones are about to be refused."),
            ],
            proof: threshold(&series, Bytes::new(usable), true),
        },
        tests,
    );
    if let Some(expected) = expected(store, clients) {
        let most = expected.saturating_add(supply.reserved.max(OTHERS));
        if most < usable {
            unexpected(subject, &expr, &series, (expected, most), tests);
        }
    }
}

/// The most that clients of the spec ask for together, if all of them are known.
fn expected(store: &Store, clients: &Clients<'_>) -> Option<u64> {
    let behind = connections::pooler_demand(store).map(|(asked, _)| asked);
    let demand = clients.demand(store.id)?;
    demand.unknown.is_empty().then(|| behind.unwrap_or(demand.worst.total))
}

fn unexpected(subject: &mut Subject<'_>, expr: &str, series: &str, (expected, most): (u64, u64), tests: &mut TestFile) {
    let expected = expected.to_string();
    subject.alert(
        Said {
            alert: "ConnectionsAboveBudget",
            severity: Severity::Ticket,
            expr: format!("{expr} > {most}"),
            lasting: Some(LASTING),
            labels: &[],
            summary: &[Piece::Text("more connections than the spec accounts for")],
            description: &[
                Piece::Code("{{ $value }}"),
                Piece::Text(" connections; what the spec knows opens at most "),
                Piece::Text(&expected),
                Piece::Text(", in a rollout. Somebody else connects, or a pool is larger than it says."),
            ],
            proof: threshold(series, Bytes::new(most), true),
        },
        tests,
    );
}

/// An expression, and a series that makes it up.
fn metric(engine: &str, own: &str) -> Option<(String, String)> {
    let plain = |metric: &str| {
        let series = format!("{metric}{{{own},instance=\"a\"}}");
        (format!("max by (instance) ({metric}{{{own}}})"), series)
    };
    Some(match engine {
        // By database, user and state.
        "postgres" | "postgresql" => (
            format!("sum by (instance) (pg_stat_activity_count{{{own}}})"),
            format!("pg_stat_activity_count{{{own},instance=\"a\",state=\"idle\"}}"),
        ),
        "mysql" | "mariadb" => plain("mysql_global_status_threads_connected"),
        "redis" | "valkey" => plain("redis_connected_clients"),
        _ => return None,
    })
}
