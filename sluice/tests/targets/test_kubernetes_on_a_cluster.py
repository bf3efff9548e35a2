"""Kubernetes as a target on a real control plane: what the API server, the controllers and kubectl really say."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster import HOW, Cluster, missing_programs, running_cluster
from deployed import Project

ROOT = Path(__file__).resolve().parents[3]
NAMESPACE = "loka-staging"
MISSING = missing_programs()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(bool(MISSING), reason=f"a cluster needs {', '.join(MISSING)}: {HOW}"),
]
SETTINGS = f"""\
[environment.staging]
watch = 2
[environment.staging.kubernetes]
overlay = "k8s/staging"
images = ["ghcr.io/loka/loka-stratum", "ghcr.io/loka/loka-migration"]
timeout = 20
[environment.staging.health]
command = "kubectl --namespace {NAMESPACE} wait --for=condition=Ready pod/loka-stratum-0 --timeout=5s"
timeout = 20
[environment.staging.verify]
command = "kubectl --namespace {NAMESPACE} get pod loka-stratum-0 -o yaml | grep -q stratum:$SLUICE_VERSION"
"""
ILL = """
  - target: {kind: StatefulSet, name: loka-stratum}
    patch: |-
      - {op: add, path: /spec/template/metadata/annotations/test~1ill, value: "yes"}
"""
ORDERED = """
  - target: {kind: StatefulSet, name: loka-stratum}
    patch: |-
      - {op: replace, path: /spec/podManagementPolicy, value: OrderedReady}
"""
REFUSED = """
  - target: {kind: Service, name: loka-stratum-miners}
    patch: |-
      - {op: replace, path: /spec/ports/0/port, value: 99999}
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


class Clustered(Project):
    """This repository's manifests; each version's commit may change the overlay."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        super().__init__(folder / "project", folder / "home", 0)
        self.cluster = cluster
        shutil.copytree(ROOT / "k8s", self.root / "k8s")
        self.overlay = self.root / "k8s/staging/kustomization.yaml"
        self.plain = self.overlay.read_text(encoding="utf-8")
        (self.root / "sluice.toml").write_text(SETTINGS, encoding="utf-8")

    def version(self, name: str, *patches: str) -> str:
        """A commit with these patches of the overlay."""
        self.overlay.write_text(self.plain + "".join(patches), encoding="utf-8")
        return self.commit(name)

    def kept(self) -> dict[str, str]:
        """It finds the cluster."""
        return super().kept() | {"KUBECONFIG": str(self.cluster.kubeconfig)}

    def objects(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.cluster.get(kind, "--namespace", NAMESPACE).get("items", [])
        return found

    def images(self) -> set[str]:
        """Of the pods that are ready."""
        ready = [pod for pod in self.objects("pods") if _is_ready(pod)]
        return {one["image"].rpartition(":")[2] for pod in ready for one in pod["spec"]["containers"]}

    def ends(self) -> list[tuple[str, str]]:
        return [(one["request"]["release"]["version"], str(one["phase"])) for one in self.history()]  # type: ignore[index]


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


@pytest.fixture
def project(tmp_path: Path, cluster: Cluster) -> Iterator[Clustered]:
    """In a namespace of its own, which is gone in the end with everything in it."""
    made = Clustered(tmp_path, cluster)
    yield made
    cluster.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=true")


def test_a_version_comes_is_updated_and_an_ill_one_goes_with_its_reason(project: Clustered) -> None:
    project.version("v1")
    said = project.run("staging")
    assert f"new namespace {NAMESPACE}" in said
    assert project.images() == {"v1"}
    project.version("v2")
    assert "configuration" not in project.run("diff", "staging")
    project.run("staging")
    assert project.images() == {"v2"}
    project.version("ill", ILL)
    assert "test~1ill" in project.run("diff", "staging")
    said = project.run("staging", code=1)
    assert "statefulset/loka-stratum is not rolled out" in said
    assert "loka-stratum-0: stratum: ImagePullBackOff: no such image" in said
    assert project.images() == {"v2"}
    assert "healthy" in project.run("status")
    project.run("rollback", "staging")
    assert project.images() == {"v1"}
    assert project.ends() == [("v1", "finished"), ("v2", "finished"), ("ill", "rolled back"), ("v1", "finished")]


def test_a_stateful_set_that_waits_for_its_ill_pod_is_helped_back(project: Clustered) -> None:
    """https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback."""
    project.version("v1", ORDERED)
    project.run("staging")
    project.version("ill", ORDERED, ILL)
    project.run("staging", code=1)
    assert project.images() == {"v1"}
    assert project.ends()[-1] == ("ill", "rolled back")


def test_the_first_version_that_fails_leaves_what_holds_data_and_nothing_else(project: Clustered) -> None:
    project.cluster.kubectl("create", "namespace", NAMESPACE)
    project.cluster.kubectl(
        "create", "secret", "generic", "loka-stratum", "--namespace", NAMESPACE, "--from-literal=a=b"
    )
    project.version("ill", ILL)
    project.run("staging", code=1)
    assert not project.objects("statefulsets")
    assert not project.objects("services")
    names = [one["metadata"]["name"] for one in project.objects("secrets")]
    assert names == ["loka-stratum"], "it is the operator's"
    assert "nothing runs since the last deployment failed" in project.run("status", code=1)


def test_what_a_version_no_longer_has_is_removed_and_comes_back_with_it(project: Clustered) -> None:
    project.version("v1")
    project.run("staging")
    base = project.root / "k8s/base/kustomization.yaml"
    text = base.read_text(encoding="utf-8")
    base.write_text(text.replace("  - disruption.yaml\n", ""), encoding="utf-8")
    (project.root / "k8s/base/loka-stratum.toml").write_text("[log]\nlevel = 'info'\n", encoding="utf-8")
    project.version("v2")
    assert "disruption.yaml" in project.run("diff", "staging")
    project.run("staging")
    assert not project.objects("poddisruptionbudgets")
    assert len([one for one in project.objects("configmaps") if one["metadata"]["name"].startswith("loka")]) == 1
    project.run("rollback", "staging")
    assert len(project.objects("poddisruptionbudgets")) == 1
    assert project.images() == {"v1"}
    project.run("stop", "staging")
    assert not project.objects("statefulsets")
    assert len(project.objects("persistentvolumeclaims")) == 1, "its shares stay"


def test_manifests_that_the_cluster_refuses_change_nothing(project: Clustered) -> None:
    project.version("v1")
    project.run("staging")
    project.version("v2", REFUSED)
    said = project.run("staging", code=1)
    assert "it could not be started" in said
    assert "99999" in said
    assert project.images() == {"v1"}


@pytest.mark.parametrize("seconds", [1.0, 2.5, 4.0, 6.0])
def test_what_a_kill_left_is_finished_or_undone(project: Clustered, seconds: float) -> None:
    project.version("v1")
    project.run("staging")
    project.version("v2")
    process = project.start("staging", "v2")
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    said = project.run("status")
    assert "healthy" in said
    version, phase = project.ends()[-1]
    assert phase in {"finished", "rolled back", "abandoned"}
    assert project.images() == {version if phase == "finished" else "v1"}


def test_of_two_at_once_the_second_waits_or_is_refused(project: Clustered) -> None:
    for name in ("v1", "v2"):
        project.version(name)
    first = project.start("staging", "v1")
    time.sleep(2)
    assert "the environment is taken" in project.run("staging", "v2", "--no-wait", code=2)
    second = project.start("staging", "v2")
    before, after = (process.communicate(timeout=120)[0] for process in (first, second))
    assert (first.returncode, second.returncode) == (0, 0), before + after
    assert "waits for deploy of v1" in after
    assert project.images() == {"v2"}
    assert project.ends() == [("v1", "finished"), ("v2", "finished")]


def test_a_workload_that_somebody_deleted_is_down_and_comes_back(project: Clustered) -> None:
    project.version("v1")
    project.run("staging")
    project.cluster.kubectl("delete", "statefulset", "loka-stratum", "--namespace", NAMESPACE)
    assert "healthy" in project.run("status")
    assert project.images() == {"v1"}


def test_a_cluster_that_nobody_reaches_says_so(project: Clustered) -> None:
    project.version("v1")
    project.run("staging")
    nowhere = project.cluster.kubeconfig.with_name("nowhere")
    text = project.cluster.kubeconfig.read_text(encoding="utf-8")
    nowhere.write_text(text.replace("https://127.0.0.1:", "https://127.0.0.1:1/"), encoding="utf-8")
    process = Project.start(project, "status", KUBECONFIG=str(nowhere))
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "unknown" in output
    assert "Traceback" not in output
