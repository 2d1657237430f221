//! From where to where, and what the address is.

use loadline_compiler::model::Model;

use super::*;
use crate::testing::model;

/// Services `pod`, `far`, `unit`, `other` and `loose` in two clusters and on three hosts, and who asks for them.
const SPEC: &str = r#"
project shop { }
cluster one { namespace shop; rollouts argo }
cluster two { namespace shop }
host near { count 2; address ["10.0.0.5", "10.0.0.6"] }
host away { address ["fd00::7"] }
host lost { }
service pod   { image "pod:1";   runs_on one;  listen http 3000 { as 80 }; listen grpc 50051; env X "y" }
service far   { image "far:1";   runs_on two;  listen http 3000; listen grpc 50051; listen tcp 7000 }
service shy   { image "shy:1";   runs_on two;  listen http 3000 }
service unit  { run "a"; runtime go; runs_on near; listen http 4000 { as 81 } }
service other { run "a"; runtime go; runs_on away; listen http 5000 }
service loose { run "a"; runtime go; runs_on lost; listen http 6000 }
service routed { run "a"; runtime go; runs_on lost; listen http 6100 }
gateway edge {
  domain  "*.example.com"
  domain  "far.example.com"
  tls     { certificate "/c"; key "/k" }
  runs_on two
  route   "/files/far/" far.http { strip_prefix }
  route   "/far/" far.http { strip_prefix }
  route   "/rpc/" far.grpc
}
gateway door { listen 8080; domain "door.example.com"; runs_on away; route "/" routed }
database here  { engine postgres 16; on away }
database twice { engine postgres 16; on near }
CALLER
"#;

/// What a caller sees in the first variable of its own.
fn seen(caller: &str, reference: &str) -> String {
    let spec = SPEC.replace("CALLER", &caller.replace("REFERENCE", reference));
    let model = model(&spec);
    let workload = model.workloads.last().unwrap();
    let network = network(&model, workload);
    let template = &workload.env.iter().next().unwrap().value.value;
    match text(&model, template, network) {
        Ok(text) => text,
        Err(found) => format!("{}; {}", found.message, found.help.unwrap_or_default()),
    }
}

fn network<'m>(model: &'m Model, workload: &'m Workload) -> Network<'m> {
    match model.platform(workload) {
        Platform::Kubernetes(cluster) => Network::Kubernetes {
            cluster,
            namespace: "shop",
        },
        Platform::Compose => Network::Compose,
        Platform::Systemd(_) | Platform::Pm2(_) => Network::Host {
            from: workload,
            instance: 1,
        },
    }
}

const POD: &str = "service me { image \"me:1\"; runs_on one; env A REFERENCE }";
const UNIT: &str = "service me { run \"a\"; runtime go; runs_on near; env A REFERENCE }";

#[test]
fn on_a_cluster_only_what_runs_there_is_a_service() {
    assert_eq!(seen(POD, "pod.http.url"), "http://pod.shop");
    assert_eq!(seen(POD, "pod.http.port"), "80");
    assert_eq!(seen(POD, "pod.grpc.url"), "grpc://pod.shop:50051");
}

#[test]
fn from_a_cluster_a_host_is_its_address() {
    // `as` is a port of a Service, and a host maps none.
    assert_eq!(seen(POD, "unit.http.url"), "http://10.0.0.5:4000");
    assert_eq!(seen(POD, "other.http.url"), "http://[fd00::7]:5000");
    assert_eq!(seen(POD, "routed.http.url"), "http://door.example.com:8080");
    assert_eq!(
        seen(POD, "loose.http.url"),
        "the url of `loose` is not known on Kubernetes; `loose` runs on `lost`: give that an `address [\"10.0.0.5\"]`, \
         or let a gateway with a `domain` route to `loose`"
    );
}

#[test]
fn another_cluster_is_behind_its_gateway() {
    for caller in [POD, UNIT] {
        assert_eq!(seen(caller, "far.http.url"), "https://far.example.com/far");
        assert_eq!(seen(caller, "far.http.host"), "far.example.com");
        assert_eq!(seen(caller, "far.http.port"), "443");
        assert_eq!(seen(caller, "far.grpc.url"), "grpcs://far.example.com:443");
        for hidden in ["far.tcp.url", "shy.http.url"] {
            let found = seen(caller, hidden);
            assert!(found.contains("is not known"), "{found}");
            assert!(found.contains("let a gateway with a `domain` route to"), "{found}");
        }
    }
}

#[test]
fn on_a_host_the_own_machine_is_loopback() {
    assert_eq!(seen(UNIT, "unit.http.url"), "http://127.0.0.1:4000");
    assert_eq!(seen(UNIT, "other.http.url"), "http://[fd00::7]:5000");
    assert!(seen(UNIT, "loose.http.host").starts_with("the host of `loose` is not known on a host;"));
}

#[test]
fn a_store_on_one_of_several_machines_is_nowhere() {
    assert_eq!(seen(POD, "here.url"), "postgres://[fd00::7]:5432");
    let found = seen(POD, "twice.url");
    assert!(
        found.contains("`near` is 2 machines, and nothing says which"),
        "{found}"
    );
}

#[test]
fn in_a_compose_file_everything_is_a_container() {
    let model = model(&SPEC.replace("CALLER", ""));
    for workload in &model.workloads {
        let listen = workload.listen.first().unwrap();
        let place = workload_address(&model, workload, listen, Network::Compose).unwrap();
        assert_eq!(
            (place.host.as_str(), place.port),
            (workload.name.value.0.as_str(), Some(listen.port.0))
        );
    }
}
