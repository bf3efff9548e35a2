"""Programs that copy images and charts to a registry, and can't try it: the copy is told, and not made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from sluice.rehearsal.uploads.telling import IMAGE, of_the_file, tell

COPIES = frozenset(
    (
        *(("podman", "push"), ("buildah", "push"), ("helm", "push"), ("oras", "push"), ("crane", "push")),
        *(("crane", "copy"), ("crane", "cp"), ("skopeo", "copy")),
    )
)
"""By a program and its verb."""
_HERE = re.compile(
    r"(?:(?:docker|oci)://)?(?:localhost|127(?:\.\d+){3}|\[::1\])(?:[:/]|$)|oci:(?!//)|"
    r"(?:dir|oci-archive|docker-archive|docker-daemon|containers-storage):"
)
_SCHEME = re.compile(r"^(?:docker|oci)://")
_UNKNOWN = "unknown"
"""What is told of a target that isn't understood."""


class _Options(Struct, frozen=True):
    """Options of a program by what follows them: a word of their own, or nothing."""

    valued: frozenset[str]
    alone: frozenset[str]


def _options(valued: str, alone: str) -> _Options:
    return _Options(frozenset(valued.split()), frozenset(alone.split()))


_PODMAN = _options(
    "--authfile --cert-dir --compression-format --compression-level --creds --digestfile --encrypt-layer "
    "--encryption-key -f --format --retry --retry-delay --sign-by --sign-by-sigstore --sign-by-sigstore-private-key "
    "--sign-passphrase-file --signature-policy --blob-cache --add-compression --root --runroot --storage-driver "
    "--storage-opt --log-level",
    "--all --tls-verify -q --quiet --rm -D --disable-compression --remove-signatures --force-compression",
)
_KNOWN: Mapping[str, _Options] = {
    "podman": _PODMAN,
    "buildah": _PODMAN,
    "helm": _options(
        "--ca-file --cert-file --key-file --username --password -n --namespace --registry-config --kube-context",
        "--insecure-skip-tls-verify --plain-http --debug",
    ),
    "oras": _options(
        "-u --username -p --password --identity-token --registry-config --ca-file --cert-file --key-file -a "
        "--annotation --annotation-file --artifact-type --config --concurrency --export-manifest --format "
        "--image-spec --platform -H --header -o --output --template --resolve --distribution-spec",
        "--password-stdin --insecure --plain-http --disable-path-validation -v --verbose -d --debug --no-tty",
    ),
    "crane": _options(
        "--platform --image-refs -j --jobs",
        "--insecure -v --verbose --allow-nondistributable-artifacts --index -a --all-tags -n --no-clobber",
    ),
    "skopeo": _options(
        "--authfile --src-authfile --dest-authfile --creds --src-creds --dest-creds --src-username --src-password "
        "--dest-username --dest-password --src-cert-dir --dest-cert-dir --src-registry-token --dest-registry-token "
        "--additional-tag -f --format --digestfile --multi-arch --retry-times --retry-delay --sign-by "
        "--sign-by-sigstore --sign-by-sigstore-private-key --sign-passphrase-file --sign-identity --policy "
        "--registries.d --override-arch --override-os --override-variant --tmpdir --command-timeout "
        "--dest-compress-format --dest-compress-level --encryption-key --encrypt-layer --decryption-key "
        "--src-shared-blob-dir --dest-shared-blob-dir --src-daemon-host --dest-daemon-host",
        "-a --all -q --quiet --debug --insecure-policy --src-tls-verify --dest-tls-verify --remove-signatures "
        "--preserve-digests --src-no-creds --dest-no-creds --dest-compress --dest-decompress "
        "--dest-oci-accept-uncompressed-layers --dest-precompute-digests",
    ),
}
_ITSELF = frozenset({"podman", "buildah"})
"""These push an image to where its name says if nothing else is said."""


def leaves(name: str, words: Sequence[str]) -> bool:
    """Whether the copy goes to another machine; what isn't understood does."""
    return not _HERE.match(_said(name, words)[1])


def copy(name: str, words: Sequence[str]) -> int:
    """Tell of it; 1 where nothing is said to be copied."""
    sources, target = _said(name, words)
    if not sources:
        return 1
    what = " ".join(of_the_file(Path(one)) if Path(one).is_file() else one for one in sources)
    verb = next(word for word in words if (name, word) in COPIES)
    tell(IMAGE, _SCHEME.sub("", target), f"{name} {verb} {what} to {target}")
    return 0


def _said(name: str, words: Sequence[str]) -> tuple[list[str], str]:
    """What is copied, and where to: oras names that first, the others last."""
    said = _positions(_KNOWN[name], words)
    if said is None:
        return ["what isn't understood"], _UNKNOWN
    said = said[next((at for at, word in enumerate(said) if (name, word) in COPIES), 0) + 1 :]
    if name == "oras":
        return said[1:] or said, said[0] if said else _UNKNOWN
    if len(said) == 1:
        return said, said[0] if name in _ITSELF else _UNKNOWN
    return (said[:1], said[1]) if len(said) == 2 else (said[:1], _UNKNOWN)


def _positions(options: _Options, words: Sequence[str]) -> list[str] | None:
    """The words that are neither options nor their values, with the verb; ``None`` where an option isn't known."""
    said, rest = list[str](), iter(words)
    for word in rest:
        option, equals, _ = word.partition("=")
        if word == "--":
            return [*said, *rest]
        if not word.startswith("-"):
            said.append(word)
        elif option in options.valued and not equals:
            next(rest, None)
        elif option not in options.valued and option not in options.alone:
            return None
    return said
