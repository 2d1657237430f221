//! What is typed about the databases, caches and queues of a workload.

use loadline_compiler::model::{Store, ThingKind};

use super::page::{Command, Section};
use crate::escape::command::Part;
use crate::escape::command::Part::{Own, Word};
use crate::escape::markdown::Piece::{Code, Own as Say};

/// Who is connected, and what they do.
pub(crate) fn look(store: &Store, section: &mut Section) {
    let url = store.url.as_ref().map_or("", |url| &url.value.0);
    let name: &str = &store.name.value;
    match store.engine_name() {
        "postgres" | "postgresql" => {
            let psql = |sql: &'static str| {
                [
                    Own("psql "),
                    address(url, "\"${DATABASE_URL:?}\""),
                    Own(" --command \""),
                    Own(sql),
                    Own("\""),
                ]
            };
            section.run([
                Command::reads(
                    &[Say("Connections of "), Code(name), Say(" by client, against what the server accepts.")],
                    &psql("select usename, application_name, state, count(*) from pg_stat_activity group by 1, 2, 3 order by 4 desc"),
                )
                .and(&psql("show max_connections")),
                Command::reads(
                    &[Say("The oldest statements, and who blocks them.")],
                    &psql("select pid, pg_blocking_pids(pid) as blocked_by, now() - xact_start as since, state, left(query, 80) from pg_stat_activity where state <> 'idle' order by xact_start limit 20"),
                ),
                Command::changes(
                    &[Say("Cancel one statement; "), Code("pg_terminate_backend"), Say(" ends its connection too.")],
                    &psql("select pg_cancel_backend(${PID:?of the statement})"),
                ),
            ]);
        }
        "mysql" | "mariadb" => section.run([Command::reads(
            &[Say("Connections of "), Code(name), Say(" and what they do.")],
            &[Own("mysql --execute 'show full processlist'")],
        )]),
        "redis" | "valkey" => section.run([Command::reads(
            &[Say("Clients of "), Code(name), Say(", memory, and slow commands.")],
            &redis(url, " info clients"),
        )
        .and(&redis(url, " info memory"))
        .and(&redis(url, " slowlog get 10"))]),
        "rabbitmq" => section.run([Command::reads(
            &[Say(
                "Messages that wait, are being worked on, and how many work on them.",
            )],
            &[Own(
                "rabbitmqctl list_queues name messages_ready messages_unacknowledged consumers",
            )],
        )]),
        _ => {}
    }
    if store.id.kind == ThingKind::External && !url.is_empty() {
        section.run([Command::reads(
            &[Say("Whether "), Code(name), Say(" answers, and how fast, seen from here.")],
            &[
                Own("curl --silent --show-error --output /dev/null --max-time 10 --write-out '%{http_code} %{time_total}s\\n' "),
                Word(url),
            ],
        )]);
    }
}

fn redis<'a>(url: &'a str, what: &'static str) -> [Part<'a>; 3] {
    [Own("redis-cli -u "), address(url, "\"${REDIS_URL:?}\""), Own(what)]
}

/// The address of the spec, or a variable of whoever types.
fn address<'a>(url: &'a str, variable: &'static str) -> Part<'a> {
    if url.is_empty() { Own(variable) } else { Word(url) }
}
