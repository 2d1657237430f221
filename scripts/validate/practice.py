#!/usr/bin/env python3
"""Rules of kube-score, kube-linter and Polaris that generated objects satisfy whatever the spec says.

A rule is a function; its tags are the names that the tools give it. What is said elsewhere or not at all, and why,
stands in practice_declined.py. Versions of the tools: kube-score 1.20.0, kube-linter 0.8.3, Polaris 10.2.2.

Usage: practice.py     prints all of it as Markdown
"""

import re

import practice_declined

RULES = []
SECRET_NAME = re.compile(r"(?i)secret|password|passwd|token|api_?key|credential")
WORKLOADS = ("Deployment", "StatefulSet", "Rollout")


def rule(scope, *ids):
    def add(function):
        RULES.append((scope, ids, function))
        return function

    return add


def findings(document, templates, everything, since):
    """The tags of the rules that a document breaks, with what breaks them. `since` is the oldest version it is for."""
    pods = [template["spec"] for template in templates]
    containers = [one for pod in pods for one in pod.get("initContainers", []) + pod["containers"]]
    subjects = {"pod": pods, "container": containers, "object": [document]}
    for scope, ids, broken in RULES:
        if since < SINCE.get(broken, (0,)):
            continue
        for subject in subjects[scope]:
            found = broken(subject, everything) if broken.__code__.co_argcount == 2 else broken(subject)
            if found:
                yield f"{', '.join(ids)}: {found}"


@rule("container", "kube-score/container-image-tag", "polaris/tagNotSpecified")
def image_has_a_tag(container):
    """Of an image that the spec writes without one, the compiler speaks: image-not-pinned."""
    name = container["image"].rpartition("/")[2]
    return "" if ":" in name or "@" in name else container["image"]


@rule("container", "kube-score/environment-variable-key-duplication", "kube-linter/duplicate-env-var")
def variable_once(container):
    names = [variable["name"] for variable in container.get("env", [])]
    return sorted({name for name in names if 1 < names.count(name)})


@rule("container", "kube-linter/env-var-secret", "polaris/sensitiveContainerEnvVar")
def no_secret_value(container):
    """Only where the value is no reference to a file or an address: `PASSWORD_FILE` is no secret."""
    variables = [variable for variable in container.get("env", []) if "value" in variable]
    return [
        variable["name"]
        for variable in variables
        if SECRET_NAME.search(variable["name"]) and variable["value"] and not variable["name"].endswith("_FILE")
    ]


@rule("object", "polaris/sensitiveConfigmapContent")
def no_secret_in_config(document):
    if document["kind"] != "ConfigMap":
        return ""
    return [name for name in document.get("data", {}) if re.search(r"(?i)secret|password|private_?key", name)]


@rule("object", "kube-score/stable-version", "kube-linter/no-extensions-v1beta")
def stable_version(document):
    stable = re.search(r"(^|/)v\d+$", document["apiVersion"]) or document["apiVersion"].startswith("argoproj.io/")
    return "" if stable else document["apiVersion"]


@rule("container", "kube-score/container-security-context-readonlyrootfilesystem", "kube-linter/no-read-only-root-fs")
@rule("container", "polaris/notReadOnlyRootFilesystem", "polaris/linuxHardening")
def read_only_root(container):
    return "" if container["securityContext"].get("readOnlyRootFilesystem") is True else container["name"]


@rule("container", "kube-score/container-security-context-privileged", "kube-linter/privileged-container")
@rule("container", "polaris/runAsPrivileged")
def not_privileged(container):
    return container["securityContext"].get("privileged")


@rule("container", "kube-linter/privilege-escalation-container", "polaris/privilegeEscalationAllowed")
def no_escalation(container):
    return "" if container["securityContext"].get("allowPrivilegeEscalation") is False else container["name"]


@rule("container", "kube-linter/drop-net-raw-capability", "polaris/dangerousCapabilities", "polaris/insecureCapabilities")
def capabilities_dropped(container):
    return "" if container["securityContext"].get("capabilities", {}).get("drop") == ["ALL"] else container["name"]


@rule("pod", "kube-score/container-seccomp-profile")
def seccomp(pod):
    return "" if pod["securityContext"].get("seccompProfile", {}).get("type") == "RuntimeDefault" else "no profile"


@rule("pod", "kube-linter/host-ipc", "kube-linter/host-network", "kube-linter/host-pid")
@rule("pod", "polaris/hostIPCSet", "polaris/hostNetworkSet", "polaris/hostPIDSet", "polaris/hostProcess")
def no_host_namespace(pod):
    return [field for field in ("hostNetwork", "hostPID", "hostIPC") if pod.get(field)]


@rule("container", "polaris/hostPortSet")
def no_host_port(container):
    return [port for port in container.get("ports", []) if "hostPort" in port]


@rule("pod", "kube-linter/docker-sock", "kube-linter/sensitive-host-mounts", "kube-linter/writable-host-mount")
@rule("pod", "polaris/hostPathSet")
def no_host_path(pod):
    return [volume["name"] for volume in pod.get("volumes", []) if "hostPath" in volume]


@rule("pod", "kube-linter/unsafe-sysctls")
def no_sysctls(pod):
    return pod["securityContext"].get("sysctls")


@rule("container", "kube-linter/unsafe-proc-mount", "polaris/procMount")
def default_proc_mount(container):
    return container["securityContext"].get("procMount")


@rule("pod", "kube-linter/deprecated-service-account-field", "kube-linter/default-service-account")
def own_account(pod):
    return "" if pod.get("serviceAccountName", "default") != "default" and "serviceAccount" not in pod else "default"


@rule("pod", "kube-linter/non-existent-service-account")
def account_exists(pod, everything):
    """An account that the spec names is the cluster's; then its token is the account's to mount."""
    if "automountServiceAccountToken" not in pod:
        return ""
    accounts = [other["metadata"]["name"] for other in everything if other["kind"] == "ServiceAccount"]
    return "" if pod["serviceAccountName"] in accounts else pod["serviceAccountName"]


@rule("object", "polaris/automountServiceAccountToken")
def no_token(document):
    """What calls the API has a Role of its own here, and an account with a token for it."""
    account = document["kind"] == "ServiceAccount"
    return "" if not account or "automountServiceAccountToken" in document else document["metadata"]["name"]


@rule("object", "kube-score/deployment-strategy")
def strategy_written(document):
    return "no strategy" if document["kind"] == "Deployment" and not document["spec"].get("strategy") else ""


@rule("object", "kube-score/deployment-targeted-by-hpa-does-not-have-replicas-configured")
def replicas_or_autoscaler(document, everything):
    if document["kind"] not in WORKLOADS:
        return ""
    targets = [other["spec"]["scaleTargetRef"] for other in everything if other["kind"] == "HorizontalPodAutoscaler"]
    scaled = (document["kind"], document["metadata"]["name"]) in [(to["kind"], to["name"]) for to in targets]
    return "replicas and an autoscaler, or neither" if scaled == ("replicas" in document["spec"]) else ""


@rule("object", "kube-score/deployment-has-poddisruptionbudget", "kube-score/statefulset-has-poddisruptionbudget")
@rule("object", "polaris/missingPodDisruptionBudget")
def has_budget(document, everything):
    """From two replicas on: with one, a budget blocks every drain."""
    if document["kind"] not in WORKLOADS or most_replicas(document, everything) < 2:
        return ""
    labels = document["spec"]["template"]["metadata"]["labels"].items()
    budgets = [other for other in everything if other["kind"] == "PodDisruptionBudget"]
    own = any(other["spec"]["selector"]["matchLabels"].items() <= labels for other in budgets)
    return "" if own else "no budget"


def most_replicas(document, everything):
    for other in everything:
        if other["kind"] == "HorizontalPodAutoscaler":
            target = other["spec"]["scaleTargetRef"]
            if (target["kind"], target["name"]) == (document["kind"], document["metadata"]["name"]):
                return other["spec"]["maxReplicas"]
    return document["spec"].get("replicas", 1)


@rule("object", "kube-score/poddisruptionbudget-has-policy", "kube-linter/pdb-min-available")
@rule("object", "kube-linter/pdb-max-unavailable", "polaris/pdbDisruptionsIsZero")
@rule("object", "polaris/pdbMinAvailableGreaterThanHPAMinReplicas")
def budget_lets_something_go(document):
    if document["kind"] != "PodDisruptionBudget":
        return ""
    return "" if document["spec"].get("maxUnavailable") not in (None, 0, "0%") else "nothing may go"


@rule("object", "kube-linter/pdb-unhealthy-pod-eviction-policy")
def unhealthy_may_go(document):
    budget = document["kind"] == "PodDisruptionBudget"
    return "no policy" if budget and document["spec"].get("unhealthyPodEvictionPolicy") != "AlwaysAllow" else ""


@rule("object", "kube-score/pod-topology-spread-constraints", "polaris/topologySpreadConstraint")
@rule("object", "kube-linter/no-anti-affinity", "kube-score/deployment-has-host-podantiaffinity")
@rule("object", "kube-score/statefulset-has-host-podantiaffinity")
def spread_over_nodes(document, everything):
    """By a spread constraint over host names, which is what an anti-affinity is for."""
    if document["kind"] not in WORKLOADS or most_replicas(document, everything) < 2:
        return ""
    constraints = document["spec"]["template"]["spec"].get("topologySpreadConstraints", [])
    return "" if "kubernetes.io/hostname" in [one["topologyKey"] for one in constraints] else "not spread"


@rule("object", "polaris/metadataAndInstanceMismatched")
def instance_is_the_name(document):
    """A name that is too long for its kind of object is cut, and ends with a digest of the whole."""
    name = document["metadata"]["name"]
    instance = document["metadata"].get("labels", {}).get("app.kubernetes.io/instance", "")
    cut = re.search(r"-[0-9a-f]{8}$", name) and instance.startswith(name[:-9])
    return "" if document["kind"] not in WORKLOADS or instance == name or cut else instance


@rule("object", "kube-linter/use-namespace")
def namespace(document):
    return "" if document["metadata"].get("namespace", "default") != "default" else "none"


@rule("object", "kube-linter/job-ttl-seconds-after-finished")
def job_goes(document):
    """A Job of a CronJob goes by its history limit, a suspended one waits for somebody."""
    once = document["kind"] == "Job" and not document["spec"].get("suspend")
    return "stays for ever" if once and "ttlSecondsAfterFinished" not in document["spec"] else ""


@rule("object", "kube-score/cronjob-restartpolicy")
def restart_policy(document):
    if document["kind"] not in ("Job", "CronJob"):
        return ""
    spec = document["spec"]["jobTemplate"]["spec"] if document["kind"] == "CronJob" else document["spec"]
    policy = spec["template"]["spec"].get("restartPolicy")
    return "" if policy in ("Never", "OnFailure") else f"restartPolicy {policy}"


@rule("container", "kube-linter/liveness-port", "kube-linter/readiness-port", "kube-linter/startup-port")
def probed_port_declared(container):
    declared = {value for port in container.get("ports", []) for value in (port["name"], port["containerPort"])}
    asked = [container.get(kind, {}) for kind in ("livenessProbe", "readinessProbe", "startupProbe")]
    ports = [probe.get(handler, {}).get("port") for probe in asked for handler in ("httpGet", "tcpSocket", "grpc")]
    return [port for port in ports if port is not None and port not in declared]


@rule("container", "kube-score/container-ports-check")
def ports_named(container):
    ports = container.get("ports", [])
    return [port for port in ports if not port.get("name") or not port.get("protocol")]


@rule("object", "kube-linter/access-to-create-pods", "kube-linter/access-to-secrets", "kube-linter/wildcard-in-rules")
@rule("object", "polaris/rolePodExecAttach")
def narrow_role(document):
    """The one Role that is written lets a migration create its ConfigMap."""
    rules = document.get("rules", []) if document["kind"] in ("Role", "ClusterRole") else []
    wanted = {"configmaps"}
    return [one for one in rules if set(one["resources"]) - wanted or "*" in one["verbs"] + one["apiGroups"]]


@rule("object", "kube-linter/cluster-admin-role-binding", "polaris/rolebindingClusterAdminClusterRole")
@rule("object", "polaris/rolebindingClusterAdminRole", "polaris/rolebindingClusterRolePodExecAttach")
@rule("object", "polaris/rolebindingRolePodExecAttach")
def bound_to_a_role_of_its_own(document):
    bound = document["kind"] in ("RoleBinding", "ClusterRoleBinding")
    return document["roleRef"]["name"] if bound and document["roleRef"]["kind"] != "Role" else ""


@rule("object", "kube-score/pod-networkpolicy", "kube-linter/non-isolated-pod", "polaris/missingNetworkPolicy")
def isolated(document, everything):
    """Whatever a namespace holds, a policy denies what none allows."""
    if document["kind"] not in WORKLOADS:
        return ""
    policies = [other["spec"] for other in everything if other["kind"] == "NetworkPolicy"]
    return "" if any(policy["podSelector"] == {} for policy in policies) else "nothing is denied"


@rule("object", "kube-score/label-values")
def label_values(document):
    values = document["metadata"].get("labels", {}).values()
    return [value for value in values if not re.fullmatch(r"([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?", value)]


# Rules about fields that not every version knows.
SINCE = {unhealthy_may_go: (1, 27)}


def markdown():
    lines = ["| what every output satisfies | called |", "|---|---|"]
    by_function = {}
    for _, ids, function in RULES:
        by_function.setdefault(function.__name__, []).extend(ids)
    for name, ids in by_function.items():
        lines.append(f"| {name.replace('_', ' ')} | {', '.join(f'`{one}`' for one in sorted(ids))} |")
    return "\n".join([*lines, *practice_declined.markdown()])


if __name__ == "__main__":
    print(markdown())
