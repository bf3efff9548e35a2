"""The target ``kubernetes``: manifests of the commit, with the version as the images' tag, applied and waited for."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from sluice.delivery.deployment.policy import KubernetesTarget
from sluice.source.errors import UnavailableError
from sluice.targets.commands import Command, plain_environment, run
from sluice.targets.kubernetes.manifests import Workload, with_tags, workloads_of
from sluice.targets.live import Live, load_live, save_live
from sluice.targets.protocol import Bundle, Part, Standing, TargetError
from sluice.targets.sources import unpack

_CLUSTER = ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")
_SOON = 120.0


class KubernetesPlace:
    """Implements ``targets.protocol.Target``; ``folder`` keeps the manifests of each deployment, to go back to."""

    beside = False

    def __init__(self, target: KubernetesTarget, folder: Path) -> None:
        self._target = target
        self._folder = folder

    def prepare(self, bundle: Bundle) -> str:
        """The manifests of the commit, with the version in them."""
        source = self._folder / "source"
        unpack(bundle, source)
        overlay = source / self._target.overlay
        if not overlay.is_dir():
            raise TargetError(f"{bundle.release.version} has no folder {self._target.overlay}")
        rendered = self._kubectl("kustomize", str(overlay))
        manifests = with_tags(rendered, self._target.images, bundle.release.version)
        self._manifests(bundle.number).write_text(manifests, encoding="utf-8")
        return f"{len(workloads_of(manifests))} workloads of {self._target.overlay}"

    def start(self, bundle: Bundle) -> str:
        """The cluster itself checks the manifests; nothing is changed."""
        self._kubectl("apply", "--dry-run=server", "--filename", str(self._manifests(bundle.number)))
        return "the cluster accepts the manifests"

    def checking(self, bundle: Bundle) -> Mapping[str, str]:
        """What kubectl and the checks' own commands need."""
        return {**plain_environment(*_CLUSTER), **bundle.variables, "SLUICE_VERSION": bundle.release.version}

    def complaint(self, bundle: Bundle) -> str:
        """The roll-out has told already."""
        del bundle
        return ""

    def switch(self, bundle: Bundle) -> str:
        """Apply, and wait until every workload is rolled out."""
        path = self._manifests(bundle.number)
        self._kubectl("apply", "--filename", str(path))
        save_live(self._folder, Live(number=bundle.number, version=bundle.release.version))
        found = workloads_of(path.read_text(encoding="utf-8"))
        for workload in found:
            self._wait(workload)
        return f"rolled out {', '.join(one.name for one in found)}"

    def retire(self, bundle: Bundle) -> str:
        """The roll-out has ended the old version; manifests that nobody goes back to are removed."""
        kept = sorted(self._folder.glob("manifests-*.yaml"), key=lambda path: path.stat().st_mtime)
        for path in kept[:-10]:
            if path != self._manifests(bundle.number):
                path.unlink(missing_ok=True)
        return "the roll-out has ended the old version"

    def restore(self, bundle: Bundle | None) -> str:
        """The version's own manifests once more, or nothing of the environment."""
        if bundle is not None:
            if not self._manifests(bundle.number).exists():
                self.prepare(bundle)
            return self.switch(bundle)
        live = load_live(self._folder)
        if live is not None and (path := self._manifests(live.number)).exists():
            self._kubectl("delete", "--ignore-not-found", "--filename", str(path), timeout=self._target.timeout)
        save_live(self._folder, None)
        return "nothing is left"

    def standing(self) -> Standing:
        """As the cluster says."""
        live = load_live(self._folder)
        if live is None:
            return Standing()
        found = workloads_of(self._manifests(live.number).read_text(encoding="utf-8"))
        return Standing(live=live.number, parts=tuple(map(self._part, found)))

    def log_files(self) -> tuple[Path, ...]:
        """None: ``kubectl logs`` has them."""
        return ()

    def _manifests(self, number: int) -> Path:
        return self._folder / f"manifests-{number}.yaml"

    def _wait(self, workload: Workload) -> None:
        timeout = self._target.timeout
        words = ("rollout", "status", workload.name, *_in(workload), f"--timeout={timeout:.0f}s")
        self._kubectl(*words, timeout=timeout + 30)

    def _part(self, workload: Workload) -> Part:
        told = self._kubectl("get", workload.name, *_in(workload), "--output", "json")
        try:
            state = msgspec.json.decode(told, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise TargetError(f"kubectl get {workload.name} says what is no object: {told[:200]}") from error
        wanted, ready = state.get("spec", {}).get("replicas", 1), state.get("status", {}).get("readyReplicas", 0)
        return Part(name=workload.name, state=f"{ready} of {wanted} ready", well=ready >= wanted)

    def _kubectl(self, *words: str, timeout: float = _SOON) -> str:
        context = ["--context", self._target.context] if self._target.context and words[0] != "kustomize" else []
        return run(_command([find_kubectl(), *context, *words], self._folder, f"kubectl {words[0]}", timeout))


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


def _command(words: list[str], directory: Path, what: str, timeout: float = _SOON) -> Command:
    environment = plain_environment(*_CLUSTER)
    return Command(words=words, directory=directory, environment=environment, timeout=timeout, what=what)


def _in(workload: Workload) -> tuple[str, ...]:
    return ("--namespace", workload.namespace) if workload.namespace else ()
