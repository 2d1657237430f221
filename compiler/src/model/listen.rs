//! What an instance listens on.

use loadline_grammar::ast::{Entry, ValueKind};

use super::parts::ToPubSub;
use crate::lower::{Name, Port, Ref, Val};
use crate::quantity::{Bytes, Duration};
use crate::schema::{block, words};

words! {
    /// What is spoken on a port.
    pub enum Protocol("a protocol") {
        /// HTTP/1.1 and, behind a gateway, HTTP/2.
        Http = "http",
        /// gRPC over HTTP/2.
        Grpc = "grpc",
        /// Anything over TCP.
        Tcp = "tcp",
    }
}

words! {
    /// Who can reach a port.
    pub enum Expose("an exposure") {
        /// Only what runs beside it: the cluster, the host, the compose network.
        Cluster = "cluster",
        /// Every machine that can reach the node.
        Node = "node",
        /// The internet, through a load balancer.
        Public = "public",
    }
}

block! {
    /// A port that the process listens on. May stand several times, told apart by name.
    pub struct Listen("listen") [by listener_name as Listen::name] {
        head {
            /// What is spoken there.
            protocol: Val<Protocol>,
            /// The port inside the instance.
            port: Val<Port>,
        }
        /// Name of the listener; the protocol's name when left out.
        name: Option<Val<Name>>,
        /// The port that others see, where it differs.
        outside as "as": Option<Val<Port>>,
        /// Who can reach it.
        expose: Val<Expose> = Expose::Cluster,
        /// Connections are upgraded to WebSocket: proxies must pass the upgrade on, and drains take longer.
        websocket: Val<bool> = false,
        /// Answers are streamed: proxies must not buffer them.
        stream: Val<bool> = false,
        /// Largest request body that the process accepts.
        max_body: Option<Val<Bytes>>,
        /// How long an idle keep-alive connection stays open. Node closes after 5s unless told otherwise.
        idle_timeout: Option<Val<Duration>>,
        /// How long a client may take to send its headers.
        header_timeout: Option<Val<Duration>>,
        /// How long a client may take to send a whole request.
        request_timeout: Option<Val<Duration>>,
        /// The drained server ends keep-alive connections itself (it answers `Connection: close`). When it does not,
        /// draining takes `idle_timeout` + 1s longer: Node keeps a connection that long after its last answer.
        closes_idle: Val<bool> = true,
        /// What carries messages between instances, so that a WebSocket client may be connected to any of them.
        pubsub: Option<Val<Ref<ToPubSub>>>,
        /// On a host, instance *i* listens on PORT + (i − 1) · step.
        step: Val<u64> = 1,
    }
}

/// The `name` in the block, or the protocol.
fn listener_name<'e>(entry: &'e Entry<'e>) -> Option<&'e str> {
    let named = entry
        .block
        .iter()
        .flat_map(|block| &block.entries)
        .find(|inner| inner.key.text == "name");
    let value = named.map_or_else(|| entry.values.first(), |inner| inner.values.first());
    value.and_then(|value| match &value.kind {
        ValueKind::Word(word) => Some(*word),
        _ => None,
    })
}

impl Listen {
    /// What the listener is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_ref().map_or(self.protocol.word(), |name| &name.value)
    }

    /// The port that others see.
    #[must_use]
    pub fn outside_port(&self) -> u16 {
        self.outside.as_ref().map_or(self.port.0, |port| port.0)
    }
}
