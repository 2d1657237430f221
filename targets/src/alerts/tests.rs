//! Specs and the rules they give.

use loadline_compiler::model::TargetName;

use crate::testing::{gives, model, shown, validated};

fn alerts(name: &str, spec: &str) -> String {
    let mut output = crate::emit(&model(spec), TargetName::Alerts);
    validated("alerts", name, &output);
    // The tests are long and all alike: one shows them.
    output
        .artifacts
        .retain(|artifact| name == "escaped" || artifact.path != "alerts.test.yaml");
    shown(spec, &output)
}

gives! { alerts;
    /// Every source of an alert on a cluster.
    cluster: r#"
project shop { owner "team-shop"; runbook "https://runbooks.example.com/shop"; targets [kubernetes, alerts] }
cluster prod { nodes 3 }
database orders-db { engine postgres 16; max_connections 300; reserve 30 }
queue mail { engine rabbitmq 3.13; max_depth 10_000; dead_letter mail-dead }
queue mail-dead { engine rabbitmq 3.13 }
service api {
  runtime node 24
  run     "dist/server.mjs"
  image   "ghcr.io/acme/api:1"
  listen  http 3000
  scale   3
  memory  1Gi { heap 640Mi }
  uses    orders-db { pool 20 }
  publishes mail
  health  { ready "/readyz"; live "/livez" }
  slo     { availability 99.9%; p95 300ms }
  load    { boot 20s; longest 20s }
}
worker mailer {
  image    "ghcr.io/acme/mailer:1"
  scale    2..6 { queue mail 200 }
  consumes mail { visibility 60s; max_attempts 5 }
  slo      { availability 90%; window 7d }
}
gateway edge { domain "shop.example.com"; tls { acme }; route "/" api }
"#;

    /// Where nothing runs in containers, other metrics are asked for.
    hosts: r#"
project shop { targets [systemd, pm2, alerts] }
host web { cpu 4; memory 8Gi }
host app { cpu 4; memory 8Gi; process pm2 }
cache redis { engine redis 7; on web; max_clients 1_000 }
database docs { engine mongodb 7; max_connections 500 }
service api {
  runtime jvm 21
  run     "api.jar"
  listen  http 3000
  memory  1Gi { heap 512Mi }
  runs_on web
  uses    redis { pool 1 }
  uses    docs { pool 10 }
}
service page {
  runtime node 24
  run     "page.js"
  listen  http 3100
  processes 2
  memory  1Gi
  runs_on app
}
service rpc {
  runtime go
  run     "/srv/rpc"
  listen  grpc 4000
  runs_on web
  slo     { availability 99% }
}
gateway edge { domain "*.example.com"; domain "shop.example.com"; tls { certificate "/etc/a.pem"; key "/etc/a.key" }; route "/" api; runs_on web }
"#;

    /// Nothing of the user's is run as a template, and no quote ends a string.
    escaped: r#"
project shop { owner "{{ $labels.a }} \"x\" {"; runbook "https://a/{{ query \"up\" }}"; targets [kubernetes, alerts] }
service api {
  image  "a:1"
  listen http 3000
  health { ready "/a\"b{c}?d=1" }
  slo    { availability 99.9% }
}
"#;
}

#[test]
fn nobody_is_woken_for_staging() {
    let spec = "project shop { targets [alerts] }
        service api { image \"a:1\"; listen http 3000; slo { availability 99.9% } }";
    let mut model = model(spec);
    let severities = |model: &loadline_compiler::model::Model| {
        let output = crate::emit(model, TargetName::Alerts);
        let text = output
            .artifacts
            .iter()
            .find(|file| file.path == "alerts.yaml")
            .unwrap()
            .body
            .clone();
        (
            text.matches("severity: 'page'").count(),
            text.matches("severity: 'ticket'").count(),
        )
    };
    assert_eq!(severities(&model), (3, 4));
    model.environment = Some("staging".to_owned());
    assert_eq!(severities(&model), (0, 7));
    model.environment = Some("production".to_owned());
    assert_eq!(severities(&model), (3, 4));
}

/// Asks Prometheus itself what it makes of texts that look like templates.
#[test]
fn prometheus_shows_texts_as_they_were_written() {
    let spec = "project shop { owner \"{{ $labels.a }} {\"; runbook \"https://a/{{ query 'up' }}\"; targets [kubernetes, alerts] }
        service api { image \"a:1\"; scale 1 }";
    let mut output = crate::emit(&model(spec), TargetName::Alerts);
    let test = r#"rule_files: [alerts.yaml]
tests:
  - name: 'a: fires'
    interval: 1m
    input_series: [{series: 'kube_pod_container_status_ready{namespace="elsewhere"}', values: '1x20'}]
    alert_rule_test:
      - alertname: ServiceDown
        eval_time: 10m
        exp_alerts:
          - exp_labels: {project: shop, service: api, severity: page, owner: '{{ $labels.a }} {'}
            exp_annotations:
              summary: 'api: no instance is ready'
              description: 'None has for 5m. Where nothing is served nothing fails either, so other alerts may not see it.'
              runbook_url: "https://a/{{ query 'up' }}"
"#;
    for artifact in &mut output.artifacts {
        if artifact.path == "alerts.test.yaml" {
            artifact.body = format!("{test}  - name: 'b: fires'\n  - name: 'c: fires'\n");
        }
    }
    validated("alerts", "templates", &output);
}
