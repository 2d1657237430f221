"""Numbers that the schemas leave open and the API server does not. Source: validation of core, autoscaling and batch."""

ID_MAX = 2**31 - 1
AT_LEAST_ONE = ("periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold")


def findings(document, pods):
    spec = document.get("spec", {})
    if document["kind"] == "HorizontalPodAutoscaler":
        yield from autoscaler(spec)
    for claim in spec.get("volumeClaimTemplates", []):
        if claim["spec"]["resources"]["requests"]["storage"].strip("KMGTPEi") == "0":
            yield f"the claim {claim['metadata']['name']} is of 0"
    if spec.get("timeZone") in ("", "Local"):
        yield "a time zone is named, and not Local"
    for pod in pods:
        for field in ("runAsUser", "runAsGroup", "fsGroup"):
            if not 0 <= pod["securityContext"].get(field, 0) <= ID_MAX:
                yield f"{field} is not a number of 31 bits"
        for container in pod.get("initContainers", []) + pod["containers"]:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                for field in AT_LEAST_ONE:
                    if container.get(probe, {}).get(field, 1) < 1:
                        yield f"{field} of a {probe} is below 1"


def autoscaler(spec):
    for metric in spec["metrics"]:
        for source in (value for value in metric.values() if isinstance(value, dict)):
            target = source["target"]
            if target.get("averageUtilization", 1) < 1 or target.get("averageValue", "1") == "0":
                yield "an autoscaler aims at 0"
    for rules in spec.get("behavior", {}).values():
        if not 0 <= rules.get("stabilizationWindowSeconds", 0) <= 3600:
            yield "a window is between 0 and an hour"
        for policy in rules.get("policies", []):
            if not 0 < policy["periodSeconds"] <= 1800 or policy["value"] < 1:
                yield "a policy is of at least 1, in at most half an hour"
