//! What proxies do when nothing is configured.

use crate::quantity::Bytes;

/// The largest request body that nginx lets through. Source: nginx, `client_max_body_size` is 1m; ingress-nginx,
/// `proxy-body-size` is 1m.
pub const NGINX_BODY: Bytes = Bytes::mib(1);
