"""Objects of Argo Rollouts, for which there is no bundled schema.

Their fields are checked against these lists; what is Kubernetes' own inside them is wrapped into an object that has a
schema. Source of the lists: pkg/apis/rollouts/v1alpha1 of argoproj/argo-rollouts, of which they are the part that is
written here.
"""

API = "argoproj.io/v1alpha1"

# Field to the fields below it; None for what is checked otherwise or is a scalar.
ANALYSIS = {"templates": [{"templateName": None}], "args": [{"name": None, "value": None, "valueFrom": None}]}
STEP = {
    "setWeight": None,
    "pause": {"duration": None},
    "setCanaryScale": {"weight": None, "replicas": None, "matchTrafficWeight": None},
    "analysis": ANALYSIS,
}
CANARY = {
    "stableService": None,
    "canaryService": None,
    "trafficRouting": {"nginx": {"stableIngress": None, "stableIngresses": None}},
    "maxSurge": None,
    "maxUnavailable": None,
    "scaleDownDelaySeconds": None,
    "analysis": ANALYSIS,
    "steps": [STEP],
}
BLUE_GREEN = {
    "activeService": None,
    "previewService": None,
    "autoPromotionEnabled": None,
    "scaleDownDelaySeconds": None,
    "prePromotionAnalysis": ANALYSIS,
    "postPromotionAnalysis": ANALYSIS,
}
ROLLOUT = {
    "replicas": None,
    "selector": None,
    "strategy": {"canary": CANARY, "blueGreen": BLUE_GREEN},
    "minReadySeconds": None,
    "progressDeadlineSeconds": None,
    "template": None,
}
METRIC = {
    "name": None,
    "initialDelay": None,
    "interval": None,
    "count": None,
    "failureCondition": None,
    "failureLimit": None,
    "provider": {"prometheus": {"address": None, "query": None}, "job": {"spec": None}},
}
TEMPLATE = {"args": [{"name": None, "value": None}], "metrics": [METRIC]}


def parts(document, report):
    """Objects with a schema that stand for the document."""
    if document.get("apiVersion") != API:
        return [document]
    spec = document["spec"]
    common = {"metadata": document["metadata"]}
    if document["kind"] == "Rollout":
        known(spec, ROLLOUT, "spec", report)
        if len(spec["strategy"]) != 1:
            report("a Rollout has one strategy")
        inner = {"selector": spec["selector"], "template": spec["template"]}
        return [{"apiVersion": "apps/v1", "kind": "Deployment", **common, "spec": inner}]
    if document["kind"] == "AnalysisTemplate":
        known(spec, TEMPLATE, "spec", report)
        jobs = [metric["provider"].get("job") for metric in spec["metrics"]]
        jobs = [job["spec"] for job in jobs if job]
        return [{"apiVersion": "batch/v1", "kind": "Job", **common, "spec": job} for job in jobs]
    report(f"{document['kind']} is not known")
    return []


def known(value, fields, where, report):
    """Reports fields that are not in the list."""
    if isinstance(fields, list):
        if not isinstance(value, list):
            report(f"{where} is no list")
            return
        for index, item in enumerate(value):
            known(item, fields[0], f"{where}.{index}", report)
    elif isinstance(fields, dict):
        if not isinstance(value, dict):
            report(f"{where} has no fields")
            return
        for key in value:
            if key not in fields:
                report(f"{where}.{key} is not a field of Argo Rollouts")
            else:
                known(value[key], fields[key], f"{where}.{key}", report)


def references(spec):
    """Kind and name of the objects that a Rollout needs."""
    strategy = next(iter(spec["strategy"].values()))
    for field in ("stableService", "canaryService", "activeService", "previewService"):
        if field in strategy:
            yield "Service", strategy[field]
    nginx = strategy.get("trafficRouting", {}).get("nginx", {})
    for ingress in [nginx.get("stableIngress"), *nginx.get("stableIngresses", [])]:
        if ingress:
            yield "Ingress", ingress
    runs = [strategy.get(field) for field in ("analysis", "prePromotionAnalysis", "postPromotionAnalysis")]
    runs += [step.get("analysis") for step in strategy.get("steps", [])]
    for run in filter(None, runs):
        for template in run["templates"]:
            yield "AnalysisTemplate", template["templateName"]
