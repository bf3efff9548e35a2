"""A cluster of real parts on loopback: etcd, the API server, its controllers, its scheduler; kwok plays the kubelets.

Nothing is built here: the programs are in the folder that ``SLUICE_CLUSTER`` names, or in ``PATH``. A pod becomes ready
at once; one with the annotation ``test/ill`` waits for its image for ever.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from prometheus_at_hand import free_port, program, wait_for

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kubectl", "openssl")
HOW = "`make cluster-tools` builds them, and SLUICE_CLUSTER=.tools/cluster names their folder"
_PATIENCE = 120.0
_TOKEN = "made-up"
_LOOKED_IN = os.pathsep.join(filter(None, (os.environ.get("SLUICE_CLUSTER"), os.environ["PATH"])))
_ON_PODS = {"resourceRef": {"apiGroup": "v1", "kind": "Pod"}}
_STAYS = {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"}
_FRESH = {"key": ".status.containerStatuses.[].name", "operator": "DoesNotExist"}
_ILL = '.metadata.annotations["test/ill"]'
_STATUS = """\
{{ $now := Now }}
phase: PHASE
startTime: {{ $now | Quote }}
conditions:
- {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: Ready, status: "READY", lastTransitionTime: {{ $now | Quote }}}
- {type: ContainersReady, status: "READY", lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  restartCount: 0
  STATE
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
"""  # noqa: E501
_RUNS = "ready: true\n  state: {running: {startedAt: {{ $now | Quote }}}}"
_WAITS = 'ready: false\n  state: {waiting: {reason: ImagePullBackOff, message: "no such image"}}'


def missing_programs() -> list[str]:
    """Those that a cluster needs and that are not there."""
    return [name for name in PROGRAMS if _find(name) is None]


def _find(name: str) -> str | None:
    return shutil.which(name, path=_LOOKED_IN)


class Cluster:
    """One that runs; ``kubeconfig`` is a file for whoever asks it."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig

    def kubectl(self, *words: str, given: str | None = None) -> str:
        done = subprocess.run(
            ["kubectl", "--kubeconfig", str(self.kubeconfig), *words],
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, *words: str) -> dict[str, Any]:
        """An object, or a list of them; nothing where there is none."""
        told = self.kubectl("get", *words, "--ignore-not-found", "--output", "json")
        found: dict[str, Any] = json.loads(told) if told.strip() else {}
        return found

    def apply(self, *objects: dict[str, Any]) -> None:
        self.kubectl(
            "apply", "--filename", "-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        )


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """With two nodes and some disks. Everything ends, and its data are in ``folder``."""
    ports = {name: free_port() for name in ("etcd", "peers", "api")}
    server = f"https://127.0.0.1:{ports['api']}"
    cluster = Cluster(_kubeconfig(folder, server))
    with ExitStack() as stack:
        for name, options in _options(folder, ports).items():
            place = folder / name
            place.mkdir()
            stack.enter_context(program(place, str(_find(name)), *options, end=subprocess.Popen.kill))
            if name == "kube-apiserver":
                wait_for(lambda: _is_ready(server), _PATIENCE)
        cluster.apply(*map(_node, range(2)), *map(_disk, range(30)))
        wait_for(lambda: cluster.get("serviceaccount", "default", "--namespace", "default"), _PATIENCE)
        yield cluster


def _options(folder: Path, ports: dict[str, int]) -> dict[str, tuple[str, ...]]:
    key, tokens, stages = _key(folder), folder / "tokens.csv", folder / "stages.yaml"
    tokens.write_text(f'{_TOKEN},admin,admin,"system:masters"\n')
    stages.write_text("---\n".join(json.dumps(stage) + "\n" for stage in _stages()))
    etcd, kubeconfig = f"http://127.0.0.1:{ports['etcd']}", f"--kubeconfig={folder / 'kubeconfig'}"
    peers = f"http://127.0.0.1:{ports['peers']}"
    alone = (kubeconfig, "--leader-elect=false", "--secure-port=0")
    return {
        "etcd": (
            "--data-dir=data",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
        ),
        "kube-apiserver": (
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={ports['api']}",
            "--cert-dir=certificates",
            "--authorization-mode=RBAC",
            f"--token-auth-file={tokens}",
            "--service-account-issuer=https://cluster.test",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-cluster-ip-range=10.96.0.0/24",
        ),
        "kube-controller-manager": (*alone, f"--service-account-private-key-file={key}"),
        "kube-scheduler": alone,
        "kwok": (kubeconfig, "--manage-all-nodes=true", f"--config={stages}", "--node-lease-duration-seconds=40"),
    }


def _kubeconfig(folder: Path, server: str) -> Path:
    path = folder / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        "clusters": [{"name": "test", "cluster": {"server": server, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "admin", "user": {"token": _TOKEN}}],
    }
    path.write_text(json.dumps(content))
    return path


def _key(folder: Path) -> Path:
    path = folder / "accounts.key"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


def _is_ready(server: str) -> bool:
    context = ssl._create_unverified_context()  # noqa: S323 - it made its certificate itself
    request = urllib.request.Request(f"{server}/readyz", headers={"Authorization": f"Bearer {_TOKEN}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=5, context=context) as answer:  # noqa: S310
        return bool(answer.status == 200)


def _node(number: int) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{number}"}}


def _disk(number: int) -> dict[str, Any]:
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": f"/nowhere/{number}"},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"disk-{number}"}, "spec": spec}


def _stages() -> Iterator[dict[str, Any]]:
    yield _stage(
        "ready", [_STAYS, _FRESH, {"key": _ILL, "operator": "DoesNotExist"}], _status("Running", "True", _RUNS)
    )
    yield _stage("ill", [_STAYS, _FRESH, {"key": _ILL, "operator": "Exists"}], _status("Pending", "False", _WAITS))
    gone = {"finalizers": {"empty": True}, "delete": True}
    yield _stage("gone", [{**_STAYS, "operator": "Exists"}], gone)


def _status(phase: str, ready: str, state: str) -> dict[str, Any]:
    text = _STATUS.replace("PHASE", phase).replace("READY", ready).replace("STATE", state)
    return {"statusTemplate": text}


def _stage(name: str, expressions: list[dict[str, Any]], then: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": f"pod-{name}"},
        "spec": {**_ON_PODS, "selector": {"matchExpressions": expressions}, "next": then},
    }
