"""The strict schemas of Kubernetes: a field that a version does not know is refused.

Those of Kubernetes are bundled by kubernetes-validate, from 1.25 on. Those of Argo Rollouts are
tests/schemas/argo-rollouts.json; what is Kubernetes' own inside of them is judged by the schemas of the version at hand.
jsonschema-rs judges: thousands of objects by a dozen versions take a second.
"""

import functools
import json
import pathlib
import re

import jsonschema_rs
import kubernetes_validate

BUNDLED = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
ARGO = pathlib.Path(__file__).resolve().parent.parent.parent / "tests/schemas/argo-rollouts.json"
ARGO_API = "argoproj.io/v1alpha1"

# The oldest that upstream still mends for somebody, when the spec says nothing.
SINCE = "1.30"


def number(version):
    return tuple(int(part) for part in version.split(".")[:2])


def versions(since):
    """Every bundled version from this one on; what runs on a cluster must run on its successors too."""
    known = sorted({path.name.split("-")[0].removeprefix("v") for path in BUNDLED.iterdir()}, key=number)
    return [version for version in known if number(since) <= number(version)]


def findings(document, since):
    """What the schemas of each version say, once for each message, with the versions that say it."""
    said = {}
    for version in versions(since):
        for message in judge(document, version):
            said.setdefault(message, []).append(".".join(map(str, number(version))))
    for message, found in said.items():
        yield f"Kubernetes {', '.join(found)}: {message}"


def judge(document, version):
    validator = validator_of(version, document.get("apiVersion", ""), document.get("kind", ""))
    if validator is None:
        yield f"there is no schema for {document.get('kind')} of {document.get('apiVersion')}"
        return
    for error in validator.iter_errors(document):
        where = ".".join(str(step) for step in error.instance_path)
        yield f"{where}: {error.message}"


@functools.lru_cache(maxsize=None)
def validator_of(version, api, kind):
    registry = registry_of(version)
    if api == ARGO_API:
        if kind not in argo()["$defs"]:
            return None
        schema = {"$ref": f"{argo()['$id']}#/$defs/{kind}"}
    else:
        # The domain of a group goes: networking.k8s.io/v1 is networking-v1.
        group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api)
        path = BUNDLED / f"v{version}-local-strict" / f"{kind.lower()}-{group}.json"
        if not path.exists():
            return None
        schema = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema, registry=registry)


@functools.lru_cache(maxsize=None)
def registry_of(version):
    path = BUNDLED / f"v{version}-local-strict/_definitions.json"
    definitions = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema_rs.Registry([(definitions["$id"], definitions), (argo()["$id"], argo())])


@functools.lru_cache(maxsize=None)
def argo():
    return json.loads(ARGO.read_text(encoding="utf-8"))
