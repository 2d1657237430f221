//! Specs and the compose files they give: one for each feature.

use loadline_compiler::model::TargetName;

use crate::testing::{model, model_with, shown};

fn compose(spec: &str) -> String {
    shown(spec, &crate::emit(&model(spec), TargetName::Compose))
}

macro_rules! gives {
    ($( $(#[doc = $doc:literal])* $name:ident: $spec:literal; )+) => {
        $(
            $(#[doc = $doc])*
            #[test]
            fn $name() {
                insta::assert_snapshot!(stringify!($name), compose($spec));
            }
        )+
    };
}

gives! {
    /// A system of which compose is only the local picture.
    shop: r#"
project shop { registry "ghcr.io/acme"; targets [docker, kubernetes, compose]; labels { team "shop" } }
cluster prod { nodes 3 }
database orders-db { engine postgres 16; max_connections 300; url "postgres://db.internal:5432/orders?sslmode=require" }
cache session-store { engine redis 7; max_clients 10_000 }
queue mail { engine rabbitmq 3.13; dead_letter mail-dead }
queue mail-dead { engine rabbitmq 3.13 }
external stripe { url "https://api.stripe.com" }
config_set shared { env { LOG_LEVEL info; REGION eu } }
service api {
  version 2.1.0
  build   { context "services/api" }
  runtime node 24
  run     "dist/server.mjs"
  listen  http 3000 { expose public; as 80 }
  scale   1..10
  cpu     250m..1
  memory  512Mi..1Gi { heap 640Mi }
  env_from shared
  env     { LOG_LEVEL debug; PRICE "10$ or ${self.http.port}"; MAILER mailer.tcp.host; DB orders-db.url; STRIPE stripe.url }
  config  PORT integer { default self.http.port }
  secret  DATABASE_URL from "vault:shop/api#database_url"
  secret  STRIPE_KEY   from "env:STRIPE_SECRET"
  uses    orders-db
  uses    session-store
  publishes mail
  calls   stripe
  calls   mailer
  health {
    startup "/readyz" { every 2s; within 60s }
    ready   "/readyz" { every 5s; failing 2 }
    live    "/livez"
  }
  shutdown { settle 5s; drain 24s; grace 45s }
  rollout canary { step 10% { for 15m } }
  migrate before { run ["node", "dist/migrate.mjs"]; uses orders-db { pool 1 } }
}
worker mailer {
  image   "ghcr.io/acme/shop-mailer@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  build   {}
  runtime node 24
  run     "dist/worker.mjs"
  listen  tcp 4000
  scale   2..10
  secret  DATABASE_URL from "vault:shop/mailer#database_url"
  consumes mail
  consumes mail-dead
  uses    orders-db
  restart on_failure { limit 5 in 10s }
}
job cleanup {
  image "ghcr.io/acme/cleanup:1"
  run   ["cleanup", "--older-than=30d"]
  uses  orders-db
  schedule "0 3 * * *"
  retries 2
}
"#;
    /// Each engine, with and without a version.
    engines: r#"
project stores {}
database a-postgres { engine postgres 18 }
database b-mysql    { engine mysql 8.0; max_connections 200; url "mysql://db:3306/shop" }
database c-mariadb  { engine mariadb }
database d-mongodb  { engine mongodb 7; max_connections 500 }
cache    e-redis    { engine redis }
cache    f-valkey   { engine valkey 8 }
cache    g-memcached { engine memcached; max_clients 2_000 }
queue    h-rabbitmq { engine rabbitmq }
queue    i-nats     { engine nats 2.11 }
queue    j-redis    { engine redis 7 }
queue    k-inside   { on e-redis }
queue    l-kafka    { engine kafka 3.9 }
service api { image "api:1"; consumes k-inside; consumes l-kafka; env { Q k-inside.url } }
"#;
    /// What only Kubernetes or a host could do is said where compose is all there is.
    only_compose: r#"
project shop { targets [docker, compose] }
database db { engine postgres 16; pooler pgbouncer {} }
service api {
  image  "api:1"
  run    ["api"]
  listen http 3000 { expose node }
  listen grpc 3001 { expose node; name rpc }
  scale  2..4
  health { ready "/readyz"; live grpc { port rpc } }
  restart always { delay 10s }
  rollout rolling
  security { egress ["10.0.0.0/8"]; capabilities ["NET_BIND_SERVICE"]; writable ["/var/cache/api"]; user 1000 }
}
service web { image "web:1"; listen http 8080 { expose node; as 80 }; health { live exec ["/bin/ok"] } }
service other { image "other:1"; listen http 8081 { expose public; as 80 } }
job nightly { image "job:1"; schedule "0 3 * * *"; timeout 10m; parallel 3 }
gateway edge { domain "shop.example.com"; route "/" web }
"#;
    /// Steps around a workload, and the order of them all.
    steps: r#"
project shop {}
database db { engine postgres 16 }
job seed { image "seed:1"; uses db }
service api {
  build   {}
  runtime node 24
  run     "dist/a.mjs"
  listen  http 3000
  env     { MODE fast }
  secret  TOKEN from "file:/etc/shop/token"
  before  wait  { wait_for seed }
  before  warm  { run "dist/warm.mjs"; env { MODE warm } }
  before  fetch { image "curl:8"; run ["curl", "http://web"]; wait_for web; env { A b } }
  sidecar proxy { image "envoy:1.31"; cpu 100m; memory 64Mi; env { UP self } ; health { ready exec ["/ok"] } }
  scale   2
  uses    db
  migrate after { run "dist/contract.mjs" }
  calls   web
}
service web { image "web:1"; listen http 80; calls api; calls other { optional } }
service other { image "other:1"; listen http 80; before x { wait_for web } }
"#;
    /// Everything that can be mounted.
    volumes: r#"
project shop {}
worker store {
  image "store:1"
  run   ["store"]
  scale 3
  volume data    "/var/lib/store" { kind persistent; size 10Gi }
  volume scratch "/var/cache"     { size 64Mi }
  volume fast    "/dev/fast"      { kind memory }
  security { writable ["/tmp", "/var/cache", "/run"] }
  shutdown { signals [SIGQUIT] }
}
"#;
}

#[test]
fn files() {
    let spec = r#"
project shop {}
service api {
  image "api:1"
  file  "/etc/api/app.json" from "config/app.json"
  file  "/etc/api/tls.key"  from secret "vault:shop/api#tls_key"
  file  "/etc/api/ca.pem"   from secret "file:/etc/ssl/ca.pem"
}
service web { image "web:1"; file "/etc/app.json" from "config/app.json"; file "/etc/b.json" from "config-app.json" }
"#;
    let files = [
        ("config/app.json", "{\"price\": \"$5\"}\n"),
        ("config-app.json", "{}\n"),
    ];
    let out = crate::emit(&model_with(spec, &files), TargetName::Compose);
    insta::assert_snapshot!("files", shown(spec, &out));
}

/// A `$` is the user's own everywhere but in references, and what cannot be given to a container is refused.
#[test]
fn escaped() {
    let spec = r#"
project shop { labels { price "5$" } }
database db { engine postgres "16; rm"; url "postgres://db:5432/a$b" }
service api {
  image   "api:$TAG"
  run     ["sh", "$HOME", "a\u{0}b", "${name}"]
  working_dir "/srv/$a"
  env     { A "$B $$ ${name}"; B "line\nbreak"; C "yes"; D "1e3" }
  secret  KEY from "vault:a}b$c#d"
  volume  x "/data/$x" {}
  annotations { "a.b/c" "$d" }
  listen  http 80
}
let name "x"
"#;
    insta::assert_snapshot!("escaped", compose(spec));
}
