"""Rules of kube-score, kube-linter and Polaris that practice.py does not check, each with the reason."""

# What the schemas, the checks of references and pod security find already.
ELSEWHERE = {
    "references inside a set must lead somewhere": [
        "kube-score/ingress-targets-service",
        "kube-score/service-targets-pod",
        "kube-score/networkpolicy-targets-pod",
        "kube-score/statefulset-has-servicename",
        "kube-score/horizontalpodautoscaler-has-target",
        "kube-score/deployment-pod-selector-labels-match-template-metadata-labels",
        "kube-score/statefulset-pod-selector-labels-match-template-metadata-labels",
        "kube-linter/dangling-service",
        "kube-linter/dangling-ingress",
        "kube-linter/dangling-horizontalpodautoscaler",
        "kube-linter/dangling-networkpolicy",
        "kube-linter/dangling-networkpolicypeer-podselector",
        "kube-linter/invalid-target-ports",
        "kube-linter/mismatching-selector",
    ],
    "the strict schemas": ["kube-linter/schema-validation"],
    "pod security `restricted`": ["kube-linter/run-as-non-root", "polaris/runAsRootAllowed"],
}

# What the spec decides; the compiler asks for it there.
SPEC = {
    "[memory-limit-missing](rules/memory-limit-missing.md), [cpu-request-missing](rules/cpu-request-missing.md)": [
        "kube-score/container-resources",
        "kube-linter/unset-cpu-requirements",
        "kube-linter/unset-memory-requirements",
        "polaris/cpuRequestsMissing",
        "polaris/memoryRequestsMissing",
        "polaris/memoryLimitsMissing",
    ],
    "[readiness-missing](rules/readiness-missing.md), [liveness-missing](rules/liveness-missing.md)": [
        "kube-score/pod-probes",
        "kube-linter/no-liveness-probe",
        "kube-linter/no-readiness-probe",
        "polaris/readinessProbeMissing",
        "polaris/livenessProbeMissing",
    ],
    "[liveness-equals-readiness](rules/liveness-equals-readiness.md)": ["kube-score/pod-probes-identical"],
    "[image-not-pinned](rules/image-not-pinned.md)": ["kube-linter/latest-tag"],
    "[port-exposed](rules/port-exposed.md)": ["kube-score/service-type", "kube-linter/exposed-services"],
    "[owner-missing](rules/owner-missing.md)": ["kube-linter/required-label-owner"],
    "`scale`": [
        "kube-score/deployment-replicas",
        "kube-score/horizontalpodautoscaler-replicas",
        "kube-linter/minimum-three-replicas",
        "kube-linter/hpa-minimum-three-replicas",
        "polaris/deploymentMissingReplicas",
        "polaris/hpaMaxAvailability",
        "polaris/hpaMinAvailability",
    ],
    "`rollout`": ["kube-linter/no-rolling-update-strategy"],
    "`schedule { deadline }`": ["kube-score/cronjob-has-deadline"],
    "`volume { size }`": ["kube-score/container-ephemeral-storage-request-and-limit"],
    "`security { user; group }`, 10001 when they are not given": [
        "kube-score/container-security-context-user-group-id",
    ],
    "`placement { priority }`": ["kube-linter/priority-class-name", "polaris/priorityClassNotSet"],
    "`listen`": ["kube-linter/privileged-ports", "kube-linter/ssh-port"],
    "`gateway { tls }`": ["polaris/tlsSettingsMissing"],
}

DECLINED = {
    "An image is pinned by digest or version; `Always` asks the registry at every start, and a registry that is down "
    "then stops the restart of what runs": ["kube-score/container-image-pull-policy", "polaris/pullPolicyNotAlways"],
    "A limit of processor time throttles a process while the node idles; `cpu 250m..1` writes one where it is wanted": [
        "polaris/cpuLimitsMissing",
    ],
    "Requests that equal limits pay for the peak all day; `memory 1Gi`, one value, says so where it is wanted": [
        "kube-score/container-resource-requests-equal-limits",
        "kube-score/container-cpu-requests-equal-limits",
        "kube-score/container-memory-requests-equal-limits",
        "kube-score/container-ephemeral-storage-request-equals-limit",
    ],
    "Programs read secrets from the environment; `file … from secret` mounts one instead": [
        "kube-linter/read-secret-from-env-var",
    ],
    "Secrets are never written, so a reference leads out of the files": ["kube-linter/env-value-from"],
    "A Job that failed keeps its pod and its log, and is tried again in a new one": ["kube-linter/restart-policy"],
    "`ndots` is the cluster's setting, and 2 breaks names of other namespaces": ["kube-linter/dnsconfig-options"],
    "`placement { node }` is a node selector, which says the same": ["kube-linter/no-node-affinity"],
    "An owner is a team, not an address": ["kube-linter/required-annotation-email"],
    "Fields stand in the order in which an object is read: kind, name, specification": ["kube-linter/sorted-keys"],
}

ABSENT = {
    "ServiceMonitor": ["kube-linter/dangling-servicemonitor"],
    "SecurityContextConstraints": ["kube-linter/scc-deny-privileged-container"],
    "ClusterRole and ClusterRoleBinding": [
        "polaris/clusterrolePodExecAttach",
        "polaris/clusterrolebindingPodExecAttach",
        "polaris/clusterrolebindingClusterAdmin",
    ],
}


def markdown():
    yield from table("what other checks find", ELSEWHERE)
    yield from table("what the spec decides", SPEC)
    yield from table("what is not followed, and why", DECLINED)
    yield from table("kinds of objects that are never written", ABSENT)


def table(title, rows):
    yield from ["", f"| {title} | called |", "|---|---|"]
    for reason, ids in rows.items():
        yield f"| {reason} | {', '.join(f'`{one}`' for one in sorted(ids))} |"
