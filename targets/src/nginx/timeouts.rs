//! How long a route waits, and why.

use loadline_compiler::budget::shutdown::DRAIN_FACTOR;
use loadline_compiler::model::{Gateway, Listen, Model, Protocol, Route, Workload};
use loadline_compiler::quantity::Duration;
use serde::Serialize;

use super::Scope;
use super::upstream::target;
use crate::escape::nginx as escape;
use crate::template::Escaped;

/// A connection inside a network takes about a millisecond. A lost SYN is sent again after 1 s and after 3 s, so this is
/// time for two. Source: RFC 6298, section 2. nginx's own default of 60 s lets a client wait for a machine that is gone.
const CONNECT_DEFAULT: Duration = Duration::seconds(5);

/// nginx's default for `proxy_read_timeout` and `proxy_send_timeout`.
const ANSWER_DEFAULT: Duration = Duration::seconds(60);

/// How long a route waits.
#[derive(Clone, Debug)]
pub(super) struct Timeouts {
    pub(super) connect: Duration,
    pub(super) send: Duration,
    pub(super) read: Duration,
    /// Where `read` comes from.
    pub(super) why: String,
}

impl Timeouts {
    pub(super) fn of(route: &Route, workload: Option<&Workload>, listen: Option<&Listen>) -> Self {
        let (answer, why) = answer(route, workload);
        let idle = listen.filter(|listen| is_websocket(route, listen)).map(|listen| {
            let idle = listen.idle_timeout.as_ref().map(|idle| idle.value);
            idle.unwrap_or(ANSWER_DEFAULT)
        });
        let (read, why) = match idle {
            Some(idle) if answer < idle => (
                idle,
                "as long as a WebSocket may be idle; clients ping more often".to_owned(),
            ),
            _ => (answer, why),
        };
        Self {
            connect: route.connect.as_ref().map_or(CONNECT_DEFAULT, |connect| connect.value),
            send: route.send.as_ref().map_or(read, |send| send.value),
            read,
            why,
        }
    }
}

/// The route's own timeout, else one that the longest request fits into.
fn answer(route: &Route, workload: Option<&Workload>) -> (Duration, String) {
    if let Some(timeout) = &route.timeout {
        return (timeout.value, "the route's timeout".to_owned());
    }
    let longest = workload.and_then(|workload| workload.load.longest.as_ref());
    let needed = longest.map(|longest| longest.value.scaled_up(DRAIN_FACTOR.0, DRAIN_FACTOR.1));
    match (needed, longest) {
        (Some(needed), Some(longest)) if ANSWER_DEFAULT < needed => {
            (needed, format!("1.2 × the longest request of {}", longest.value))
        }
        _ => (ANSWER_DEFAULT, "nginx's default".to_owned()),
    }
}

/// What the route says, else what the listener does.
pub(super) fn is_websocket(route: &Route, listen: &Listen) -> bool {
    let of_route = route.websocket.as_ref().map(|websocket| websocket.value);
    listen.protocol.value == Protocol::Http && of_route.unwrap_or(listen.websocket.value)
}

/// The view of the file for the main context.
#[derive(Debug, Serialize)]
pub(super) struct Main {
    host: Option<Escaped>,
    shutdown: Escaped,
    longest: Escaped,
}

/// The longest timeout of all routes of the machine: `worker_shutdown_timeout` may stand only once.
pub(super) fn main_view(scope: &Scope<'_>) -> Option<Main> {
    let mut longest: Option<(Duration, &Gateway, &Route)> = None;
    for gateway in &scope.beside {
        for route in &gateway.route {
            let Some(read) = read_timeout(scope.model, route) else {
                continue;
            };
            if longest.is_none_or(|(other, ..)| other < read) {
                longest = Some((read, gateway, route));
            }
        }
    }
    let (time, gateway, route) = longest?;
    Some(Main {
        host: scope.host.map(|host| escape::comment(&host.name.value)),
        shutdown: escape::time(time),
        longest: escape::comment(&format!("route {} of {}", route.path.value.0, gateway.name.value)),
    })
}

fn read_timeout(model: &Model, route: &Route) -> Option<Duration> {
    if model.site(route.target.id).is_some() {
        return None;
    }
    let (workload, listen) = target(model, route);
    Some(Timeouts::of(route, workload, listen).read)
}
