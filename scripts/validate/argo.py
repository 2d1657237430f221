"""What Rollouts and AnalysisTemplates of Argo stand for, and which objects they need."""

API = "argoproj.io/v1alpha1"


def parts(document):
    """Objects of Kubernetes that make the same pods."""
    if document.get("apiVersion") != API:
        return [document]
    spec = document["spec"]
    common = {"metadata": document["metadata"]}
    if document["kind"] == "Rollout":
        inner = {"selector": spec["selector"], "template": spec["template"]}
        return [{"apiVersion": "apps/v1", "kind": "Deployment", **common, "spec": inner}]
    if document["kind"] == "AnalysisTemplate":
        jobs = [metric["provider"].get("job") for metric in spec["metrics"]]
        return [{"apiVersion": "batch/v1", "kind": "Job", **common, "spec": job["spec"]} for job in jobs if job]
    return []


def strategy(spec, report):
    """The controller refuses a Rollout with none or two."""
    if len(spec.get("strategy", {})) != 1:
        report("a Rollout has one strategy")
    for step in spec.get("strategy", {}).get("canary", {}).get("steps", []):
        if len(step) != 1:
            report("a step does one thing")
        if not 0 <= step.get("setWeight", 0) <= 100:
            report("a weight is between 0 and 100")


def references(spec):
    """Kind and name of the objects that a Rollout needs."""
    chosen = next(iter(spec["strategy"].values()))
    for field in ("stableService", "canaryService", "activeService", "previewService"):
        if field in chosen:
            yield "Service", chosen[field]
    nginx = chosen.get("trafficRouting", {}).get("nginx", {})
    for ingress in [nginx.get("stableIngress"), *nginx.get("stableIngresses", [])]:
        if ingress:
            yield "Ingress", ingress
    runs = [chosen.get(field) for field in ("analysis", "prePromotionAnalysis", "postPromotionAnalysis")]
    runs += [step.get("analysis") for step in chosen.get("steps", [])]
    for run in filter(None, runs):
        for template in run["templates"]:
            yield "AnalysisTemplate", template["templateName"]
