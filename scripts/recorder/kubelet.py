"""What stands in for the kubelets: nodes with leases, and pods that live as their annotation says."""

import datetime
import heapq
import http.client
import itertools
import json
import queue
import random
import sys
import threading
import time

from api import Api

NODES = 5


class Kubelet:
    """Stands in for the kubelets of all nodes. Pods say in annotations how they live."""

    def __init__(self, port):
        self.port = port
        self.turns, self.number = [], itertools.count()
        self.due = threading.Condition()
        self.work = queue.Queue()
        self.known, self.ending = set(), set()
        self.luck = random.Random(1)
        api = Api(port)
        for number in range(NODES):
            self.node(api, f"node-{number}")
        for target in (self.clock, self.leases, self.look, *[self.hand] * 6):
            threading.Thread(target=target, daemon=True).start()

    @staticmethod
    def node(api, name):
        room = {"cpu": "64", "memory": "256Gi", "pods": "400"}
        api.must("POST", "/api/v1/nodes", {"metadata": {"name": name}})
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
        ready |= {"lastHeartbeatTime": now(), "lastTransitionTime": now()}
        status = {"capacity": room, "allocatable": room, "conditions": [ready]}
        api.must("PATCH", f"/api/v1/nodes/{name}/status", {"status": status})

    def leases(self):
        api, path = Api(self.port), "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
        while True:
            try:
                for name in (f"node-{number}" for number in range(NODES)):
                    spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now("microseconds")}
                    lease = {"metadata": {"name": name}, "spec": spec}
                    if api.call("PATCH", f"{path}/{name}", lease)[0] == 404:
                        api.call("POST", path, lease)
            except (OSError, http.client.HTTPException, ValueError):
                pass
            time.sleep(5)

    def look(self):
        Api(self.port).watch("/api/v1/pods", "recorded", self.seen)

    def seen(self, at, kind, pod):
        uid = pod["metadata"]["uid"]
        lives = json.loads(pod["metadata"]["annotations"]["lives"])
        if kind == "DELETED":
            self.known.discard(uid)
            self.ending.discard(uid)
            return
        if pod["metadata"].get("deletionTimestamp"):
            if uid not in self.ending:
                self.ending.add(uid)
                runs = pod["status"].get("phase") == "Running"
                self.plan(at + (min(lives["term"], lives["grace"]) if runs else 0), self.ends, pod)
        elif pod["spec"].get("nodeName") and uid not in self.known:
            self.known.add(uid)
            self.plan(at + lives["start"], self.runs, pod)

    def runs(self, api, pod):
        started = time.monotonic()
        if not self.report(api, pod, "Running", False):
            return
        lives = json.loads(pod["metadata"]["annotations"]["lives"])
        if lives["ready"] != "never":
            later = lives["ready"] + self.luck.random() * lives["jitter"]
            self.plan(started + later, self.is_ready, pod)

    def is_ready(self, api, pod):
        self.report(api, pod, "Running", True)

    def ends(self, api, pod):
        self.report(api, pod, "Succeeded", False, even_if_ending=True)
        body = {"gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]}}
        api.call("DELETE", path_of(pod), body)

    def report(self, api, pod, phase, ready, even_if_ending=False):
        if pod["metadata"]["uid"] in self.ending and not even_if_ending:
            return False
        said = {"Initialized": True, "Ready": ready, "ContainersReady": ready, "PodScheduled": True}
        conditions = [{"type": kind, "status": str(holds), "lastTransitionTime": now()} for kind, holds in said.items()]
        body = {"metadata": {"uid": pod["metadata"]["uid"]}, "status": {"phase": phase, "conditions": conditions}}
        return api.call("PATCH", f"{path_of(pod)}/status", body)[0] < 300

    def plan(self, at, what, pod):
        with self.due:
            heapq.heappush(self.turns, (at, next(self.number), what, pod))
            self.due.notify()

    def clock(self):
        while True:
            with self.due:
                wait = self.turns[0][0] - time.monotonic() if self.turns else None
                if wait is None or wait > 0:
                    self.due.wait(wait)
                    continue
                _, _, what, pod = heapq.heappop(self.turns)
            self.work.put((what, pod))

    def hand(self):
        api = Api(self.port)
        while True:
            what, pod = self.work.get()
            try:
                what(api, pod)
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                print(f"stand-in: {error}", file=sys.stderr)


def path_of(pod):
    return f"/api/v1/namespaces/default/pods/{pod['metadata']['name']}"


def now(unit="seconds"):
    """Conditions are kept in whole seconds, the rest cut off."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec=unit).replace("+00:00", "Z")
