"""``git push``, wherever it goes: to the run's own repository of that name, also past what ``insteadOf`` can name.

Files of ``git lfs`` have no place there: what would be sent is told.

An address with a token of the author's in it, or a host that isn't GitHub, begins with nothing that could be known
before; the addresses that a call may mean are known when it comes.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from sluice.rehearsal.uploads.addresses import is_here
from sluice.rehearsal.uploads.options import has, plain
from sluice.rehearsal.uploads.telling import MAIL, PUSH, tell

_ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?/|(?P<ssh>[^/:]*[@.][^/:]*):(?!//))"
    r"(?P<path>.+?)(?:\.git)?/?",
    re.IGNORECASE,
)
_SHORT = re.compile(r"(?P<host>[\w-]+):(?![:/])(?P<path>.+?)(?:\.git)?/?")
"""A host that only the settings of ``ssh`` know."""
_PUSHES = frozenset({"push", "subtree"})
_BELOW = frozenset({"send-pack", "http-push"})
"""What ``git push`` carries out itself: it takes an address as it is."""
_MAILS = frozenset({"send-email", "imap-send"})
_FOREIGN = (["svn", "dcommit"], ["p4", "submit"])
_RUNNING = {"submodule": "foreach", "bisect": "run", "rebase": ""}
"""Commands that run others, by themselves and a word that is among theirs then. The others see git, and not what stands
before it: settings are passed on to them."""
_OF_LFS = r"^(lfs\.(push)?url|remote\..*\.lfs(push)?url)$"
_SKIP_LFS = {"GIT_LFS_SKIP_PUSH": "1"}
"""For the hook that sends files before a push."""
_VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--attr-source"})
_REMOTES = r"^(remote\..*\.(push)?url|remote\.pushdefault|branch\..*\.(push)?remote)$"
_REWRITTEN = r"^url\..*\.(push)?insteadof$"
_ALIASES = 10
"""An alias may be another's words: so many of them."""
_HERE = re.compile(r"^(?:localhost|127\..*|\[::1\]|.*\.localhost)$")
_GITHUB = ("github.com", "www.github.com", "ssh.github.com")


def push(program: str, api: str, words: Sequence[str]) -> int:
    """Carry it out with every address that it may mean led back; its exit code. Another call is git's own."""
    before, after = _split(words)
    if _sends_files(after) and (place := _place_of_files(program, before, after)):
        tell(PUSH, f"{place} lfs", f"git {' '.join(after)}")
        return 0
    if sent := _sends(after):
        tell(sent[0], f"git {sent[1]}", f"git {' '.join(after)}")
        return 0
    if after[:1] and after[0] in _BELOW and (place := _place(next(plain(after[1:]), ""), {})):
        tell(PUSH, place, f"git {' '.join(after)}")
        return 0
    if not (led := _leading(api, program, before, after)):
        os.execv(program, [program, *words])  # noqa: S606 - the user's own command
    environment = {**os.environ, **(_SKIP_LFS if led else {})}
    return subprocess.run([program, *before, *led, *after], check=False, env=environment).returncode


def _leading(api: str, program: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The settings that lead a push, or the pushes of what a call runs; nothing where there is none."""
    meant = _unfolded(program, before, after)
    rewritten = _rewritten(program, before)
    if meant[:1] and meant[0] in _PUSHES and "push" in meant:
        return [word for raw in _addresses(program, before, meant) for word in _led(api, raw, rewritten)]
    return _led_of_others(api, program, before, meant, rewritten)


def _unfolded(program: str, before: Sequence[str], after: Sequence[str]) -> Sequence[str]:
    """The call without aliases; that of a shell's command begins with ``!`` (git-scm.com/docs/git-config)."""
    for _ in range(_ALIASES):
        if not after or after[0] == "!":
            break
        found = _listed([program, *before, "config", "--get-regexp", rf"^alias\.{re.escape(after[0])}$"])
        text = [value for name, value in found if name.startswith("alias.")]
        if not text:
            break
        shell = text[-1].startswith("!")
        after = [*(["!"] if shell else []), *_words(text[-1].removeprefix("!")), *after[1:]]
    return after


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _led_of_others(
    api: str, program: str, before: Sequence[str], after: Sequence[str], rewritten: Mapping[str, str]
) -> list[str]:
    """What leads the pushes of the commands that this one runs; what they fetch comes from where it is. A shell's
    command may be a file that pushes.
    """
    if not _may_push(after):
        return []
    said = [("", part) for word in after for part in word.split()]
    found = dict.fromkeys([*said, *_settings(program, before, submodules=after[0] == "submodule")])
    return [word for name, raw in found for word in _led(api, raw, rewritten, _key_for_pushes(name))]


def _may_push(after: Sequence[str]) -> bool:
    if after[:1] == ["!"]:
        return True
    return any("push" in word for word in after) and _RUNNING.get(after[0]) in {"", *after[1:]}


def _key_for_pushes(name: str) -> str:
    """An address that is for pushes alone is no matter of ``pushInsteadOf`` (git-scm.com/docs/git-config)."""
    return "insteadOf" if name.endswith(".pushurl") else "pushInsteadOf"


def _sends(after: Sequence[str]) -> tuple[str, str] | None:
    """Kind and command of what goes elsewhere than to a repository of git's: to one of Subversion or Perforce, or by
    mail.
    """
    said = [*after[:1], *plain(after[1:])]
    if not said or has(after, "--dry-run", "-n", "-h", "--help"):
        return None
    if said[0] in _MAILS:
        return MAIL, said[0]
    return (PUSH, " ".join(said[:2])) if said[:2] in _FOREIGN else None


def _sends_files(after: Sequence[str]) -> bool:
    return [*after[:2]] == ["lfs", "push"] and not has(after, "--dry-run", "-d")


def _place_of_files(program: str, before: Sequence[str], after: Sequence[str]) -> str | None:
    """Where ``git lfs push`` sends them; nothing where that is on this machine, or nowhere."""
    remote = next(plain(after[2:]), "")
    own = rf"^remote\.{re.escape(remote)}\.(push)?url$"
    query = [program, *before, "config"]
    listed = [
        *_listed([*query, "--get-regexp", _OF_LFS]),
        *_listed([*query, "-f", ".lfsconfig", "--get-regexp", _OF_LFS]),
        *_listed([*query, "--get-regexp", own]),
        ("", remote),
    ]
    return next((place for _, raw in listed if (place := repository_of(raw))), None)


def _split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Git's own options, and its command (git-scm.com/docs/git)."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _VALUED else 1
    return words[:at], words[at:]


def _rewritten(program: str, before: Sequence[str]) -> dict[str, str]:
    """What addresses begin with by the job's settings, and what git reads there instead."""
    listed = _listed([program, *before, "config", "--get-regexp", _REWRITTEN])
    return {value: name.removeprefix("url.").rpartition(".")[0] for name, value in listed if name.startswith("url.")}


def _place(raw: str, rewritten: Mapping[str, str]) -> str | None:
    """As ``repository_of`` says, also of what becomes an address by settings of git's, or of ssh's."""
    begun = max((begin for begin in rewritten if raw.startswith(begin)), key=len, default="")
    if found := repository_of(raw) or (begun and repository_of(rewritten[begun] + raw.removeprefix(begun))):
        return found
    short = None if begun else _SHORT.fullmatch(raw)
    return f"{short['host']}/{short['path'].strip('/').replace('/', '~')}" if short else None


def _led(api: str, raw: str, rewritten: Mapping[str, str], *keys: str) -> Iterator[str]:
    """``pushInsteadOf`` counts before every other. For GitHub a job's settings have it, and so have those of a run
    within the run: one for the whole address would count before theirs.
    """
    place = _place(raw, rewritten)
    if place is not None:
        for key in keys or (("insteadOf",) if _host(raw) in _GITHUB else ("insteadOf", "pushInsteadOf")):
            yield from ("-c", f"url.{api}/git/{place}.{key}={raw}")


def repository_of(address: str) -> str | None:
    """``owner/name`` of an address at GitHub, ``host/path`` elsewhere; ``None`` for what is on this machine."""
    found, host = _ADDRESS.fullmatch(address), _host(address)
    if found is None:
        return None
    path = found["path"].strip("/")
    if _HERE.match(host) or is_here(address):
        return None
    return path if host in _GITHUB and path.count("/") == 1 else f"{host}/{path.replace('/', '~')}"


def _host(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    return (found["host"] or found["ssh"].rpartition("@")[2]).lower() if found else ""


def _addresses(program: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Those among the words, and those of the remotes, as they are written."""
    for word in after:
        yield word.removeprefix("--repo=")
    yield from (raw for _, raw in _settings(program, before))


def _settings(program: str, before: Sequence[str], *, submodules: bool = False) -> Iterator[tuple[str, str]]:
    """Those that say where a push goes, by name; with those of submodules where they are asked for."""
    query = ("config", "--get-regexp", _REMOTES)
    yield from _listed([program, *before, *query])
    if submodules:
        each = f"git {shlex.join(query)} || :"
        yield from _listed([program, *before, "submodule", "--quiet", "foreach", "--quiet", "--recursive", each])


def _listed(query: Sequence[str]) -> Iterator[tuple[str, str]]:
    listed = subprocess.run(query, check=False, capture_output=True, text=True, errors="replace").stdout
    for line in listed.splitlines():
        name, _, value = line.partition(" ")
        yield name, value
