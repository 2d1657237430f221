#!/usr/bin/env python3
"""Finds what is wrong with Kubernetes objects.

Each directory that is given is one set: references inside it must lead somewhere. The strict schemas judge it by every
version of Kubernetes from SINCE on (1.30 at first; it holds for the directories behind it). What schemas do not say
follows the API server's validation, the Pod Security Standards and the rules of common linters.

Usage: kubernetes_objects.py [--since SINCE] DIRECTORY… [--since SINCE DIRECTORY…]…
"""

import ipaddress
import pathlib
import re
import sys

import ruamel.yaml
import yaml

import argo
import kubernetes_bounds
import kubernetes_schemas
import pod_security
import practice
import readers

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
LABEL_TEXT = re.compile(r"([A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?)?\Z")
QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|u|n|k|Ki|[MGTPE]i?)?\Z")
PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")
ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*\Z")
# Source: the grammar in distribution/reference.
DOMAIN = r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?"
COMPONENT = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
IMAGE = re.compile(
    rf"({DOMAIN}(\.{DOMAIN})*(:[0-9]+)?/)?{COMPONENT}(/{COMPONENT})*"
    r"(:[A-Za-z0-9_][-.A-Za-z0-9_]{0,127})?(@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,})?\Z"
)
PERCENT = re.compile(r"[0-9]+%\Z")
UNITS = {"": 1, "m": 1e-3, "u": 1e-6, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
UNITS |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
NAME_MAX = {"Service": 63, "CronJob": 52, "StatefulSet": 52, "Job": 63}
TEMPLATED = ("Deployment", "StatefulSet", "Rollout", "Job", "CronJob")


def main(arguments):
    findings = []
    count = 0
    since = kubernetes_schemas.SINCE
    arguments = iter(arguments)
    for argument in arguments:
        if argument == "--since":
            since = next(arguments)
            continue
        files = sorted(pathlib.Path(argument).rglob("*.yaml"))
        if not files:
            findings.append(f"{argument}: no objects")
        for group in sorted({path.parent for path in files}):
            own = [path for path in files if path.parent == group]
            count += len(own)
            findings += judge(own, since)
    for finding in findings:
        print(finding)
    print(f"{count} files, {len(findings)} findings")
    return 1 if findings else 0


def judge(files, since):
    """The findings of one set."""
    findings = []
    objects = []
    for path in files:
        try:
            documents = readers.read(path)
        except (readers.Disagreement, yaml.YAMLError, ruamel.yaml.error.YAMLError) as error:
            findings.append(f"{path}: {' '.join(str(error).split())}")
            continue
        if len(documents) != 1 or not isinstance(documents[0], dict):
            findings.append(f"{path}: not one object")
            continue
        objects.append((path, documents[0]))
    for path, document in objects:
        if document.get("kind") == "Kustomization":
            listed = document.get("resources", [])
            others = sorted(other.name for other in files if other != path)
            if listed != others:
                findings.append(f"{path}: resources are {listed}, and the files {others}")
    return findings + judge_objects(objects, since)


def judge_objects(objects, since):
    """The findings of one set, given as paths and documents."""
    findings = []
    for path, document in objects:
        report = Report(path, findings)
        if document.get("kind") == "Kustomization":
            continue
        for finding in kubernetes_schemas.findings(document, since):
            report(finding)
        everything = [other for _, other in objects if other.get("kind") != "Kustomization"]
        try:
            checks(document, everything, report)
            for finding in kubernetes_bounds.findings(document, [pod["spec"] for pod in templates(document)]):
                report(finding)
            version = kubernetes_schemas.number(since)
            for finding in practice.findings(document, templates(document), everything, version):
                report(finding)
        except (KeyError, TypeError, AttributeError, ValueError, StopIteration) as error:
            report(f"not understood: {error!r}")
    return findings


class Report:
    """Collects what is found in one file."""

    def __init__(self, path, findings):
        self.path = path
        self.findings = findings

    def __call__(self, message):
        self.findings.append(f"{self.path}: {message}")


def checks(document, everything, report):
    kind = document["kind"]
    metadata = document["metadata"]
    name(kind, metadata["name"], report)
    labels(metadata, report)
    twins = [other for other in everything if identity(other) == identity(document)]
    if 1 < len(twins):
        report("another object has this kind and name")
    spec = document.get("spec", {})
    for part in argo.parts(document):
        holder = part["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else part.get("spec", {})
        if "selector" in holder and "template" in holder:
            selected(holder["selector"], holder["template"], report)
    for template in templates(document):
        pod(template, everything, spec.get("volumeClaimTemplates", []), report)
    if kind in ("Deployment", "Rollout"):
        rolling(spec, report)
    checker = globals().get(f"check_{kind.lower()}")
    if checker:
        checker(spec, everything, report)


def identity(document):
    return (document.get("kind"), document.get("metadata", {}).get("name"))


def name(kind, text, report):
    parts = text.split(".")
    if not all(LABEL.match(part) for part in parts) or 253 < len(text):
        report(f"`{text}` is no name of an object")
    if NAME_MAX.get(kind, 253) < len(text):
        report(f"a {kind} has at most {NAME_MAX[kind]} characters in its name")
    if kind == "Service" and len(parts) != 1:
        report("the name of a Service is one DNS label")


def labels(metadata, report):
    for key, value in {**metadata.get("labels", {}), **metadata.get("annotations", {})}.items():
        prefix, _, own = key.rpartition("/")
        if not own or 63 < len(own) or not LABEL_TEXT.match(own):
            report(f"`{key}` is no key of a label or annotation")
        if prefix and not all(LABEL.match(part) for part in prefix.split(".")):
            report(f"`{key}` is no key of a label or annotation")
        if not isinstance(value, str):
            report(f"the label or annotation `{key}` is no string")
    for key, value in metadata.get("labels", {}).items():
        if 63 < len(value) or not LABEL_TEXT.match(value):
            report(f"`{value}` is no value of a label")


def selected(selector, template, report):
    wanted = selector["matchLabels"].items()
    if not wanted <= template["metadata"]["labels"].items():
        report("the selector does not match the template's labels")


def templates(document):
    """The pods that a document makes."""
    parts = [part for part in argo.parts(document) if part["kind"] in TEMPLATED]
    specs = [part["spec"]["jobTemplate"]["spec"] if part["kind"] == "CronJob" else part["spec"] for part in parts]
    return [{"metadata": {}, **spec["template"]} for spec in specs]


def pods_of(everything):
    """Labels and specification of every pod that the set makes."""
    for document in everything:
        for template in templates(document):
            yield template["metadata"].get("labels", {}), template["spec"]


def rolling(spec, report):
    strategy = spec.get("strategy", {})
    update = strategy.get("rollingUpdate") or strategy.get("canary") or {}
    surge, unavailable = update.get("maxSurge"), update.get("maxUnavailable")
    for value in (surge, unavailable):
        if isinstance(value, str) and not PERCENT.match(value):
            report(f"`{value}` is neither a number nor whole percent")
    if surge in (0, "0%") and unavailable in (0, "0%"):
        report("maxSurge and maxUnavailable are both 0")
    if spec.get("progressDeadlineSeconds", 600) <= spec.get("minReadySeconds", 0):
        report("progressDeadlineSeconds does not exceed minReadySeconds")
    if strategy.get("type") == "Recreate" and update:
        report("Recreate has a rollingUpdate")


def pod(template, everything, claims, report):
    labels(template["metadata"], report)
    spec = template["spec"]
    init, main = spec.get("initContainers", []), spec["containers"]
    every = init + main
    repeated("container", [container["name"] for container in every], report)
    volumes = [volume["name"] for volume in spec.get("volumes", [])]
    volumes += [claim["metadata"]["name"] for claim in claims]
    repeated("volume", volumes, report)
    mounted = set()
    for container in every:
        one(container, spec, volumes, everything, report)
        mounted |= {mount["name"] for mount in container.get("volumeMounts", [])}
    for unused in sorted(set(volumes) - mounted):
        report(f"no container mounts the volume `{unused}`")
    for finding in pod_security.findings(template["metadata"], spec):
        report(finding)
    if spec["securityContext"].get("runAsNonRoot") and spec["securityContext"].get("runAsUser") == 0:
        report("runAsNonRoot and runAsUser 0: the container never starts")
    for volume in spec.get("volumes", []):
        if not LABEL.match(volume["name"]) or 63 < len(volume["name"]):
            report(f"`{volume['name']}` is no name of a volume")
        config_map = volume.get("configMap", {}).get("name")
        if config_map and "-migrated-" not in config_map:
            exists("ConfigMap", config_map, everything, report)


def one(container, spec, volumes, everything, report):
    own = container["name"]
    if not IMAGE.match(container.get("image", "")):
        report(f"{own}: `{container.get('image')}` is no reference of an image")
    names = [variable["name"] for variable in container.get("env", [])]
    repeated("variable", names, report)
    for variable in names:
        if not ENV_NAME.match(variable):
            report(f"{own}: `{variable}` is no name of a variable")
    for source in container.get("envFrom", []):
        exists("ConfigMap", source["configMapRef"]["name"], everything, report)
    ports = {port.get("name"): port["containerPort"] for port in container.get("ports", [])}
    repeated("port", [port.get("name") for port in container.get("ports", [])], report)
    for port, number in ports.items():
        if 15 < len(port) or not PORT_NAME.match(port) or "--" in port:
            report(f"{own}: `{port}` is no name of a port")
        if not 0 < number < 65536:
            report(f"{own}: {number} is no port")
    paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
    repeated("mount path", paths, report)
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            report(f"{own}: no volume `{mount['name']}`")
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe(own, kind, container.get(kind), ports, report)
    amounts(own, container.get("resources", {}), report)
    stop = container.get("lifecycle", {}).get("preStop", {})
    command = stop.get("exec", {}).get("command", [])
    sleep = stop.get("sleep", {}).get("seconds", 0)
    if command[:1] == ["sleep"]:
        sleep = float(command[1])
    # The API server takes a sleep that fills the grace period; then nothing is left for the process.
    if sleep and spec.get("terminationGracePeriodSeconds", 30) <= sleep:
        report(f"{own}: preStop is no shorter than the grace period")


def probe(own, kind, found, ports, report):
    if found is None:
        return
    handlers = [key for key in ("httpGet", "grpc", "tcpSocket", "exec") if key in found]
    if len(handlers) != 1:
        report(f"{own}: {kind} has {len(handlers)} handlers")
        return
    port = found[handlers[0]].get("port")
    if isinstance(port, str) and port not in ports:
        report(f"{own}: {kind} asks the port `{port}`, which is not declared")
    if kind != "readinessProbe" and found.get("successThreshold", 1) != 1:
        report(f"{own}: {kind} has a successThreshold that is not 1")


def amounts(own, resources, report):
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    for value in [*limits.values(), *requests.values()]:
        if not isinstance(value, str) or not QUANTITY.match(value):
            report(f"{own}: `{value}` is no quantity")
            return
    for resource, request in requests.items():
        if resource in limits and number(limits[resource]) < number(request):
            report(f"{own}: the limit of {resource} is below its request")


def number(quantity):
    unit = quantity.lstrip("0123456789.")
    return float(quantity.removesuffix(unit)) * UNITS[unit]


def repeated(what, names, report):
    for twice in sorted({str(name) for name in names if 1 < names.count(name)}):
        report(f"the {what} `{twice}` stands twice")


def exists(kind, wanted, everything, report):
    if (kind, wanted) not in [identity(other) for other in everything]:
        report(f"there is no {kind} `{wanted}`")


def check_service(spec, everything, report):
    repeated("port", [port["port"] for port in spec.get("ports", [])], report)
    repeated("port", [port["name"] for port in spec.get("ports", [])], report)
    pods = [pod for own, pod in pods_of(everything) if spec["selector"].items() <= own.items()]
    if not pods:
        report("the Service selects no pods")
    for port in spec.get("ports", []):
        for found in pods:
            containers = found["containers"] + found.get("initContainers", [])
            declared = [own["name"] for one in containers for own in one.get("ports", [])]
            if port["targetPort"] not in declared:
                report(f"no container has the port `{port['targetPort']}`")


def check_horizontalpodautoscaler(spec, everything, report):
    if spec["maxReplicas"] < spec["minReplicas"]:
        report("minReplicas exceeds maxReplicas")
    target = spec["scaleTargetRef"]
    exists(target["kind"], target["name"], everything, report)
    for other in everything:
        if identity(other) == (target["kind"], target["name"]) and "replicas" in other["spec"]:
            report("the autoscaler's target has replicas")


def check_poddisruptionbudget(spec, everything, report):
    if "minAvailable" in spec and "maxUnavailable" in spec:
        report("minAvailable and maxUnavailable")
    value = spec.get("maxUnavailable")
    if isinstance(value, str) and not PERCENT.match(value):
        report(f"`{value}` is neither a number nor whole percent")
    wanted = spec["selector"]["matchLabels"].items()
    if not any(wanted <= own.items() for own, _ in pods_of(everything)):
        report("the budget selects no pods")


def check_networkpolicy(spec, everything, report):
    wanted = spec["podSelector"].get("matchLabels", {})
    ours = any(key.startswith("app.kubernetes.io/") for key in wanted)
    if ours and not any(wanted.items() <= own.items() for own, _ in pods_of(everything)):
        report("the policy selects no pods")
    for rule in spec.get("ingress", []) + spec.get("egress", []):
        for peer in rule.get("from", []) + rule.get("to", []):
            if len(peer) != 1:
                report("a peer is of one kind")
            if "ipBlock" in peer:
                ipaddress.ip_network(peer["ipBlock"]["cidr"])
            pods = peer.get("podSelector", {}).get("matchLabels")
            if pods and not any(pods.items() <= own.items() for own, _ in pods_of(everything)):
                report(f"a peer selects no pods: {pods}")


def check_ingress(spec, everything, report):
    services = {other["metadata"]["name"]: other for other in everything if other.get("kind") == "Service"}
    for rule in spec["rules"]:
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            if backend["name"] not in services:
                report(f"there is no Service `{backend['name']}`")
                continue
            declared = [port["name"] for port in services[backend["name"]]["spec"]["ports"]]
            if backend["port"]["name"] not in declared:
                report(f"the Service has no port `{backend['port']['name']}`")
            if path["pathType"] != "ImplementationSpecific" and not path["path"].startswith("/"):
                report(f"`{path['path']}` does not begin with a slash")


def check_statefulset(spec, everything, report):
    exists("Service", spec["serviceName"], everything, report)


def check_cronjob(spec, everything, report):
    schedule = spec["schedule"]
    if len(schedule.split()) != 5 and not schedule.startswith("@"):
        report(f"`{schedule}` is no schedule")
    if "TZ" in schedule:
        report("the time zone stands in timeZone")


def check_rollout(spec, everything, report):
    argo.strategy(spec, report)
    for kind, wanted in argo.references(spec):
        exists(kind, wanted, everything, report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
