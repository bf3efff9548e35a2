"""How a workload stands, and why it isn't ready. In: objects as the API server has them. Out: parts and words. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ has the fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sluice.targets.protocol import Part

_MOST = 4
"""Reasons that are told."""


def part_of(name: str, found: Mapping[str, Any]) -> Part:
    """A workload's state: what is ready of what is wanted, of the newest version alone."""
    if not found:
        return Part(name=name, state="down", well=False, detail=f"{name} is not in the cluster")
    wanted, ready, current = _counts(found)
    state = f"{ready} of {wanted} ready"
    if ready >= wanted and not current:
        return Part(name=name, state=f"{state}, not all of the newest version", well=False)
    return Part(name=name, state=state, well=ready >= wanted)


def _counts(found: Mapping[str, Any]) -> tuple[int, int, bool]:
    """How many are wanted, how many are ready, whether those are of the newest version."""
    status = found.get("status", {})
    seen = status.get("observedGeneration", 0) >= found.get("metadata", {}).get("generation", 0)
    if found.get("kind") == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
        return wanted, ready, seen and status.get("updatedNumberScheduled", 0) >= wanted
    wanted = found.get("spec", {}).get("replicas", 1)
    return wanted, status.get("readyReplicas", 0), seen and status.get("updatedReplicas", 0) >= wanted


def selector_of(found: Mapping[str, Any]) -> str:
    """The labels of a workload's pods, as kubectl's ``--selector`` takes them."""
    selector = found.get("spec", {}).get("selector", {})
    labels = [f"{key}={value}" for key, value in selector.get("matchLabels", {}).items()]
    return ",".join((*labels, *map(_expression, selector.get("matchExpressions", ()))))


def _expression(one: Mapping[str, Any]) -> str:
    values = f"({','.join(one.get('values', ()))})"
    words = {"In": f"{one['key']} in {values}", "NotIn": f"{one['key']} notin {values}", "Exists": one["key"]}
    return str(words.get(one["operator"], f"!{one['key']}"))


def stuck_pods(workload: Mapping[str, Any], pods: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Pods of another version that are not ready. A StatefulSet waits for them for ever, so going back deletes them.

    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
    """
    wanted = workload.get("status", {}).get("updateRevision", "")
    return tuple(
        pod["metadata"]["name"]
        for pod in pods
        if pod["metadata"].get("labels", {}).get("controller-revision-hash", wanted) != wanted and not _is_ready(pod)
    )


def reasons(workload: Mapping[str, Any], pods: Iterable[Mapping[str, Any]], events: Iterable[Mapping[str, Any]]) -> str:
    """Why it isn't ready, in the words of the cluster: of pods, of the workload, and what else was warned of."""
    found = dict.fromkeys((*_of_pods(pods), *_of_workload(workload)))
    found = found or dict.fromkeys(_of_events(events))
    return "; ".join(list(found)[:_MOST])


def _of_workload(workload: Mapping[str, Any]) -> Iterator[str]:
    for one in _conditions(workload):
        if one.get("type") == "ReplicaFailure" and one.get("status") == "True":
            yield _words(one)


def _of_pods(pods: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for pod in pods:
        if not _is_ready(pod):
            yield from (f"{pod['metadata']['name']}: {reason}" for reason in _of_pod(pod))


def _of_pod(pod: Mapping[str, Any]) -> list[str]:
    status = pod.get("status", {})
    containers = (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ()))
    told = [f"{one['name']}: {reason}" for one in containers if (reason := _of_container(one))]
    if told:
        return told
    unmet = [_words(one) for one in _conditions(pod) if one.get("status") == "False" and one.get("message")]
    return unmet or [_words(status) or f"{status.get('phase', 'unknown')}, not ready"]


def _of_container(container: Mapping[str, Any]) -> str:
    """What it waits for, or how it ended; nothing of one that runs or ended well."""
    state = container.get("state", {})
    for one in (state.get("waiting"), state.get("terminated"), container.get("lastState", {}).get("terminated")):
        if one and one.get("exitCode", 1) != 0 and one.get("reason") not in {"PodInitializing", "ContainerCreating"}:
            ended = f" (exit code {one['exitCode']})" if "exitCode" in one else ""
            return f"{_words(one)}{ended}"
    return ""


def _of_events(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    newest = sorted(events, key=lambda one: str(one.get("lastTimestamp") or one.get("eventTime") or ""), reverse=True)
    return (_words(one) for one in newest)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in _conditions(pod))


def _conditions(found: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    conditions: Iterable[Mapping[str, Any]] = found.get("status", {}).get("conditions", ())
    return conditions


def _words(one: Mapping[str, Any]) -> str:
    return ": ".join(str(text) for text in (one.get("reason"), one.get("message")) if text)
