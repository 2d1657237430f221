//! Where traffic comes in.

use super::parts::{Allow, Callee, Word};
use super::placement::RunsOn;
use super::store::Engine;
use super::thing::ThingId;
use crate::lower::{InstancePath, Name, Pairs, Port, Text, Val, Version};
use crate::quantity::{Bytes, Duration, Rate};
use crate::schema::{block, words};

block! {
    /// An entry point: domains, TLS, and which path goes where.
    pub struct GatewaySettings("gateway") {
        head {
            /// Its name.
            name: Val<Name>,
        }
        /// The port: 443 with `tls`, where 80 redirects to it, else 80.
        listen: Option<Val<Port>>,
        /// A domain that it answers for; may repeat.
        domain: Vec<Val<Text>>,
        /// Certificates and protocol versions.
        tls: Option<Tls>,
        /// Where a path goes; the longest path that fits wins. May repeat.
        route: Vec<Route>,
        /// A directory of files that it serves itself; may repeat.
        files as "static": Vec<StaticFiles>,
        /// Media types that are compressed.
        compress: Option<Val<Vec<Text>>>,
        /// Headers on every answer, errors included.
        headers: Pairs<Text>,
        /// Largest request body.
        body: Option<Val<Bytes>>,
        /// Networks of load balancers in front, whose word about the client's address is taken: CIDR blocks.
        trust_proxy: Option<Val<Vec<Text>>>,
        /// How long an idle client connection stays open.
        idle_timeout: Val<Duration> = Duration::seconds(60),
        /// The product and its version; decides which directives are written. Left out it is nginx 1.22.1, which Debian 12 has.
        engine: Option<Engine>,
        /// The host it runs on; the only one when left out.
        runs_on: Option<RunsOn>,
        /// Ingress class on Kubernetes.
        class: Option<Val<Word>>,
        /// Silences one rule here; the reason is required.
        allow: Vec<Allow>,
    }
}

/// A gateway with all its settings.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Which thing it is.
    pub id: ThingId,
    /// The `##` comments before its block.
    pub documentation: String,
    /// The host it runs on, if it runs on one.
    pub place: Option<ThingId>,
    /// Its settings.
    pub settings: GatewaySettings,
}

impl std::ops::Deref for Gateway {
    type Target = GatewaySettings;

    fn deref(&self) -> &GatewaySettings {
        &self.settings
    }
}

/// Debian 12's nginx: what is taken when a gateway does not name its version.
pub const NGINX_VERSION_DEFAULT: &str = "1.22.1";

impl Gateway {
    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        let default = if self.tls.is_some() { 443 } else { 80 };
        self.listen.as_ref().map_or(default, |port| port.value.0)
    }

    /// The version of nginx that is written for.
    #[must_use]
    pub fn nginx_version(&self) -> Version {
        let given = self.engine.as_ref().and_then(|engine| engine.version.as_ref());
        given.map_or_else(
            || Version(NGINX_VERSION_DEFAULT.to_owned()),
            |version| version.value.clone(),
        )
    }
}

block! {
    /// Certificates and protocol versions.
    pub struct Tls("tls") {
        /// Path of the certificate chain on the machine.
        certificate: Option<Val<InstancePath>>,
        /// Path of the private key on the machine.
        key: Option<Val<InstancePath>>,
        /// Protocol versions, 1.2 and 1.3 when left out.
        versions: Option<Val<Vec<Version>>>,
        /// Cipher suites of TLS 1.2, in OpenSSL's notation.
        ciphers: Option<Val<Text>>,
        /// The certificate is fetched and renewed by an ACME client over HTTP.
        acme: Val<bool> = false,
        /// Browsers use only HTTPS for this long.
        hsts: Option<Val<Duration>>,
    }
}

words! {
    /// How requests are spread over instances.
    pub enum Balancing("a way of balancing") {
        /// One after the other.
        RoundRobin = "round_robin",
        /// The one that works on the fewest requests.
        LeastConnections = "least_connections",
    }
}

block! {
    /// Where a path goes.
    pub struct Route("route") {
        head {
            /// The path; everything below it, when it ends with `/`.
            path: Val<InstancePath>,
            /// A service, one of its listeners (`api.http`), or a site.
            target: Val<Callee>,
        }
        /// How long the answer may take.
        timeout: Option<Val<Duration>>,
        /// How long connecting may take.
        connect: Option<Val<Duration>>,
        /// How long sending the request may take.
        send: Option<Val<Duration>>,
        /// Connections are upgraded to WebSocket; follows the listener when left out.
        websocket: Option<Val<bool>>,
        /// A client always reaches the same instance.
        sticky: Val<bool> = false,
        /// Which of the instances is next.
        balance: Val<Balancing> = Balancing::RoundRobin,
        /// Answers are collected before they are sent on; off for streams.
        buffering: Option<Val<bool>>,
        /// Requests that one client may make.
        rate: Option<RateLimit>,
        /// The path is taken off before the request is passed on.
        strip_prefix: Val<bool> = false,
        /// Idle connections to the service that each worker process keeps.
        keepalive: Val<u64> = 32,
        /// PUT and DELETE may be sent twice; otherwise nginx is kept from repeating them.
        idempotent: Val<bool> = false,
    }
}

block! {
    /// Requests that one client address may make.
    pub struct RateLimit("rate") {
        head {
            /// The rate.
            rate: Val<Rate>,
        }
        /// So many more at once.
        burst: Option<Val<u64>>,
    }
}

block! {
    /// Files that the gateway serves itself.
    pub struct StaticFiles("static") {
        head {
            /// The path they are under.
            path: Val<InstancePath>,
            /// The directory on the machine.
            directory: Val<InstancePath>,
        }
        /// How long browsers keep them.
        expires: Option<Val<Duration>>,
    }
}
