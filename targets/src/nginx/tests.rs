//! Specs and what becomes of them.

use crate::testing::{model, shown};
use crate::{Output, emit};
use loadline_compiler::model::TargetName;

/// Every spec whose configuration is looked at here; nginx itself judges them too.
pub(super) const SPECS: [(&str, For, &str); 7] = [
    ("whole", For::Old, WHOLE),
    ("plain", For::Any, PLAIN),
    ("behind_balancer", For::New, BEHIND_BALANCER),
    ("other_host", For::Old, OTHER_HOST),
    ("two_hosts", For::Any, TWO_HOSTS),
    ("sites", For::Any, SITES),
    ("grpc", For::New, GRPC),
];

/// Which nginx takes the configuration of a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// Any.
    Any,
    /// Before 1.25.1: HTTP/2 is a parameter of `listen`.
    Old,
    /// From 1.29.7.
    New,
}

/// Everything of an ordinary machine: TLS by ACME, an API with two instances, a socket, a site and a directory.
pub(super) const WHOLE: &str = r#"
host web { cpu 4; memory 8Gi }
service api {
  runtime node 24
  run "dist/server.mjs"
  scale 2
  listen http 3000 { idle_timeout 65s; max_body 5MiB }
  load { longest 90s }
}
service live {
  runtime node 24
  run "dist/live.mjs"
  listen http 4000 { websocket; idle_timeout 2m }
}
site app { spa true; assets "/assets/" { immutable 30d } }
## What customers see.
gateway edge {
  domain "shop.example.com"
  domain "www.shop.example.com"
  tls { acme; hsts 730d }
  route "/api/" api.http { rate 20/s { burst 40 } }
  route "/live" live.http { timeout 30s; sticky }
  route "/queue" live.http { balance least_connections }
  route "/" app
  static "/downloads/" "/srv/downloads" { expires 1d }
  headers { "X-Frame-Options" "DENY"; "X-Price" "5$ \"net\"" }
  compress ["text/html", "text/css", "application/json"]
  body 10MiB
}
"#;

/// No TLS, no domain, PM2, an idempotent service whose answers are streamed.
pub(super) const PLAIN: &str = r#"
host box { cpu 2; memory 4Gi; process pm2 }
service feed {
  runtime node 24
  run "feed.mjs"
  scale 4
  listen http 3000 { stream; max_body 512Ki }
}
gateway door {
  listen 8080
  route "/feed/" feed { idempotent; strip_prefix; timeout 5m; keepalive 8 }
  route "/health" feed { rate 30/m }
}
"#;

/// The balancer in front ends TLS. nginx 1.29.7 keeps connections to services without being told.
pub(super) const BEHIND_BALANCER: &str = r#"
host web { cpu 2; memory 4Gi }
service api {
  runtime node 24
  run "api.mjs"
  listen http 3000 { idle_timeout 4s }
}
gateway inner {
  engine nginx 1.29.7
  domain "shop.example.com"
  route "/" api { keepalive 0; strip_prefix }
  trust_proxy ["10.0.7.1/8", "fd00::/8"]
  headers { "Strict-Transport-Security" "max-age=300" }
}
"#;

/// Two gateways on one machine, a service on two others, and an external one.
pub(super) const OTHER_HOST: &str = r#"
host edge { cpu 2; memory 4Gi }
host apps { count 2; cpu 4; memory 8Gi; address ["10.0.0.11", "fd00::12"] }
external geo { url "https://localhost:9443/" }
service api {
  runtime node 24
  run "api.mjs"
  scale 2
  listen http 3000 { step 10 }
  runs_on apps
}
gateway shop {
  runs_on edge
  domain "a-very-long-subdomain-of-the-shop.customers.shop.example.com"
  tls { certificate "/etc/ssl/shop.pem"; key "/etc/ssl/shop.key"; versions [1.3] }
  listen 8443
  route "/api/" api { strip_prefix; timeout 45s; connect 1s; send 10s }
  route "/api/admin/" api { keepalive 64 }
  route "/geo/" geo
}
gateway partners {
  runs_on edge
  domain "*.partners.example.com"
  tls { certificate "/etc/ssl/shop.pem"; key "/etc/ssl/shop.key" }
  route "/" api { timeout 2m }
}
"#;

/// A gateway on each of two hosts, for the same domain: two machines, whose files are never together.
pub(super) const TWO_HOSTS: &str = r#"
host north { cpu 2; memory 4Gi }
host south { cpu 2; memory 4Gi }
service a { runtime go; run "/opt/a"; listen http 3000; runs_on north }
service b { runtime go; run "/opt/b"; listen http 3000; runs_on south }
gateway first { runs_on north; domain "example.com"; route "/" a }
gateway second { runs_on south; domain "example.com"; route "/" b }
"#;

/// Sites in all their places.
pub(super) const SITES: &str = r#"
host web { cpu 2; memory 4Gi }
site main { root "/srv/my site/"; assets "/assets/" { immutable 1d }; assets "/logo.svg" }
site docs { spa true; index cache; assets "/static/" }
site panel { spa true; assets "/assets/" }
gateway edge {
  route "/" main
  route "/docs/" docs
  route "/panel/" panel { strip_prefix; timeout 3s }
  route "/robots.txt" main
  static "/files" "/srv/$files/"
}
"#;

/// gRPC over HTTP/2.
pub(super) const GRPC: &str = r#"
host web { cpu 2; memory 4Gi }
service orders {
  runtime go
  run "/opt/orders/orders"
  scale 2
  listen grpc 9000 { stream }
}
gateway edge {
  engine nginx 1.29.7
  domain "grpc.example.com"
  listen 8080
  route "/shop.Orders/" orders { timeout 10s }
}
"#;

pub(super) fn output(spec: &str) -> Output {
    emit(&model(spec), TargetName::Nginx)
}

fn snapshot(spec: &str) -> String {
    let output = output(spec);
    assert!(!output.has_errors(), "{}", findings(spec));
    shown(spec, &output)
}

/// Only the findings.
fn findings(spec: &str) -> String {
    let lines = output(spec).diagnostics.into_iter().map(|found| {
        let label = found.labels.first().map_or("", |label| &label.text);
        format!("{}: {} [{label}]\n", found.severity.word(), found.message)
    });
    lines.collect()
}

#[test]
fn an_ordinary_machine() {
    insta::assert_snapshot!(snapshot(WHOLE));
}

#[test]
fn without_tls_and_with_pm2() {
    insta::assert_snapshot!(snapshot(PLAIN));
}

#[test]
fn behind_a_balancer() {
    insta::assert_snapshot!(snapshot(BEHIND_BALANCER));
}

#[test]
fn services_elsewhere() {
    insta::assert_snapshot!(snapshot(OTHER_HOST));
}

#[test]
fn sites_in_all_their_places() {
    insta::assert_snapshot!(snapshot(SITES));
}

#[test]
fn grpc_routes() {
    insta::assert_snapshot!(snapshot(GRPC));
}

/// A gateway on a host, with further settings and things.
fn gateway(settings: &str, things: &str) -> String {
    format!(
        "host web {{ cpu 2; memory 4Gi }}\n\
         service api {{ runtime node 24; run \"a.mjs\"; listen http 3000; listen tcp 4000; listen grpc 5000; \
         runs_on web }}\n{things}\ngateway edge {{ runs_on web; {settings} }}\n"
    )
}

#[test]
fn what_cannot_be_written_is_refused() {
    let cases = [
        ("route \"/\" api.tcp", ""),
        ("route \"/\" api.grpc", ""),
        ("route \"/a%20b/\" api", ""),
        ("route \"/a//b/\" api", ""),
        ("route \"/a?b\" api", ""),
        ("route \"/\" api { rate 7/h }", ""),
        ("route \"/\" api { rate 0/s }", ""),
        ("body 0B", ""),
        ("domain \"bücher.example\"", ""),
        ("domain \"a b.example\"", ""),
        ("domain \"~^x\"", ""),
        ("headers { \"X Y\" \"1\" }", ""),
        ("headers { \"X-Y\" \"a\\nSet-Cookie: b\" }", ""),
        ("headers { \"X-Y\" \"\" }", ""),
        ("headers { \"Connection\" \"close\" }", ""),
        (
            "tls { certificate \"/c\"; key \"/k\"; hsts 1d }; headers { \"strict-transport-security\" \"max-age=1\" }",
            "",
        ),
        ("tls { certificate \"/c\" }", ""),
        ("tls { hsts 1d }", ""),
        ("tls { acme }", ""),
        ("domain \"*.example.com\"; tls { acme }", ""),
        ("tls { certificate \"/$c\"; key \"/k\" }", ""),
        ("tls { certificate \"/c\"; key \"/k\"; versions [1.4] }", ""),
        ("tls { certificate \"/c\"; key \"/k\"; ciphers \"A;B\" }", ""),
        ("trust_proxy [\"10.0.0.0/33\", \"office\"]", ""),
        (
            "compress [\"text\", \"application/vnd.openxmlformats-officedocument.wordprocessingml.document\"]",
            "",
        ),
        (
            "route \"/\" app; static \"/assets/\" \"/srv/x\"",
            "site app { assets \"/assets/\" }",
        ),
        (
            "route \"/\" app",
            "host b { cpu 1; memory 1Gi }\nsite app { runs_on b }",
        ),
        (
            "route \"/\" far",
            "host b { count 2; cpu 1; memory 1Gi }\nservice far { runtime go; run \"/f\"; listen http 80; runs_on b }",
        ),
        (
            "route \"/\" far",
            "host b { count 2; cpu 1; memory 1Gi; address [\"10.0.0.1\"] }\nservice far { runtime go; run \"/f\"; listen http 80; runs_on b }",
        ),
        (
            "route \"/\" pod",
            "cluster k { nodes 3 }\nservice pod { image \"i\"; listen http 80; runs_on k }",
        ),
        ("route \"/\" ext", "external ext { latency 1ms }"),
        ("route \"/\" ext", "external ext { url \"https://x.example/v1\" }"),
        ("engine haproxy 2.6", ""),
        ("engine nginx 1.14", ""),
        ("engine nginx 1.26", "gateway other { runs_on web; engine nginx 1.28 }"),
        (
            "domain \"a.example\"; tls { certificate \"/c\"; key \"/k\" }",
            "gateway other { runs_on web; domain \"A.example\" }",
        ),
        ("", "gateway other { runs_on web }"),
        ("compress [\"text/*\"]", ""),
    ];
    let mut all = String::new();
    for (settings, things) in cases {
        let spec = gateway(settings, things);
        assert!(output(&spec).has_errors(), "not refused: {spec}");
        let things = if things.is_empty() {
            String::new()
        } else {
            format!("  | {}", things.replace('\n', "; "))
        };
        all.push_str(&format!(
            "{settings}{things}\n    {}\n",
            findings(&spec).trim().replace('\n', "\n    ")
        ));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_has_no_word_is_said() {
    let cases = [
        ("class public", ""),
        (
            "route \"/\" app { timeout 3s; sticky; balance round_robin; keepalive 3 }",
            "site app { }",
        ),
        (
            "tls { certificate \"/c\"; key \"/k\" }; route \"/\" api.grpc { websocket; buffering true }",
            "",
        ),
        (
            "tls { certificate \"/c\"; key \"/k\"; versions [1.3]; ciphers \"HIGH\" }",
            "",
        ),
        ("route \"/\" api.http { sticky; balance least_connections }", ""),
        (
            "route \"/p/\" many { sticky }",
            "service many { runtime node 24; run \"m.mjs\"; scale 3; listen http 80; runs_on web { process pm2 } }",
        ),
    ];
    let mut all = String::new();
    for (settings, things) in cases {
        let spec = gateway(settings, things);
        assert!(!output(&spec).has_errors(), "{}", findings(&spec));
        all.push_str(&format!(
            "{settings}\n    {}\n",
            findings(&spec).trim().replace('\n', "\n    ")
        ));
    }
    let two = "host web { count 2; cpu 2; memory 4Gi }\n\
               gateway edge { domain \"a.example\"; tls { acme } }";
    all.push_str(&findings(two));
    let pods = "service api { image \"i\"; listen http 80 }\ngateway edge { route \"/\" api }";
    all.push_str(&findings(pods));
    let cluster = "cluster k { nodes 3 }\ngateway edge { domain \"a.example\" }";
    all.push_str(&findings(cluster));
    insta::assert_snapshot!(all);
}

/// nginx on the machine, services in containers beside it.
#[test]
fn in_front_of_a_compose_file() {
    let spec = "project p { targets [compose, nginx] }\n\
        service api { image \"i\"; listen http 3000 { as 8000; expose node } }\n\
        service inner { image \"i\"; listen http 3000 }\n\
        gateway edge { route \"/\" api }";
    let output = output(spec);
    assert!(!output.has_errors(), "{}", findings(spec));
    assert!(output.artifacts[0].body.contains("server 127.0.0.1:8000 max_fails=0;"));
    let hidden = spec.replace("\"/\" api", "\"/\" inner");
    insta::assert_snapshot!(findings(&hidden));
}

/// PM2 shares a port only among processes of Node.
#[test]
fn instances_under_pm2() {
    let spec = |runtime: &str| {
        format!(
            "host box {{ cpu 2; memory 4Gi; process pm2 }}\n\
             service api {{ runtime {runtime}; run \"/opt/api\"; scale 2; listen http 3000 }}\n\
             gateway edge {{ route \"/\" api }}"
        )
    };
    let servers = |runtime: &str| output(&spec(runtime)).artifacts[0].body.matches("server 127").count();
    assert_eq!((servers("node 24"), servers("go")), (1, 2));
}

/// What was not written by the user is nothing to warn of.
#[test]
fn defaults_are_silent() {
    assert_eq!(
        findings(&gateway("route \"/\" app; route \"/api/\" api", "site app { }")),
        ""
    );
}
