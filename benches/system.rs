//! A system of any size, as a spec: what the benchmarks read.
//!
//! Ten services share a database; each calls the next one, scales on CPU, has its own settings, a secret and three probes.
//! That is a Deployment, a Service, an HPA, a ConfigMap and what goes with them for every service. A peer that renders the
//! same objects stands in `scripts/peers`: what changes here, changes there.

use std::fmt::Write as _;

/// Services that share a database.
pub(crate) const GROUP: usize = 10;

/// The spec of a system with this many services.
pub(crate) fn spec(services: usize) -> String {
    let mut out = String::new();
    let databases = services.div_ceil(GROUP);
    out.push_str(
        "## A generated system.\nproject bench { as_of \"2026-11-21\"; targets [kubernetes] }\n\n\
         cluster prod { nodes 100; cpu 32; memory 128Gi; reserve 10%; zones 3; namespace bench; version 1.34 }\n\n\
         template node-service {\n  runtime node 24\n  env { NODE_ENV production; LOG_LEVEL info }\n  runs_on prod\n}\n",
    );
    for database in 0..databases {
        let _ = write!(
            out,
            "\ndatabase db-{database} {{ engine postgres 17; max_connections 700; reserve 20 }}\n"
        );
    }
    for service in 0..services {
        let digest = format!("{service:064x}");
        let database = service / GROUP;
        let callee = (service + 1) % services;
        let page = 20 + service % 5;
        let _ = write!(
            out,
            r#"
config_set settings-{service} {{ env {{ CACHE_TTL 30s; PAGE_SIZE {page}; THEME "dark-{service}" }} }}

## Service number {service}.
service svc-{service} {{
  extends node-service
  version 1.{service}.0
  image   "ghcr.io/acme/svc-{service}@sha256:{digest}"
  run     "dist/server.mjs"
  listen  http 3000 {{ idle_timeout 65s }}

  scale  3..6 {{ cpu 70% }}
  cpu    250m..1
  memory 512Mi..1Gi {{ heap 640Mi; external 96Mi; native 64Mi }}

  config PORT   integer {{ default self.http.port; min 1; max 65535 }}
  config REGION string  {{ default "eu-{database}" }}
  env_from settings-{service}
  secret DATABASE_URL from "vault:svc-{service}/db#url"

  uses  db-{database} {{ pool 5; acquire_timeout 2s; statement_timeout 3s; hold 6ms }}
  calls svc-{callee} {{ timeout 3s; retries 1; retry_budget 10%; idempotent }}

  health {{
    startup "/readyz" {{ every 2s; within 60s }}
    ready   "/readyz" {{ every 5s; failing 2 }}
    live    "/livez"  {{ every 10s; failing 3 }}
  }}
  shutdown {{ settle 5s; drain 24s; grace 45s }}
  load     {{ rate 200/s; peak 800/s; cpu 4ms; wait 25ms; boot 8s; longest 20s }}
}}
"#
        );
    }
    out
}
