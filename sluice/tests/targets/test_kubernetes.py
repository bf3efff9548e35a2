"""A cluster as a target, with a program in kubectl's place that writes down what it is told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fake_programs import FakeProgram
from msgspec.structs import replace

from sluice.delivery.deployment.events import Release
from sluice.delivery.deployment.policy import KubernetesTarget
from sluice.source.errors import UnavailableError
from sluice.targets.kubernetes.conditions import part_of, reasons, selector_of, stuck_pods
from sluice.targets.kubernetes.manifests import Thing, dropped, things_of, workloads_of
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
WEB = Thing(version="apps/v1", kind="Deployment", name="web", namespace="there")
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
    release = Release(version="v2", commit="")
    return committed(Bundle(number=2, environment="there", release=release, root=repository))


def committed(bundle: Bundle) -> Bundle:
    """Of what the repository holds now."""
    name = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "add", "--all"], cwd=bundle.root, check=True)
    subprocess.run(["git", *name, "commit", "--quiet", "--allow-empty", "-m", "x"], cwd=bundle.root, check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=bundle.root, check=True, capture_output=True, text=True)
    return replace(bundle, release=replace(bundle.release, commit=done.stdout.strip()))


def test_workloads_are_found() -> None:
    assert workloads_of(MANIFESTS) == (WEB,)
    assert things_of(MANIFESTS)[0] == Thing(version="v1", kind="Namespace", name="there")


@pytest.mark.slow
def test_manifests_are_checked_applied_and_waited_for(
    kubectl: FakeProgram, place: KubernetesPlace, bundle: Bundle, tmp_path: Path
) -> None:
    for step in (place.prepare, place.start, place.switch):
        step(bundle)
    file = f"{tmp_path}/place/manifests-2.yaml"
    assert kubectl.calls() == [
        f"kustomize {tmp_path}/place/source/.sluice",
        "--context prod get namespace/there --ignore-not-found --output json",
        "--context prod apply --filename -",
        f"--context prod apply --dry-run=server --filename {file}",
        f"--context prod apply --filename {file}",
        "--context prod rollout status deployment/web --namespace there --timeout=9s",
    ]
    kubectl.answer({"get": (0, '{"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}')})
    standing = place.standing()
    assert standing.live == 2
    assert [(part.state, part.well) for part in standing.parts] == [("2 of 3 ready", False)]


@pytest.mark.slow
def test_a_roll_out_that_hangs_fails_and_the_old_manifests_are_applied_again(
    kubectl: FakeProgram, place: KubernetesPlace, bundle: Bundle, tmp_path: Path
) -> None:
    old = f"{tmp_path}/place/manifests-1.yaml"
    place.prepare(bundle)
    Path(old).write_text(MANIFESTS, encoding="utf-8")
    kubectl.answer({"rollout": (1, "error: timed out waiting for the condition"), "get": (0, "")})
    with pytest.raises(TargetError, match="deployment/web is not rolled out: kubectl rollout ended with 1") as caught:
        place.switch(bundle)
    assert caught.value.hint == "error: timed out waiting for the condition"
    kubectl.answer({"get": (0, '{"spec": {"replicas": 1}, "status": {"readyReplicas": 1, "updatedReplicas": 1}}')})
    kubectl.forget()
    place.restore(Bundle(number=1, environment="there", release=bundle.release, root=bundle.root))
    assert kubectl.calls()[0] == f"--context prod apply --filename {old}"
    assert place.standing().live == 1


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl, which renders kustomizations")
def test_kustomize_puts_the_tags_on_the_images_named_and_keeps_what_texts_mean(tmp_path: Path, bundle: Bundle) -> None:
    folder = bundle.root / "k8s/there"
    (folder / "kustomization.yaml").write_text("resources: [all.yaml]\n", encoding="utf-8")
    odd = MANIFESTS.replace(
        "metadata: {name: there}", 'metadata: {name: there, annotations: {a: "1e3", b: "y", c: "0o7"}}'
    )
    (folder / "all.yaml").write_text(odd, encoding="utf-8")
    target = KubernetesTarget(overlay="k8s/there", images=IMAGES, tag="sha-$SHORT")
    now = committed(bundle)
    KubernetesPlace(target, tmp_path / "place").prepare(now)
    short = now.release.commit[:7]
    text = (tmp_path / "place/manifests-2.yaml").read_text(encoding="utf-8")
    assert f"image: ghcr.io/a/web:sha-{short}\n" in text
    assert f"image: registry:5000/migration:sha-{short}\n" in text
    assert "image: other:1\n" in text
    assert all(word in text for word in ('a: "1e3"', 'b: "y"', 'c: "0o7"'))


def test_a_version_that_is_no_tag_is_refused_before_the_cluster_is_asked(
    kubectl: FakeProgram, place: KubernetesPlace, bundle: Bundle
) -> None:
    with pytest.raises(TargetError, match=r"images can't have the tag 'v1\+a/b'"):
        place.prepare(replace(bundle, release=replace(bundle.release, version="v1+a/b")))
    assert not kubectl.calls()


@pytest.mark.slow
def test_warnings_of_kubectl_are_no_manifests(kubectl: FakeProgram, place: KubernetesPlace, bundle: Bundle) -> None:
    kubectl.warn("Warning: 'bases' is deprecated")
    place.prepare(bundle)
    assert place.start(bundle) == "the cluster accepts the manifests; new namespace there"


def test_what_is_gone_is_named_but_for_what_holds_data() -> None:
    before = (
        WEB,
        Thing(version="v1", kind="Namespace", name="there"),
        Thing(version="v1", kind="PersistentVolumeClaim", name="shares", namespace="there"),
        Thing(version="policy/v1beta1", kind="PodDisruptionBudget", name="web"),
        Thing(version="v1", kind="ConfigMap", name="web-1", namespace="there"),
    )
    after = (Thing(version="policy/v1", kind="PodDisruptionBudget", name="web"),)
    assert dropped(before, after) == (before[0], before[4])
    assert not dropped(before, before)


def test_a_part_is_well_when_all_of_the_newest_version_are_ready() -> None:
    ready = {"spec": {"replicas": 2}, "status": {"readyReplicas": 2, "updatedReplicas": 2}}
    assert part_of("x", ready).well
    assert not part_of("x", {**ready, "status": {"readyReplicas": 2, "updatedReplicas": 1}}).well
    assert not part_of("x", {**ready, "metadata": {"generation": 2}}).well
    on_nodes = {"desiredNumberScheduled": 3, "numberReady": 3, "updatedNumberScheduled": 3}
    assert part_of("x", {"kind": "DaemonSet", "status": on_nodes}).state == "3 of 3 ready"
    assert not part_of("x", {"kind": "DaemonSet", "status": {**on_nodes, "numberReady": 2}}).well
    assert part_of("x", {}).state == "down"


def pod(name: str, revision: str = "1", **status: object) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {"controller-revision-hash": revision}}, "status": status}


READY = [{"type": "Ready", "status": "True"}]
KILLED = {"reason": "OOMKilled", "exitCode": 137}
PULLS = {"reason": "ImagePullBackOff", "message": "no such image"}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"containerStatuses": [{"name": "c", "state": {"waiting": PULLS}}]}, "c: ImagePullBackOff: no such image"),
        (
            {"initContainerStatuses": [{"name": "i", "state": {"terminated": {"reason": "Error", "exitCode": 3}}}]},
            "i: Error (exit code 3)",
        ),
        (
            {
                "containerStatuses": [
                    {
                        "name": "c",
                        "state": {"running": {}},
                        "lastState": {"terminated": KILLED},
                    }
                ]
            },
            "c: OOMKilled (exit code 137)",
        ),
        (
            {"conditions": [{"status": "False", "reason": "Unschedulable", "message": "no node"}]},
            "Unschedulable: no node",
        ),
        ({"phase": "Pending"}, "Pending, not ready"),
    ],
)
def test_a_pod_says_why_it_is_not_ready(status: dict[str, Any], words: str) -> None:
    assert reasons({}, [pod("a", conditions=READY), pod("web-0", **status)], []) == f"web-0: {words}"


def test_without_pods_the_workload_or_its_events_say_why() -> None:
    failed = [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "over quota"}]
    assert reasons({"status": {"conditions": failed}}, [], []) == "FailedCreate: over quota"
    old, new = (
        {"reason": "Old", "lastTimestamp": "1"},
        {"reason": "FailedCreate", "message": "no", "lastTimestamp": "2"},
    )
    assert reasons({}, [], [old, new]) == "FailedCreate: no; Old"


def test_pods_of_another_revision_that_are_not_ready_are_in_the_way() -> None:
    pods = [pod("web-0", "bad"), pod("web-1", "bad", conditions=READY), pod("web-2", "good")]
    assert stuck_pods({"status": {"updateRevision": "good"}}, pods) == ("web-0",)


def test_a_selector_is_written_as_kubectl_takes_it() -> None:
    expressions = [
        {"key": "a", "operator": "In", "values": ["1", "2"]},
        {"key": "b", "operator": "NotIn", "values": ["3"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist"},
    ]
    found = {"spec": {"selector": {"matchLabels": {"app": "web"}, "matchExpressions": expressions}}}
    assert selector_of(found) == "app=web,a in (1,2),b notin (3),c,!d"


@pytest.mark.slow
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
    monkeypatch: pytest.MonkeyPatch, place: KubernetesPlace, bundle: Bundle, tmp_path: Path
) -> None:
    (tmp_path / "place").mkdir()
    (tmp_path / "place/manifests-2.yaml").write_text("", encoding="utf-8")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnavailableError, match="needs kubectl"):
        place.start(bundle)
