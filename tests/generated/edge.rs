//! What stands in front, and how a schema changes.

use super::random::Random;
use super::system::{Draft, Platform, Service};

pub(crate) fn all(draft: &mut Draft) {
    site(draft);
    gateway(draft);
    change(draft);
}

fn site(draft: &mut Draft) {
    // A site is served by a gateway of a host.
    if draft.platform == Platform::Kubernetes || !draft.has_gateway || !draft.random.chance(40) {
        return;
    }
    let name = draft.name();
    let mut lines =
        vec!["build { context \"./web\"; steps [\"npm ci\", \"npm run build\"]; output \"dist\" }".to_owned()];
    if draft.random.chance(50) {
        lines.push("spa true".to_owned());
    }
    if draft.random.chance(50) {
        lines.push("assets \"/assets/\" { immutable 30d }".to_owned());
    }
    if draft.random.chance(30) {
        lines.push("root \"/srv/my site\"".to_owned());
    }
    draft.block(&format!("site {name}"), lines);
    draft.sites.push(name);
}

/// The gateway is called `edge`, since rollouts name it before it is written.
fn gateway(draft: &mut Draft) {
    if !draft.has_gateway {
        return;
    }
    let random = &mut draft.random;
    let mut lines = vec!["domain \"shop.example.com\"".to_owned()];
    if random.chance(30) {
        lines.push("domain \"*.shop.example.com\"".to_owned());
    }
    match random.between(1, 4) {
        1 => {}
        2 if !matches!(draft.platform, Platform::Kubernetes) => {
            lines.push("tls { certificate \"/etc/ssl/shop.pem\"; key \"/etc/ssl/shop.key\"; hsts 365d }".to_owned());
        }
        _ => lines.push(format!(
            "tls {{ acme{} }}",
            random.pick(&["", "; hsts 730d", "; versions [\"1.3\"]"])
        )),
    }
    // Of a system in several places, the gateway is a host's.
    let on_host = draft.platform != Platform::Kubernetes;
    let near = draft.services.iter().filter(|service| service.on_host == on_host);
    for (index, service) in near.enumerate() {
        let path = match index {
            0 if draft.sites.is_empty() => "/".to_owned(),
            _ => format!("{}{index}/", random.pick(&["/api/v", "/a.b+c/", "/~x/"])),
        };
        let Service { name, listener, .. } = service;
        lines.push(format!("route \"{path}\" {name}.{listener} {{ {} }}", route(random)));
    }
    if draft.several_places {
        lines.push(format!("runs_on {}", draft.host));
    }
    for site in &draft.sites {
        lines.push(format!("route \"/\" {site}"));
    }
    for (percent, line) in [
        (100, "body 25MiB"),
        (30, "compress [\"text/css\", \"application/json\"]"),
        (
            30,
            "headers { \"X-Frame-Options\" \"DENY\"; \"X-Say\" \"it's \\\"so\\\"; {x}\" }",
        ),
        (20, "trust_proxy [\"10.0.0.0/8\", \"2001:db8::/32\"]"),
        (20, "idle_timeout 75s"),
    ] {
        if random.chance(percent) {
            lines.push(line.to_owned());
        }
    }
    if !matches!(draft.platform, Platform::Kubernetes) {
        if random.chance(30) {
            lines.push("static \"/files/\" \"/srv/public files/\" { expires 7d }".to_owned());
        }
        if random.chance(30) {
            // What Debian's nginx, which judges, knows too.
            lines.push(format!("engine nginx {}", random.pick(&["1.22.1", "1.20", "1.18.0"])));
        }
    }
    draft.block("gateway edge", lines);
}

fn route(random: &mut Random) -> String {
    let mut settings = Vec::new();
    for (percent, setting) in [
        (50, "timeout 30s"),
        (20, "connect 2s; send 10s"),
        (25, "sticky true"),
        (25, "rate 20/s { burst 40 }"),
        (20, "buffering false"),
        (20, "idempotent true"),
        (20, "strip_prefix true"),
        (20, "websocket true"),
        (20, "keepalive 64"),
    ] {
        if random.chance(percent) {
            settings.push(setting);
        }
    }
    settings.join("; ")
}

/// A column that is renamed the long way, by the first service, on the first database.
fn change(draft: &mut Draft) {
    let first = draft.services.first().map(|service| service.name.clone());
    let (Some(database), Some(service)) = (draft.databases.first().cloned(), first) else {
        return;
    };
    if !draft.random.chance(25) || !draft.blocks.iter().any(|block| block.contains("engine postgres 16")) {
        return;
    }
    let sql = [
        (
            "0001.sql",
            "CREATE TABLE contacts (id bigint PRIMARY KEY, phone text);\n",
        ),
        ("0002.sql", "ALTER TABLE contacts ADD COLUMN phone_e164 text;\n"),
        (
            "0003.sql",
            "UPDATE contacts SET phone_e164 = phone WHERE id BETWEEN $1 AND $2 AND phone_e164 IS NULL;\n",
        ),
        ("0004.sql", "ALTER TABLE contacts DROP COLUMN phone;\n"),
    ];
    for (name, text) in sql {
        draft.files.push((format!("migrations/{name}"), text.to_owned()));
    }
    let lines = [
        format!("on {database}"),
        "moves contacts.phone to contacts.phone_e164".to_owned(),
        format!("from {service} 1.9 {{ reads contacts.phone; writes contacts.phone }}"),
        "expand \"migrations/0002.sql\" { lock_timeout 2s }".to_owned(),
        format!("deploy {service} 2.0 {{ reads contacts.phone; writes [contacts.phone, contacts.phone_e164] }}"),
        "backfill \"migrations/0003.sql\" { batch 2_000; pause 200ms }".to_owned(),
        format!("deploy {service} 2.1 {{ reads contacts.phone_e164; writes [contacts.phone, contacts.phone_e164] }}"),
        format!("deploy {service} 2.2 {{ reads contacts.phone_e164; writes contacts.phone_e164 }}"),
        format!("retire {service} 2.1"),
        "contract \"migrations/0004.sql\" { lock_timeout 2s }".to_owned(),
    ];
    draft
        .blocks
        .push(format!("change phone-numbers {{\n{}\n}}\n", lines.join("\n")));
    for block in &mut draft.blocks {
        if block.starts_with(&format!("database {database} ")) {
            *block = block.replacen("{\n", "{\nschema \"migrations/0001.sql\"\n", 1);
        }
    }
}
