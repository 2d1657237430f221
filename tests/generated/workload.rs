//! Services, workers and jobs.

use super::random::Random;
use super::system::{Draft, Platform, Service, quoted};

pub(crate) fn all(draft: &mut Draft) {
    draft.has_gateway = draft.platform != Platform::Compose && draft.random.chance(65);
    for _ in 0..draft.random.between(1, 4) {
        somewhere(draft, service);
    }
    for _ in 0..draft.random.between(0, 2) {
        somewhere(draft, worker);
    }
    for _ in 0..draft.random.between(0, 2) {
        somewhere(draft, job);
    }
}

/// Where there are a cluster and hosts, each workload is on one of them.
fn somewhere(draft: &mut Draft, write: fn(&mut Draft)) {
    let platform = draft.platform;
    if platform == Platform::Mixed {
        draft.platform = if draft.random.chance(50) {
            Platform::Kubernetes
        } else {
            Platform::Systemd
        };
        draft.several_places = true;
    }
    write(draft);
    draft.platform = platform;
}

fn service(draft: &mut Draft) {
    let name = draft.name();
    let mut lines = common(draft, &name, "service");
    let listener = listeners(draft, &mut lines);
    health(draft, &listener, &mut lines);
    rollout(draft, &listener, &mut lines);
    if draft.random.chance(40) {
        lines.push(format!("sessions {}", draft.random.pick(&["none", "token"])));
    }
    if draft.random.chance(30) {
        lines.push("slo { availability 99.9%; p95 300ms }".to_owned());
    }
    let on_host = draft.on_host();
    let near = draft.services.iter().rfind(|service| service.on_host == on_host);
    if let Some(Service { name, listener, .. }) = near.cloned()
        && draft.random.chance(60)
    {
        lines.push(format!("calls {name} {{ timeout 2s }}"));
        let facet = draft.random.pick(&["url", "host", "port"]);
        lines.push(format!("env PEER {name}.{listener}.{facet}"));
    }
    draft.block(&format!("service {name}"), lines);
    draft.services.push(Service {
        name,
        listener,
        on_host,
    });
}

fn worker(draft: &mut Draft) {
    let name = draft.name();
    let mut lines = common(draft, &name, "worker");
    if let Some(queue) = draft.queues.first().cloned() {
        lines.push(format!(
            "consumes {queue} {{ concurrency 4; visibility 60s; max_attempts 5; idempotent }}"
        ));
    }
    if draft.in_cluster() && draft.random.chance(40) {
        lines.push("health { live exec [\"/bin/alive\", \"--say\", \"$(X) it's\"] { every 20s } }".replace('$', "\\$"));
    }
    draft.block(&format!("worker {name}"), lines);
}

fn job(draft: &mut Draft) {
    let name = draft.name();
    let mut lines = common(draft, &name, "job");
    if draft.platform == Platform::Pm2 || draft.random.chance(70) {
        let cron = draft.random.pick(&[
            "*/5 * * * *",
            "0 3 * * 7",
            "15 2 1 * *",
            "0 0 * * mon-fri",
            "30 4 1,15 * *",
        ]);
        let settings = draft
            .random
            .pick(&["", "concurrency replace", "deadline 10m", "zone \"Europe/Paris\""]);
        lines.push(format!("schedule \"{cron}\" {{ {settings} }}"));
    }
    if draft.random.chance(40) {
        lines.push("timeout 1h".to_owned());
    }
    if draft.random.chance(30) {
        lines.push(format!("retries {}", draft.random.between(0, 5)));
    }
    if draft.random.chance(20) {
        lines.push("parallel 3".to_owned());
    }
    draft.block(&format!("job {name}"), lines);
}

/// What every kind has.
fn common(draft: &mut Draft, name: &str, kind: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let version = if draft.services.is_empty() {
        "2.0"
    } else {
        draft.random.pick(&["1.4.0", "3.2", "0.0.1"])
    };
    lines.push(format!("version {version}"));
    if draft.several_places {
        let place = if draft.on_host() { &draft.host } else { &draft.cluster };
        lines.push(format!("runs_on {place}"));
    }
    program(draft, &mut lines);
    resources(draft, kind, &mut lines);
    environment(draft, &mut lines);
    storage(draft, kind, &mut lines);
    shutdown(draft, kind, &mut lines);
    for database in draft.databases.clone() {
        if draft.random.chance(60) {
            lines.push(format!(
                "uses {database} {{ pool {}; acquire_timeout 1s; statement_timeout 5s }}",
                draft.random.between(1, 5)
            ));
            if kind == "service" && !lines.iter().any(|line| line.starts_with("migrate")) && draft.random.chance(40) {
                let when = draft.random.pick(&["before", "after", "before", "on_start"]);
                lines.push(format!(
                    "migrate {when} {{ run [\"/bin/migrate\", \"--to\", \"100%\"]; uses {database} {{ pool 1 }}; lock_timeout 2s; timeout 10m }}"
                ));
            }
        }
    }
    for cache in draft.caches.clone() {
        if draft.random.chance(40) {
            lines.push(format!("uses {cache} {{ pool 2 }}"));
        }
    }
    if let Some(queue) = draft.queues.last().cloned()
        && draft.random.chance(40)
    {
        lines.push(format!("publishes {queue}"));
    }
    if let Some(external) = draft.externals.last().cloned()
        && draft.random.chance(40)
    {
        lines.push(format!("calls {external} {{ timeout 2s; breaker 50% {{ over 10s }} }}"));
    }
    beside(draft, kind, &mut lines);
    if draft.random.chance(25) && draft.in_cluster() {
        lines.push(
            "placement { spread zone; node pool \"general\"; tolerate \"dedicated\" \"shop\"; priority high }"
                .to_owned(),
        );
    }
    if draft.random.chance(30) {
        lines.push(format!("security {{ {} }}", security(&mut draft.random, name)));
    }
    if draft.random.chance(30) {
        let value = draft.text();
        lines.push(format!("annotations {{ \"example.com/page\" {value} }}"));
    }
    lines
}

fn security(random: &mut Random, name: &str) -> String {
    match random.between(1, 4) {
        1 => "user 10500; group 10500".to_owned(),
        2 => "capabilities [NET_BIND_SERVICE]".replace("NET_BIND_SERVICE", "\"NET_BIND_SERVICE\""),
        3 => format!("user 20_001; writable [\"/var/lib/{name}\"]"),
        _ => "egress [\"192.0.2.0/24\", \"2001:db8::/32\"]".to_owned(),
    }
}

fn program(draft: &mut Draft, lines: &mut Vec<String>) {
    let on_host = draft.on_host();
    let random = &mut draft.random;
    let (runtime, run) = *random.pick(&[
        &("node 24", "\"dist/main.js\""),
        &("node 22", "[\"dist/main.mjs\", \"--port\", \"it's %n\"]"),
        &("python 3.13", "[\"gunicorn\", \"app:application\"]"),
        &("jvm 21", "\"app.jar\""),
        &("go", "\"/opt/app/server\""),
        &("dotnet 9", "[\"dotnet\", \"Shop.dll\"]"),
        &("rust", "\"/opt/app/server\""),
        &("binary", "[\"/opt/my app/bin\", \"--quiet\"]"),
    ]);
    lines.push(format!("runtime {runtime}"));
    let digest = "6f1c5b0a".repeat(8);
    let image = random.pick(&["image", "image", "build", "neither"]);
    // The heap of these is capped on the command line.
    let flagged = runtime.starts_with("node") || runtime.starts_with("jvm");
    if on_host || flagged || image != "image" || random.chance(60) {
        lines.push(format!("run {run}"));
    }
    match image {
        _ if on_host => {}
        "image" => {
            let tag = random.pick(&[":2.0", ":1-alpine", "@"]);
            let tag = if tag == "@" {
                format!("@sha256:{digest}")
            } else {
                tag.to_owned()
            };
            lines.push(format!("image \"registry.example.com:5000/acme/shop{tag}\""));
        }
        "build" => lines.push("build { context \"./app\" }".to_owned()),
        _ => {}
    }
    if random.chance(35) {
        let first = draft.text();
        let second = draft.text();
        lines.push(format!("args [\"--say\", {first}, {second}]"));
    }
    if draft.random.chance(15) {
        lines.push("working_dir \"/srv/my app\"".to_owned());
    }
}

fn resources(draft: &mut Draft, kind: &str, lines: &mut Vec<String>) {
    let random = &mut draft.random;
    if random.chance(85) {
        lines.push(format!("cpu {}", random.pick(&["250m..1", "500m", "1", "100m..2"])));
    }
    if random.chance(90) {
        let heap = lines
            .iter()
            .any(|line| line.starts_with("runtime node") || line.starts_with("runtime jvm"));
        let heap = if heap { " { heap auto }" } else { "" };
        lines.push(format!(
            "memory {}{heap}",
            random.pick(&["2Gi", "1Gi..3Gi", "1536Mi", "2500Mi..4Gi"])
        ));
    }
    if kind != "job" {
        let cluster = draft.platform == Platform::Kubernetes || draft.platform == Platform::Mixed;
        let scale = match random.between(1, 5) {
            1 => "1".to_owned(),
            2 if cluster => "2..6 { cpu 70%; memory 80% }".to_owned(),
            3 if cluster => "2..6 { rate 50/s; up { by 2; every 30s }; down { by 50%; window 5m } }".to_owned(),
            4 if cluster && !draft.queues.is_empty() && kind == "worker" => {
                format!("1..5 {{ queue {} 100 }}", draft.queues[0])
            }
            _ => draft.random.between(1, 4).to_string(),
        };
        lines.push(format!("scale {scale}"));
        if draft.random.chance(25) {
            lines.push(format!(
                "budget {{ unavailable {} }}",
                draft.random.pick(&["1", "2", "25%"])
            ));
        }
    }
    if draft.random.chance(30) {
        let restart = match kind {
            "job" => "on_failure { delay 2s }",
            _ => draft.random.pick(&[
                "always { delay 2s }",
                "on_failure { delay 2s; limit 5 in 1m }",
                "always",
            ]),
        };
        lines.push(format!("restart {restart}"));
    }
    lines.push("load { rate 20/s; cpu 2ms; boot 5s; longest 10s }".to_owned());
}

fn environment(draft: &mut Draft, lines: &mut Vec<String>) {
    for index in 0..draft.random.between(0, 4) {
        let value = draft.text();
        lines.push(format!("env VALUE_{index} {value}"));
    }
    if let Some(set) = draft.config_set.clone()
        && draft.random.chance(60)
    {
        lines.push(format!("env_from {set}"));
    }
    let source = match draft.platform {
        Platform::Kubernetes | Platform::Mixed => draft.random.pick(&["vault:shop/api#url", "k8s:shared-secrets#url"]),
        Platform::Compose => "env:DATABASE_URL",
        Platform::Systemd | Platform::Pm2 => draft.random.pick(&["env:DATABASE_URL", "file:/etc/shop/url"]),
    };
    if draft.random.chance(60) {
        lines.push(format!("secret DATABASE_URL from \"{source}\""));
    }
    if draft.random.chance(20) {
        lines.push("config POOL_SIZE integer { default 5; min 1; max 50 }".to_owned());
    }
}

fn storage(draft: &mut Draft, kind: &str, lines: &mut Vec<String>) {
    if draft.random.chance(25) {
        let volume = draft.random.pick(&["scratch", "memory", "persistent"]);
        if kind != "job" || volume != "persistent" {
            let path = draft.random.pick(&["/var/lib/data", "/var/cache/my data"]);
            lines.push(format!("volume data \"{path}\" {{ kind {volume}; size 100Mi }}"));
        }
    }
    if draft.random.chance(30) {
        let text = draft.text();
        let name = format!("config/app-{}.conf", draft.files.len());
        draft.files.push((name.clone(), format!("# {text}\nkey = 'value'\n")));
        lines.push(format!("file \"/etc/shop/{}.conf\" from \"{name}\"", draft.files.len()));
    }
    if draft.in_cluster() && draft.random.chance(15) {
        lines.push("file \"/etc/shop/key.pem\" from secret \"vault:shop/api#key\"".to_owned());
    }
}

fn shutdown(draft: &mut Draft, kind: &str, lines: &mut Vec<String>) {
    if kind == "job" || draft.random.chance(40) {
        return;
    }
    let signals = if draft.platform == Platform::Pm2 {
        "signals [SIGINT, SIGTERM]; "
    } else {
        "signals [SIGTERM]; "
    };
    let drain = draft
        .random
        .pick(&["drain 12s", "drain 20s; grace 45s", "drain 12500ms"]);
    lines.push(format!("shutdown {{ {signals}{drain} }}"));
}

fn beside(draft: &mut Draft, kind: &str, lines: &mut Vec<String>) {
    let containers = draft.in_cluster() || draft.platform == Platform::Compose;
    if containers && draft.random.chance(25) {
        let name = draft.name();
        let value = draft.text();
        lines.push(format!(
            "sidecar {name} {{ image \"registry.example.com/acme/agent:1\"; run [\"/agent\", {value}]; cpu 50m; memory 64Mi; env AGENT {value} }}"
        ));
    }
    if draft.random.chance(20) && kind != "job" && draft.platform != Platform::Pm2 {
        let waits = draft.databases.first().cloned().filter(|_| draft.random.chance(40));
        let waits = waits.map_or(String::new(), |database| format!("; wait_for {database}"));
        let text = quoted("echo $HOME; it's done");
        lines.push(format!("before warm-up {{ run [\"/bin/sh\", \"-c\", {text}]{waits} }}"));
    }
}

/// The first listener's name.
fn listeners(draft: &mut Draft, lines: &mut Vec<String>) -> String {
    let port = draft.port();
    let mut settings = Vec::new();
    for (percent, setting) in [
        (25, "as 80"),
        (25, "websocket true"),
        (20, "stream true"),
        (30, "idle_timeout 75s"),
        (20, "max_body 20MiB"),
    ] {
        if draft.random.chance(percent) && (setting != "as 80" || draft.in_cluster()) {
            settings.push(setting.to_owned());
        }
    }
    if draft.random.chance(15) {
        settings.push(format!("expose {}", draft.random.pick(&["cluster", "node", "public"])));
    }
    if draft.platform == Platform::Pm2 {
        settings.push("step 0".to_owned());
    }
    let named = draft.random.chance(25);
    if named {
        settings.push("name public-web-listener".to_owned());
    }
    let name = if named { "public-web-listener" } else { "http" };
    lines.push(format!("listen http {port} {{ {} }}", settings.join("; ")));
    if draft.on_host() {
        lines.push(format!("env PORT self.{name}.port"));
    }
    if !draft.on_host() && draft.random.chance(25) {
        let second = draft.port();
        lines.push(
            draft
                .random
                .pick(&["listen tcp PORT { name metrics }", "listen grpc PORT"])
                .replace("PORT", &second.to_string()),
        );
    }
    name.to_owned()
}

fn health(draft: &mut Draft, listener: &str, lines: &mut Vec<String>) {
    let random = &mut draft.random;
    let mut probes = Vec::new();
    if random.chance(70) {
        probes.push(format!(
            "startup {} {{ every 2s; within 60s; port {listener} }}",
            random.pick(&["\"/readyz\"", "tcp"])
        ));
    }
    if random.chance(90) {
        probes.push(format!(
            "ready \"/readyz?deep=1&x=%20\" {{ every 1500ms; failing 2; header \"Host\" \"shop\"; port {listener} }}"
        ));
    }
    if random.chance(70) {
        probes.push(format!("live \"/livez\" {{ every 10s; failing 3; port {listener} }}"));
    }
    if !probes.is_empty() {
        lines.push(format!("health {{ {} }}", probes.join("; ")));
    }
}

fn rollout(draft: &mut Draft, listener: &str, lines: &mut Vec<String>) {
    let via = if draft.has_gateway && draft.platform == Platform::Kubernetes {
        "via edge; "
    } else {
        ""
    };
    let persistent = lines.iter().any(|line| line.contains("kind persistent"));
    let rollout = match draft.random.between(1, 8) {
        1 if draft.platform == Platform::Pm2 => "reload { verify \"/readyz\" { tries 3 } }".to_owned(),
        1 => "rolling { surge 25%; unavailable 0; min_ready 5s; deadline 5m }".to_owned(),
        2 => "recreate".to_owned(),
        3 | 4 if draft.argo && !persistent && draft.in_cluster() => {
            format!(
                "canary {{ {via}step 10% {{ for 5m }}; step 50% {{ for 10m }}; abort error_rate > 1%; abort p95 > 500ms }}"
            )
        }
        5 if draft.argo && !persistent && draft.in_cluster() => {
            let smoke = draft
                .random
                .pick(&["smoke \"/smoke\"", "smoke exec [\"/bin/smoke\", \"--all\"]", ""]);
            let _ = listener;
            format!("blue-green {{ {via}{smoke}; hold 10m }}")
        }
        _ => return,
    };
    lines.push(format!("rollout {rollout}"));
}
