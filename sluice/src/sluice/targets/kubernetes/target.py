"""The target ``kubernetes``: manifests of the commit, with the version as the images' tag, applied and waited for."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from string import Template

import msgspec

from sluice.delivery.deployment.policy import KubernetesTarget
from sluice.machine.whole_files import write_whole
from sluice.targets.commands import plain_environment
from sluice.targets.kubernetes.conditions import part_of, reasons, selector_of, stuck_pods
from sluice.targets.kubernetes.kubectl import CLUSTER, Kubectl, within
from sluice.targets.kubernetes.manifests import (
    Thing,
    dropped,
    namespaces_in,
    naming,
    tagging,
    things_of,
    workloads_of,
)
from sluice.targets.live import Live, load_live, save_live
from sluice.targets.protocol import Bundle, Ended, Part, Standing, TargetError
from sluice.targets.sources import unpack

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""
_SHORT = 7
"""Characters of a commit in the tags of docker/metadata-action's ``type=sha``."""
_APPLIED = "applied.json"
_KEPT = 10
_GRACE = 30.0
_SEEN = 10.0
"""Seconds within which the cluster's controllers take note of a change."""


class KubernetesPlace:
    """Implements ``targets.protocol.Target``; ``folder`` keeps the manifests of each deployment, to go back to."""

    beside = False

    def __init__(self, target: KubernetesTarget, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._kubectl = Kubectl(target.context, folder)

    def prepare(self, bundle: Bundle) -> str:
        """The manifests of the commit, with the version in them."""
        source = self._folder / "source"
        unpack(bundle, source)
        overlay = source / self._target.overlay
        if not overlay.is_dir():
            raise TargetError(f"{bundle.release.version} has no folder {self._target.overlay}")
        manifests = self._kubectl.render(self._tagged(bundle, source) if self._target.images else overlay)
        self._manifests(bundle.number).write_text(manifests, encoding="utf-8")
        return f"{len(workloads_of(manifests))} workloads of {self._target.overlay}"

    def _tagged(self, bundle: Bundle, source: Path) -> Path:
        """A kustomization over that of the commit."""
        folder = source / ".sluice"
        folder.mkdir()
        text = tagging(f"../{self._target.overlay}", self._target.images, _tag(self._target.tag, bundle))
        (folder / "kustomization.yaml").write_text(text, encoding="utf-8")
        return folder

    def start(self, bundle: Bundle) -> str:
        """The cluster itself checks the manifests. Nothing is changed, but that a namespace of theirs that is not there
        is made: without one, the cluster checks nothing that is to be in it.
        """
        path = self._manifests(bundle.number)
        wanted = namespaces_in(path.read_text(encoding="utf-8"))
        made = [name for name, text in wanted.items() if self._make(name, text)]
        self._kubectl("apply", "--dry-run=server", "--filename", str(path))
        return "; new namespace ".join(("the cluster accepts the manifests", *made))

    def _make(self, namespace: str, text: bytes) -> bool:
        there = self._kubectl.get(Thing(version="v1", kind="Namespace", name=namespace))
        if not there:
            self._kubectl("apply", "--filename", "-", given=text)
        return not there

    def checking(self, bundle: Bundle) -> Mapping[str, str]:
        """What kubectl and the checks' own commands need."""
        return {**plain_environment(*CLUSTER), **bundle.variables, "SLUICE_VERSION": bundle.release.version}

    def ended(self, bundle: Bundle) -> Ended:
        """The roll-out has told already."""
        del bundle
        return Ended()

    def switch(self, bundle: Bundle) -> str:
        """Apply, and wait until every workload is rolled out."""
        self._apply(bundle.number)
        save_live(self._folder, Live(number=bundle.number, version=bundle.release.version))
        found = self._workloads(bundle.number)
        until = time.monotonic() + self._target.timeout
        for workload in found:
            self._wait(workload, max(1.0, until - time.monotonic()))
        return f"rolled out {', '.join(one.word for one in found) or 'nothing that runs'}"

    def retire(self, bundle: Bundle) -> str:
        """The roll-out has ended the old version; what only older versions had is removed, and manifests that nobody
        goes back to.
        """
        said = self._remove_others(bundle.number)
        for path in self._all_manifests()[:-_KEPT]:
            if path != self._manifests(bundle.number):
                path.unlink(missing_ok=True)
        return f"the roll-out has ended the old version{said}"

    def restore(self, bundle: Bundle | None) -> str:
        """The version's own manifests once more and nothing that others had, or nothing of the environment."""
        if bundle is None:
            said = self._remove_others(None)
            save_live(self._folder, None)
            return f"nothing is left{said}"
        if not self._manifests(bundle.number).exists():
            self.prepare(bundle)
        self._apply(bundle.number)
        for workload in self._workloads(bundle.number):
            self._unstick(workload)
        return self.switch(bundle) + self._remove_others(bundle.number)

    def standing(self) -> Standing:
        """As the cluster says."""
        live = load_live(self._folder)
        if live is None:
            return Standing()
        parts = tuple(part_of(one.word, self._kubectl.get(one)) for one in self._workloads(live.number))
        return Standing(live=live.number, parts=parts or (Part(name="manifests", state="applied", well=True),))

    def kept_variables(self) -> Mapping[str, str]:
        """None: what the workloads get stands in the manifests and the cluster."""
        return {}

    def kept_secrets(self, names: Collection[str]) -> tuple[str, ...]:
        """None."""
        del names
        return ()

    def log_files(self) -> tuple[Path, ...]:
        """None: ``kubectl logs`` has them."""
        return ()

    def _manifests(self, number: int) -> Path:
        return self._folder / f"manifests-{number}.yaml"

    def _all_manifests(self) -> list[Path]:
        return sorted(self._folder.glob("manifests-*.yaml"), key=lambda path: path.stat().st_mtime)

    def _workloads(self, number: int) -> tuple[Thing, ...]:
        try:
            return workloads_of(self._manifests(number).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise TargetError(
                f"{self._manifests(number)} is gone: nobody knows what deployment {number} consists of",
                hint="deploy again",
            ) from error

    def _apply(self, number: int) -> None:
        """What is applied may be there from now on, however this ends."""
        path = self._manifests(number)
        self._note_applied((*self._applied(), *things_of(path.read_text(encoding="utf-8"))))
        self._kubectl("apply", "--filename", str(path), timeout=self._target.timeout)

    def _remove_others(self, number: int | None) -> str:
        """Delete what was applied and this version does not have; says how much that was."""
        mine = () if number is None else things_of(self._manifests(number).read_text(encoding="utf-8"))
        gone, told = dropped(self._applied(), mine), ""
        if gone:
            words = ("delete", "--ignore-not-found", "--filename", "-")
            told = self._kubectl(*words, given=naming(gone), timeout=self._target.timeout)
        self._note_applied(mine)
        count = len(told.strip().splitlines())
        return f"; {count} objects of other versions removed" if count else ""

    def _applied(self) -> tuple[Thing, ...]:
        """What this environment may have in the cluster; an older Sluice noted but what is live."""
        try:
            return msgspec.json.decode((self._folder / _APPLIED).read_bytes(), type=tuple[Thing, ...])
        except FileNotFoundError:
            live = load_live(self._folder)
        path = self._manifests(live.number) if live else None
        return things_of(path.read_text(encoding="utf-8")) if path and path.exists() else ()

    def _note_applied(self, things: Iterable[Thing]) -> None:
        write_whole(self._folder / _APPLIED, msgspec.json.encode(tuple(dict.fromkeys(things))))

    def _unstick(self, workload: Thing) -> None:
        """Delete what a StatefulSet of an ill version waits for in vain; another kind needs no help."""
        if workload.kind != "StatefulSet":
            return
        found = self._seen(workload)
        pods = self._kubectl.items("pods", workload.namespace, "--selector", selector_of(found))
        stuck = stuck_pods(found, pods)
        if stuck:
            self._kubectl("delete", "pod", *stuck, *within(workload.namespace), "--ignore-not-found", "--wait=false")

    def _seen(self, workload: Thing) -> Mapping[str, object]:
        """The workload once its controller has taken note of what was applied."""
        until = time.monotonic() + _SEEN
        while True:
            found = self._kubectl.get(workload)
            wanted = found.get("metadata", {}).get("generation", 0)
            if found.get("status", {}).get("observedGeneration", 0) >= wanted or time.monotonic() > until:
                return found
            time.sleep(0.2)

    def _wait(self, workload: Thing, seconds: float) -> None:
        words = ("rollout", "status", workload.word, *within(workload.namespace), f"--timeout={seconds:.0f}s")
        try:
            self._kubectl(*words, timeout=seconds + _GRACE)
        except TargetError as error:
            why = self._why(workload) or error.hint or ""
            raise TargetError(f"{workload.word} is not rolled out: {error.message}", hint=why or None) from error

    def _why(self, workload: Thing) -> str:
        """What the cluster says of it; nothing where it can't be asked any more."""
        try:
            found = self._kubectl.get(workload)
            pods = self._kubectl.items("pods", workload.namespace, "--selector", selector_of(found))
            about = f"involvedObject.kind={workload.kind},involvedObject.name={workload.name},type=Warning"
            events = self._kubectl.items("events", workload.namespace, "--field-selector", about)
        except TargetError:
            return ""
        return reasons(found, pods, events)


def _tag(pattern: str, bundle: Bundle) -> str:
    """The tag of this version's images. Raises ``TargetError`` for what can't be one."""
    release = bundle.release
    names = {"VERSION": release.version, "COMMIT": release.commit, "SHORT": release.commit[:_SHORT]}
    tag = Template(pattern).safe_substitute(names)
    if not _TAG.fullmatch(tag):
        raise TargetError(
            f"images can't have the tag '{tag}'",
            hint='letters, digits, "_", "." and "-", 128 at most; the kubernetes table\'s `tag` makes it',
        )
    return tag
