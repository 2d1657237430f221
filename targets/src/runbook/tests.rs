//! Specs and the pages they give.

use loadline_compiler::model::TargetName;

use crate::testing::{gives, model, shown, validated};

fn pages(name: &str, spec: &str) -> String {
    let output = crate::emit(&model(spec), TargetName::Runbook);
    validated("runbook", name, &output);
    shown(spec, &output)
}

gives! { pages;
    /// Pods, with everything that a page can say.
    cluster: r#"
project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop"; targets [kubernetes, alerts, runbook] }
cluster prod { nodes 3 }
database orders-db { engine postgres 16; max_connections 300; reserve 30; url "postgres://db.internal:5432/orders" }
queue mail { engine rabbitmq 3.13 }
external stripe { url "https://api.stripe.com"; limit 100/s }
## Takes orders
## and answers questions about them.
service api {
  version 2.1.0
  runtime node 24
  run     "dist/server.mjs"
  image   "ghcr.io/acme/api:2.1.0"
  listen  http 3000
  scale   2..5
  cpu     250m..1
  memory  1Gi { heap 640Mi }
  uses    orders-db { pool 20; acquire_timeout 2s }
  publishes mail
  calls   stripe { timeout 3s; retries 2; backoff 100ms..1s; breaker 50% }
  annotations { dashboard "https://grafana.example.com/d/api" }
  health  { ready "/readyz"; live "/livez" }
  slo     { availability 99.9%; p95 300ms }
  load    { boot 20s; longest 20s; peak 200/s }
}
service web { runtime go; image "web:1"; listen http 80; calls api { optional } ; listen grpc 81; rollout canary { step 10% { for 15m } } }
gateway edge { domain "shop.example.com"; tls { acme }; route "/" api }
"#;

    /// Units.
    systemd: r#"
project shop { targets [systemd, runbook] }
host web { cpu 4; memory 8Gi }
cache redis { engine redis 7; on web; max_clients 1_000; url "redis://127.0.0.1:6379" }
service api {
  runtime jvm 21
  run     "api.jar"
  listen  http 3000 { step 1 }
  scale   2
  memory  1Gi { heap 512Mi }
  health  { ready "/ready" }
  load    { boot 20s }
  uses    redis { pool 1 }
}
"#;

    /// PM2.
    pm2: r#"
project shop { targets [pm2, runbook] }
host web { cpu 4; memory 8Gi; process pm2 }
database db { engine postgres 16; max_connections 12; reserve 2 }
service api {
  runtime node 24
  run     "server.js"
  listen  http 3000
  processes 2
  memory  1Gi { heap 128Mi }
  uses    db { pool 3 }
}
"#;

    /// Whatever stands in a spec, it is shown and not followed; and one line stays one.
    escaped: r#"
project shop { owner "a|b <script> [x](y) *z*"; runbook "javascript:alert(1)"; targets [compose, runbook] }
external evil { url "https://a.b/$(id)'`x`" }
## | table ``` <!-- -->
## # title
service api {
  image  "a:1$(id)"
  listen http 3000
  health { ready "/a'b$(id)`c`" }
  calls  evil
}
"#;
}
