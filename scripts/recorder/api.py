"""Calls of the Kubernetes API."""

import http.client
import json
import ssl
import time

TOKEN = "stand-in"


class Api:
    """Calls of one thread, on a connection that is kept."""

    def __init__(self, port):
        self.port = port
        self.context = ssl._create_unverified_context()  # loopback, with a certificate made a moment ago
        self.kept = None

    def connect(self, timeout=30):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=timeout)

    def call(self, method, path, body=None, patch="strategic-merge"):
        kind = f"application/{patch}-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
        text = None if body is None else json.dumps(body)
        for attempt in (1, 2):
            try:
                self.kept = self.kept or self.connect()
                self.kept.request(method, path, text, headers)
                answer = self.kept.getresponse()
                return answer.status, json.loads(answer.read() or b"{}")
            except (OSError, http.client.HTTPException, ValueError):
                self.kept = None
                if attempt == 2:
                    raise
        raise AssertionError

    def must(self, *call, **more):
        status, answer = self.call(*call, **more)
        if status >= 300:
            raise RuntimeError(f"{call[0]} {call[1]}: {status} {answer.get('message')}")
        return answer

    def watch(self, path, selector, seen):
        """Calls `seen` with the time and each event, for ever."""
        version = None
        while True:
            try:
                if version is None:
                    listed = self.must("GET", f"{path}?labelSelector={selector}")
                    version = listed["metadata"]["resourceVersion"]
                    for item in listed["items"]:
                        seen(time.monotonic(), "ADDED", item)
                watching = self.connect(timeout=600)
                query = f"{path}?labelSelector={selector}&watch=1&resourceVersion={version}"
                watching.request("GET", query, headers={"Authorization": f"Bearer {TOKEN}"})
                answer = watching.getresponse()
                while line := answer.readline():
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        version = None
                        break
                    version = event["object"]["metadata"]["resourceVersion"]
                    seen(time.monotonic(), event["type"], event["object"])
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)
