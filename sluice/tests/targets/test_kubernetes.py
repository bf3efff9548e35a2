"""A cluster as a target, with a program in kubectl's place that writes down what it is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from fake_programs import FakeProgram

from sluice.delivery.deployment.events import Release
from sluice.delivery.deployment.policy import KubernetesTarget
from sluice.source.errors import UnavailableError
from sluice.targets.kubernetes.manifests import Workload, with_tags, workloads_of
from sluice.targets.kubernetes.target import KubernetesPlace
from sluice.targets.protocol import Bundle, TargetError

MANIFESTS = """\
apiVersion: v1
kind: Namespace
metadata: {name: there}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: there}
spec:
  template:
    spec:
      initContainers: [{name: migration, image: "registry:5000/migration"}]
      containers: [{name: web, image: "ghcr.io/a/web:0.1@sha256:abc"}, {name: side, image: "other:1"}]
"""
IMAGES = ("ghcr.io/a/web", "registry:5000/migration")


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProgram:
    program = FakeProgram("kubectl", tmp_path, monkeypatch)
    program.answer({"kustomize": (0, MANIFESTS)})
    return program


@pytest.fixture
def place(tmp_path: Path) -> KubernetesPlace:
    target = KubernetesTarget(overlay="k8s/there", context="prod", images=IMAGES, timeout=9)
    return KubernetesPlace(target, tmp_path / "place")


@pytest.fixture
def bundle(repository: Path) -> Bundle:
    (repository / "k8s/there").mkdir(parents=True)
    (repository / "k8s/there/kustomization.yaml").write_text("resources: []\n", encoding="utf-8")
    name = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
    subprocess.run(["git", *name, "commit", "--quiet", "-m", "x"], cwd=repository, check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True)
    release = Release(version="v2", commit=done.stdout.strip())
    return Bundle(number=2, environment="there", release=release, root=repository)


def test_tags_go_to_the_images_named_and_to_no_other() -> None:
    tagged = with_tags(MANIFESTS, IMAGES, "v2")
    assert "image: ghcr.io/a/web:v2\n" in tagged
    assert "image: registry:5000/migration:v2\n" in tagged
    assert "image: other:1\n" in tagged
    assert workloads_of(tagged) == (Workload(name="deployment/web", namespace="there"),)


def test_manifests_are_checked_applied_and_waited_for(
    kubectl: FakeProgram, place: KubernetesPlace, bundle: Bundle, tmp_path: Path
) -> None:
    for step in (place.prepare, place.start, place.switch):
        step(bundle)
    file = f"{tmp_path}/place/manifests-2.yaml"
    assert kubectl.calls() == [
        f"kustomize {tmp_path}/place/source/k8s/there",
        f"--context prod apply --dry-run=server --filename {file}",
        f"--context prod apply --filename {file}",
        "--context prod rollout status deployment/web --namespace there --timeout=9s",
    ]
    assert "ghcr.io/a/web:v2" in Path(file).read_text(encoding="utf-8")
    kubectl.answer({"get": (0, '{"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}')})
    standing = place.standing()
    assert standing.live == 2
    assert [(part.state, part.well) for part in standing.parts] == [("2 of 3 ready", False)]


def test_a_roll_out_that_hangs_fails_and_the_old_manifests_are_applied_again(
    kubectl: FakeProgram, place: KubernetesPlace, bundle: Bundle, tmp_path: Path
) -> None:
    old = f"{tmp_path}/place/manifests-1.yaml"
    place.prepare(bundle)
    Path(old).write_text(MANIFESTS, encoding="utf-8")
    kubectl.answer({"rollout": (1, "error: timed out waiting for the condition")})
    with pytest.raises(TargetError, match="kubectl rollout ended with 1"):
        place.switch(bundle)
    kubectl.answer({"get": (0, '{"spec": {"replicas": 1}, "status": {"readyReplicas": 1}}')})
    kubectl.forget()
    place.restore(Bundle(number=1, environment="there", release=bundle.release, root=bundle.root))
    assert kubectl.calls()[0] == f"--context prod apply --filename {old}"
    assert place.standing().live == 1


def test_manifests_that_the_cluster_refuses_change_nothing(
    kubectl: FakeProgram, place: KubernetesPlace, bundle: Bundle
) -> None:
    place.prepare(bundle)
    kubectl.answer({"--dry-run=server": (1, "denied by a policy")})
    with pytest.raises(TargetError) as caught:
        place.start(bundle)
    assert caught.value.hint == "denied by a policy"
    assert place.standing().live is None


def test_without_kubectl_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, place: KubernetesPlace, bundle: Bundle
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnavailableError, match="needs kubectl"):
        place.start(bundle)
