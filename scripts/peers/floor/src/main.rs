//! Writes the Kubernetes objects of the generated system (benches/system.rs): `floor SERVICES DIRECTORY`.
//!
//! Names of ConfigMaps stand without the digest of their content: nothing is computed here.

use serde_json::{Value, json};

const NAMESPACE: &str = "bench";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, services, directory] = arguments.as_slice() else {
        panic!("usage: floor SERVICES DIRECTORY");
    };
    let services: usize = services.parse().unwrap();
    std::fs::create_dir_all(directory).unwrap();
    let mut names = Vec::new();
    let mut write = |object: &Value| {
        let kind = object["kind"].as_str().unwrap().to_lowercase();
        let file = format!("{kind}-{}.yaml", object["metadata"]["name"].as_str().unwrap());
        // JSON is YAML.
        std::fs::write(
            format!("{directory}/{file}"),
            serde_json::to_string_pretty(object).unwrap(),
        )
        .unwrap();
        names.push(file);
    };
    for number in 0..services {
        service(number, services).iter().for_each(&mut write);
    }
    write(&object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "default-deny",
        json!({
            "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"] },
        }),
    ));
    names.sort();
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": NAMESPACE,
        "resources": names,
    });
    std::fs::write(
        format!("{directory}/kustomization.yaml"),
        serde_json::to_string_pretty(&kustomization).unwrap(),
    )
    .unwrap();
}

fn selector(name: &str) -> Value {
    json!({ "app.kubernetes.io/name": name, "app.kubernetes.io/instance": name })
}

fn labels(name: &str) -> Value {
    json!({
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/part-of": NAMESPACE,
        "app.kubernetes.io/managed-by": "loadline",
    })
}

fn object(api_version: &str, kind: &str, name: &str, rest: Value) -> Value {
    let mut object = rest;
    object["apiVersion"] = api_version.into();
    object["kind"] = kind.into();
    object["metadata"] = json!({ "name": name, "namespace": NAMESPACE, "labels": labels(name) });
    object
}

fn peer(name: &str) -> Value {
    json!({ "podSelector": { "matchLabels": selector(name) } })
}

fn probe(path: &str, period: u32, failures: u32) -> Value {
    json!({
        "httpGet": { "path": path, "port": "http" },
        "periodSeconds": period,
        "timeoutSeconds": 1,
        "successThreshold": 1,
        "failureThreshold": failures,
    })
}

fn spread(name: &str, topology: &str) -> Value {
    json!({
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": { "matchLabels": selector(name) },
    })
}

fn service(number: usize, services: usize) -> [Value; 7] {
    let name = &format!("svc-{number}");
    let caller = format!("svc-{}", (number + services - 1) % services);
    let callee = format!("svc-{}", (number + 1) % services);
    let settings = format!("settings-{number}");
    let config_map = object(
        "v1",
        "ConfigMap",
        &settings,
        json!({
            "immutable": true,
            "data": {
                "CACHE_TTL": "30s",
                "PAGE_SIZE": (20 + number % 5).to_string(),
                "THEME": format!("dark-{number}"),
            },
        }),
    );
    let mut deployment = object(
        "apps/v1",
        "Deployment",
        name,
        json!({
            "spec": {
                "selector": { "matchLabels": selector(name) },
                "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } },
                "template": { "metadata": {}, "spec": pod(number, name, &settings) },
            },
        }),
    );
    deployment["metadata"]["labels"]["app.kubernetes.io/version"] = format!("1.{number}.0").into();
    deployment["spec"]["template"]["metadata"]["labels"] = deployment["metadata"]["labels"].clone();
    deployment["metadata"]["annotations"] = json!({ "kubernetes.io/description": format!("Service number {number}.") });
    let autoscaler = object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        name,
        json!({
            "spec": {
                "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": name },
                "minReplicas": 3,
                "maxReplicas": 6,
                "metrics": [{
                    "type": "Resource",
                    "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 70 } },
                }],
            },
        }),
    );
    let policy = object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        json!({
            "spec": {
                "podSelector": { "matchLabels": selector(name) },
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{ "from": [peer(&caller)], "ports": [{ "protocol": "TCP", "port": 3000 }] }],
                "egress": [
                    {
                        "to": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } } }],
                        "ports": [{ "protocol": "UDP", "port": 53 }, { "protocol": "TCP", "port": 53 }],
                    },
                    { "to": [peer(&callee)], "ports": [{ "protocol": "TCP", "port": 3000 }] },
                    { "ports": [{ "protocol": "TCP", "port": 5432 }] },
                ],
            },
        }),
    );
    let budget = object(
        "policy/v1",
        "PodDisruptionBudget",
        name,
        json!({
            "spec": {
                "maxUnavailable": 1,
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
                "selector": { "matchLabels": selector(name) },
            },
        }),
    );
    let service = object(
        "v1",
        "Service",
        name,
        json!({
            "spec": {
                "type": "ClusterIP",
                "selector": selector(name),
                "ports": [{ "name": "http", "port": 3000, "targetPort": "http", "protocol": "TCP" }],
            },
        }),
    );
    let account = object(
        "v1",
        "ServiceAccount",
        name,
        json!({ "automountServiceAccountToken": false }),
    );
    [config_map, deployment, autoscaler, policy, budget, service, account]
}

fn pod(number: usize, name: &str, settings: &str) -> Value {
    json!({
        "serviceAccountName": name,
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "terminationGracePeriodSeconds": 45,
        "topologySpreadConstraints": [
            spread(name, "topology.kubernetes.io/zone"),
            spread(name, "kubernetes.io/hostname"),
        ],
        "containers": [{
            "name": name,
            "image": format!("ghcr.io/acme/{name}@sha256:{number:064x}"),
            "imagePullPolicy": "IfNotPresent",
            "command": ["node", "--max-old-space-size=640", "dist/server.mjs"],
            "ports": [{ "name": "http", "containerPort": 3000, "protocol": "TCP" }],
            "envFrom": [{ "configMapRef": { "name": settings } }],
            "env": [
                { "name": "NODE_ENV", "value": "production" },
                { "name": "LOG_LEVEL", "value": "info" },
                { "name": "PORT", "value": "3000" },
                { "name": "REGION", "value": format!("eu-{}", number / 10) },
                { "name": "DATABASE_URL", "valueFrom": { "secretKeyRef": { "name": name, "key": "url" } } },
            ],
            "resources": {
                "requests": { "cpu": "250m", "memory": "512Mi" },
                "limits": { "cpu": "1", "memory": "1Gi" },
            },
            "startupProbe": probe("/readyz", 2, 30),
            "readinessProbe": probe("/readyz", 5, 2),
            "livenessProbe": probe("/livez", 10, 3),
            "lifecycle": { "preStop": { "sleep": { "seconds": 5 } } },
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            },
            "volumeMounts": [{ "name": "tmp", "mountPath": "/tmp" }],
        }],
        "volumes": [{ "name": "tmp", "emptyDir": {} }],
    })
}
