//! What proxies do when nothing is configured.

use crate::quantity::{Bytes, Duration};

/// How long nginx waits between two reads of an answer: `proxy_read_timeout`; ingress-nginx has the same default.
/// Source: nginx.org, ngx_http_proxy_module; ingress-nginx, `config.go`, `ProxyReadTimeout`.
pub const NGINX_ANSWER: Duration = Duration::seconds(60);

/// How long ingress-nginx keeps an idle connection to a pod. A setting of the controller, which no Ingress changes.
/// Source: ingress-nginx, `config.go`, `UpstreamKeepaliveTimeout`; nginx.org, ngx_http_upstream_module,
/// `keepalive_timeout`.
pub const INGRESS_NGINX_KEEPALIVE: Duration = Duration::seconds(60);

/// The largest request body that nginx lets through. Source: nginx, `ngx_http_core_module.c`, `client_max_body_size` is 1m;
/// ingress-nginx, `proxy-body-size` is 1m.
pub const NGINX_BODY: Bytes = Bytes::mib(1);
