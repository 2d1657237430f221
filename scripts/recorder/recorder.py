"""Writes down a rollout as `loadline conform` reads it."""

import json
import os
import queue
import threading
import time

from api import Api

TEXTS = {"undo": "undo (template back to old)"}


class Recorder:
    """One case, from its Deployment at rest to its end."""

    def __init__(self, plane, case):
        self.case = {"jitter": 0, "deadline": None, "acts": [], "stop": None, "start": 0.3, **case}
        self.api, self.version = Api(plane.port), plane.version
        self.seen = queue.Queue()
        self.selector = f"recorded={self.case['name']}"
        self.path = f"/apis/apps/v1/namespaces/default/deployments/{self.case['name']}"
        self.names, self.pods, self.sets, self.written = {}, {}, {}, []
        self.begin = self.complete = self.drained = self.first_new = self.dep = self.counted = None
        self.peaks = {"total": 0, "active": 0, "terminating": 0}
        self.least = self.least_available = None
        self.generation = 1
        apps = "/apis/apps/v1/namespaces/default"
        paths = {"rs": f"{apps}/replicasets", "pod": "/api/v1/namespaces/default/pods", "dep": f"{apps}/deployments"}
        for kind, path in paths.items():
            see = lambda at, event, item, kind=kind: self.seen.put((at, kind, event, item))
            threading.Thread(target=Api(plane.port).watch, args=(path, self.selector, see), daemon=True).start()

    def template(self, rev):
        case = self.case
        lives = {key: case[key] for key in ("start", "ready", "jitter", "term", "grace")}
        if rev == "old":
            lives |= {"ready": case.get("ready_old", 0.2), "jitter": 0}
        return {
            "metadata": {"labels": {"recorded": case["name"], "rev": rev}, "annotations": {"lives": json.dumps(lives)}},
            "spec": {
                "terminationGracePeriodSeconds": case["grace"],
                "containers": [{"name": "c", "image": "none"}],
            },
        }

    def deployment(self):
        case = self.case
        strategy = {"type": "Recreate"}
        if case["maxSurge"] is not None:
            fences = {"maxSurge": case["maxSurge"], "maxUnavailable": case["maxUnavailable"]}
            strategy = {"type": "RollingUpdate", "rollingUpdate": fences}
        spec = {
            "replicas": case["replicas"],
            "selector": {"matchLabels": {"recorded": case["name"]}},
            "strategy": strategy,
            "minReadySeconds": case["minReadySeconds"],
            "template": self.template("old"),
        }
        if case["deadline"]:
            spec["progressDeadlineSeconds"] = case["deadline"]
        return {"metadata": {"name": case["name"], "labels": {"recorded": case["name"]}}, "spec": spec}

    def record(self):
        case = self.case
        self.api.must("POST", "/apis/apps/v1/namespaces/default/deployments", self.deployment())
        self.take(90 + case["replicas"] + case["minReadySeconds"] * 3, self.is_complete)
        # Whatever is still written about its creation, and the rate of calls that took.
        self.take(3 + case["replicas"] / 10, lambda: False)
        self.begin = time.monotonic()
        self.count(self.begin)
        self.act("patched template", {"template": self.template("new")})
        for what, at in case["acts"]:
            self.take(self.begin + at - time.monotonic(), lambda: False)
            self.complete = None
            self.act(TEXTS.get(what, what), self.change(what))
        if case["stop"]:
            self.take(self.begin + case["stop"] - time.monotonic(), lambda: False)
        else:
            self.take(240, lambda: self.is_complete() and not self.terminating())
            self.take(0.4, lambda: False)
        self.api.must("DELETE", self.path, {"propagationPolicy": "Background"})
        return self.lines()

    def change(self, what):
        if what.startswith("scale"):
            return {"replicas": int(what.removeprefix("scale"))}
        if what == "undo":
            return {"template": self.template("old")}
        return {"paused": {"pause": True, "resume": False}[what]}

    def act(self, what, spec):
        self.generation = self.api.must("PATCH", self.path, {"spec": spec})["metadata"]["generation"]
        self.line(time.monotonic(), "act", what=what)

    def take(self, seconds, enough):
        """Takes in what is seen, for so long or until it is enough."""
        end = time.monotonic() + seconds
        while not enough():
            try:
                self.saw(*self.seen.get(timeout=max(0, end - time.monotonic())))
            except queue.Empty:
                return

    def saw(self, at, kind, event, item):
        getattr(self, f"saw_{kind}")(at, event, item)

    def saw_pod(self, at, event, item):
        name = self.names.setdefault(item["metadata"]["name"], f"p{len(self.names):03}")
        rev = item["metadata"]["labels"]["rev"]
        if event == "DELETED":
            self.pods.pop(name, None)
            self.line(at, "pod", pod=name, gone=True, rev=rev)
        else:
            conditions = item["status"].get("conditions", [])
            ready = any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)
            node, term = bool(item["spec"].get("nodeName")), bool(item["metadata"].get("deletionTimestamp"))
            pod = {"rev": rev, "phase": item["status"]["phase"], "node": node, "ready": ready, "term": term}
            if self.pods.get(name) != pod:
                self.pods[name] = pod
                self.line(at, "pod", pod=name, **pod)
            if rev == "new" and self.first_new is None:
                self.first_new = self.since(at)
        self.count(at)

    def saw_rs(self, at, event, item):
        rev, status = item["metadata"]["labels"]["rev"], item["status"]
        number = lambda field: status.get(field, 0)
        row = {"rev": rev, "spec": item["spec"]["replicas"], "status": number("replicas")}
        row |= {"ready": number("readyReplicas"), "available": number("availableReplicas")}
        row["terminating"] = status.get("terminatingReplicas")
        if event != "DELETED" and self.sets.get(rev) != row:
            self.sets[rev] = row
            self.line(at, "rs", **row)

    def saw_dep(self, at, event, item):
        status, number = item["status"], lambda field: item["status"].get(field, 0)
        row = {
            "gen": item["metadata"]["generation"],
            "observed": number("observedGeneration"),
            "spec": item["spec"]["replicas"],
            "replicas": number("replicas"),
            "updated": number("updatedReplicas"),
            "ready": number("readyReplicas"),
            "available": number("availableReplicas"),
            "unavailable": number("unavailableReplicas"),
            "terminating": status.get("terminatingReplicas"),
            "cond": {row["type"]: f"{row['status']}/{row['reason']}" for row in status.get("conditions", [])},
        }
        if event == "DELETED" or row == self.dep:
            return
        self.dep = row
        self.line(at, "dep", **row)
        if self.begin is not None:
            least = self.least_available
            self.least_available = row["available"] if least is None else min(least, row["available"])
        if self.complete is None and self.is_complete():
            self.complete = self.since(at)

    def is_complete(self):
        row = self.dep
        current = row is not None and self.generation <= row["gen"] == row["observed"]
        return current and row["spec"] == row["replicas"] == row["updated"] == row["available"]

    def terminating(self):
        return any(pod["term"] for pod in self.pods.values())

    def count(self, at):
        if self.begin is None:
            return
        revs = {}
        for rev in ("old", "new"):
            pods = [pod for pod in self.pods.values() if pod["rev"] == rev]
            active = [pod for pod in pods if not pod["term"] and pod["phase"] not in ("Succeeded", "Failed")]
            ending = [pod for pod in pods if pod["term"]]
            if pods:
                ready = sum(pod["ready"] for pod in active)
                running = sum(pod["phase"] == "Running" for pod in ending)
                revs[rev] = {"active": len(active), "ready": ready, "terminating": len(ending)}
                revs[rev]["terminating_running"] = running
        sums = {kind: sum(row[kind] for row in revs.values()) for kind in ("active", "ready", "terminating")}
        counts = {"revs": revs, "total": len(self.pods), **sums}
        if counts == self.counted:
            return
        self.counted = counts
        self.line(at, "counts", **counts)
        self.peaks = {kind: max(peak, counts[kind]) for kind, peak in self.peaks.items()}
        self.least = counts["ready"] if self.least is None else min(self.least, counts["ready"])
        if not counts["terminating"]:
            self.drained = self.since(at)

    def since(self, at):
        return None if self.begin is None else max(0, round(at - self.begin, 4))

    def line(self, at, kind, **fields):
        if self.begin is not None:
            self.written.append({"t": self.since(at), "k": kind, **fields})

    def lines(self):
        case = self.case
        kept = ("name", "replicas", "maxSurge", "maxUnavailable", "ready", "term", "grace", "minReadySeconds", "start")
        first = {"k": "case", "server": self.version, **{key: case[key] for key in kept}}
        first |= {key: case[key] for key in ("jitter", "deadline") if case[key]}
        then = [(what, at) for what, at in case["acts"] if what != "resume"]
        if then:
            first |= {"then": then[0][0], "at": then[0][1]}
        peaks = {f"peak_{kind}": self.peaks[kind] for kind in ("total", "active")}
        complete = None if self.complete is None else round(self.complete, 2)
        drained = None if complete is None else round(max(self.complete, self.drained or 0), 2)
        last = {
            "k": "summary",
            **peaks,
            "min_ready": self.least,
            "min_avail_status": self.least_available,
            "peak_terminating": self.peaks["terminating"],
            "first_new": self.first_new,
            "ok": complete is not None,
            "complete_s": complete,
            "drained_s": drained,
            "load1": round(os.getloadavg()[0], 1),
        }
        self.written.sort(key=lambda line: line["t"])
        return [first, *self.written, last]
