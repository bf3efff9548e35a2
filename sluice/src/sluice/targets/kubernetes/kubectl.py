"""kubectl: the one way to the cluster. In: words. Out: what it prints, or the object that it got."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sluice.source.errors import UnavailableError
from sluice.targets.commands import Command, plain_environment, run
from sluice.targets.kubernetes.manifests import Thing
from sluice.targets.protocol import TargetError

CLUSTER = ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")
"""Variables that say where the cluster is."""
_SOON = 120.0


class Kubectl:
    """With the context of the environment; ``folder`` is where it runs."""

    def __init__(self, context: str, folder: Path) -> None:
        self._context = ("--context", context) if context else ()
        self._folder = folder

    def render(self, overlay: Path) -> str:
        """The manifests of a kustomization, without asking a cluster."""
        return self._run(("kustomize", str(overlay)))

    def __call__(self, *words: str, given: bytes | None = None, timeout: float = _SOON) -> str:
        """What it prints. Raises ``TargetError`` with its last words."""
        return self._run((*self._context, *words), what=words[0], given=given, timeout=timeout)

    def get(self, thing: Thing) -> Mapping[str, Any]:
        """The object as the cluster has it; empty where it has none."""
        return self._read("get", thing.word, *within(thing.namespace), "--ignore-not-found")

    def items(self, kind: str, namespace: str, *selection: str) -> list[Mapping[str, Any]]:
        """Objects of a kind that labels or fields select."""
        found: list[Mapping[str, Any]] = self._read("get", kind, *within(namespace), *selection).get("items", [])
        return found

    def _read(self, *words: str) -> dict[str, Any]:
        told = self(*words, "--output", "json")
        try:
            return msgspec.json.decode(told, type=dict[str, Any]) if told.strip() else {}
        except msgspec.MsgspecError as error:
            raise TargetError(f"kubectl {' '.join(words[:2])} says what is no object: {told[:200]}") from error

    def _run(
        self, words: tuple[str, ...], what: str = "kustomize", given: bytes | None = None, timeout: float = _SOON
    ) -> str:
        command = Command(
            words=[find_kubectl(), *words],
            directory=self._folder,
            environment=plain_environment(*CLUSTER),
            timeout=timeout,
            what=f"kubectl {what}",
            given=given,
            is_data=True,
        )
        return run(command)


def within(namespace: str) -> tuple[str, ...]:
    """The words that name a namespace; none for the context's own."""
    return ("--namespace", namespace) if namespace else ()


def find_kubectl() -> str:
    """Kubectl's path. Raises ``UnavailableError``."""
    found = shutil.which("kubectl")
    if found is None:
        raise UnavailableError(
            "a kubernetes environment needs kubectl",
            tried=["kubectl in PATH"],
            hint="install kubectl, or give the environment a [process] table",
        )
    return found
