"""The programs of a control plane, started and stopped."""

import http.client
import json
import socket
import subprocess
import sys
import time

from api import TOKEN, Api
from kubelet import Kubelet


class ControlPlane:
    """The programs, in a folder of their own, and the stand-in for the kubelet."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.running = []

    def start(self):
        ports = [free_port() for _ in range(5)]
        etcd, peer, self.port, manager, scheduler = ports
        folder = self.folder
        stores = f"http://127.0.0.1:{etcd}"
        subprocess.run(["openssl", "genrsa", "-out", folder / "key", "2048"], check=True, capture_output=True)
        (folder / "tokens").write_text(f"{TOKEN},{TOKEN},{TOKEN},system:masters\n")
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [
                {"name": "c", "cluster": {"server": f"https://127.0.0.1:{self.port}", "insecure-skip-tls-verify": True}}
            ],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        (folder / "config").write_text(json.dumps(config))
        key, own = folder / "key", f"--kubeconfig={folder / 'config'}"
        self.run(
            "etcd",
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls={stores}",
            f"--advertise-client-urls={stores}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
        )
        self.run(
            "kube-apiserver",
            f"--etcd-servers={stores}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self.port}",
            f"--cert-dir={folder / 'certificates'}",
            "--service-cluster-ip-range=10.0.0.0/24",
            f"--token-auth-file={folder / 'tokens'}",
            "--service-account-issuer=https://localhost",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--disable-admission-plugins=ServiceAccount",
        )
        api = Api(self.port)
        until(lambda: self.answers(api), 60, "kube-apiserver")
        address = "--bind-address=127.0.0.1"
        common = [own, address, "--leader-elect=false"]
        for program, port in (("kube-controller-manager", manager), ("kube-scheduler", scheduler)):
            # Old versions listen on a second, fixed port, if not told otherwise.
            once = ["--port=0"] if self.knows(program, "--port ") else []
            self.run(program, *common, *once, f"--secure-port={port}")
        self.version = api.must("GET", "/version")["gitVersion"]
        self.kubelet = Kubelet(self.port)

    @staticmethod
    def answers(api):
        try:
            return api.call("GET", "/api/v1/namespaces/default")[0] == 200
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def knows(self, program, option):
        answer = subprocess.run([self.programs / program, "--help"], check=False, capture_output=True, text=True)
        return option in answer.stdout + answer.stderr

    def run(self, program, *arguments):
        with open(self.folder / f"{program}.log", "w") as log:
            command = [self.programs / program, *arguments]
            self.running.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder))

    def stop(self):
        for running in reversed(self.running):
            running.terminate()
        for running in self.running:
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(holds, seconds, what):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            sys.exit(f"{what} does not answer")
        time.sleep(0.2)
