//! Pools of connections, as their clients see them.
//!
//! Source of the metric: OpenTelemetry, semantic conventions for database clients, `db.client.connection.count`.

use loadline_compiler::budget::connections::{Clients, Opener};
use loadline_compiler::model::Workload;
use loadline_compiler::quantity::{Bytes, Duration};

use super::memory::threshold;
use super::proof::TestFile;
use super::subject::{Said, Severity, Subject, instance, instance_labels, matchers};
use crate::escape::prometheus::{Piece, literal};

const METRIC: &str = "db_client_connection_count";
const USED: &str = "db_client_connection_state=\"used\"";

/// So long, and it is no burst.
const LASTING: Duration = Duration::minutes(10);

/// Tenths of a pool that may be in use.
const TENTHS: u64 = 9;

pub(crate) fn add(subject: &mut Subject<'_>, workload: &Workload, clients: &Clients<'_>, tests: &mut TestFile) {
    if workload.is_job() {
        return;
    }
    let databases = subject.model.stores.iter().filter(|store| store.is_database());
    let of_store = databases.flat_map(|store| clients.of_store(store.id));
    let own = of_store.filter(|client| client.workload.id == workload.id && client.opener == Opener::Main);
    let pools: Vec<(&str, u64)> = own
        .filter_map(|client| client.pool().map(|pool| (client.uses.name(), pool)))
        .collect();
    // A single pool needs no name, and its name is whatever its library makes of the address.
    let several = 1 < pools.len();
    for (name, pool) in pools {
        let named = if several {
            format!(",db_client_connection_pool_name={}", literal(name))
        } else {
            String::new()
        };
        saturated(subject, workload, name, pool, &named, tests);
    }
}

fn saturated(subject: &mut Subject<'_>, workload: &Workload, name: &str, pool: u64, named: &str, tests: &mut TestFile) {
    let own = matchers(subject.model, workload);
    let by = instance_labels(subject.model, workload);
    let most = pool.saturating_mul(TENTHS).div_ceil(10);
    let size = pool.to_string();
    subject.alert(
        Said {
            alert: "ConnectionPoolSaturated",
            severity: Severity::Ticket,
            expr: format!("max by ({by}) ({METRIC}{{{own},{USED}{named}}}) >= {most}"),
            lasting: Some(LASTING),
            labels: &[("pool", name)],
            summary: &[
                instance(subject.model, workload),
                Piece::Text(" has hardly a connection to "),
                Piece::Text(name),
                Piece::Text(" left"),
            ],
            description: &[
                Piece::Code("{{ $value }}"),
                Piece::Text(" of the "),
                Piece::Text(&size),
                Piece::Text(" connections of its pool are in use: requests wait for one. A larger pool takes its share of the database's connections in every instance."),
            ],
            proof: threshold(
                &format!("{METRIC}{{{own},{USED}{named},instance=\"a\"}}"),
                Bytes::new(most),
                false,
            ),
        },
        tests,
    );
}
