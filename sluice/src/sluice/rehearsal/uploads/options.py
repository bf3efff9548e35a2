"""The words of a call: which is the verb, and what options of it say. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

_VALUED = frozenset(
    (
        *("-C", "-w", "--prefix", "--workspace", "--registry", "--tag", "--access", "--otp", "--userconfig", "--dir"),
        *("-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"),
        *("--filter", "-F", "--color", "--config", "--directory", "--project", "-p", "--package", "-Z"),
    )
)
"""Options of programs that publish whose value is a word of its own, and may come before the verb."""
_HARMLESS = frozenset(
    (
        *("run", "run-script", "exec", "dlx", "test", "start", "shell", "env", "tool", "create", "init", "new"),
        *("install", "ci", "add", "remove", "uninstall", "update", "upgrade", "sync", "lock", "fetch", "pull"),
        *("build", "pack", "package", "check", "clippy", "fmt", "bench", "doc", "tree", "metadata", "version", "dep"),
        *("help", "info", "view", "show", "search", "list", "ls", "outdated", "audit", "why", "config", "cache", "pip"),
        *("images", "ps", "inspect", "tag", "rm", "rmi", "login", "logout", "template", "lint", "repo", "status"),
    )
)
"""Verbs that publish nothing, whatever stands behind them."""


VALUED: Mapping[str, frozenset[str]] = {
    name: frozenset(options.split())
    for name, options in {
        "hatch": "-e --env --data-dir --cache-dir",
        "uv": "--cache-dir --config-file --allow-insecure-host --python-preference --python-fetch",
        "poetry": "-P",
        "flit": "-f --ini-file",
        "npm": "--loglevel --cache --globalconfig --scope --script-shell --node-options --omit --include --location -L "
        "--otp --preid --auth-type --provenance-file --pack-destination --cafile --cert --key --proxy --https-proxy "
        "--noproxy --user-agent --install-strategy --logs-dir --logs-max --maxsockets --os --cpu --libc --before",
        "pnpm": "--loglevel --reporter --store-dir --workspace-concurrency --filter-prod --test-pattern "
        "--changed-files-ignore-pattern --cache --scope",
        "yarn": "--cwd --cache-folder --modules-folder --mutex --network-timeout --global-folder --use-yarnrc --proxy "
        "--https-proxy --link-folder --network-concurrency --preferred-cache-folder --from --include --exclude -j "
        "--jobs",
        "gem": "--config-file",
        "podman": "--connection --url --identity --log-level --cgroup-manager --conmon --events-backend --hooks-dir "
        "--imagestore --module --network-cmd-path --network-config-dir --out --root --runroot --runtime "
        "--runtime-flag --ssh --storage-driver --storage-opt --tmpdir --volumepath --default-mounts-file",
        "buildah": "--log-level --root --runroot --storage-driver --storage-opt --registries-conf "
        "--registries-conf-dir --short-name-alias-conf --userns-uid-map --userns-gid-map --default-mounts-file",
        "helm": "-n --kube-context --kubeconfig --registry-config --repository-config --repository-cache --burst-limit "
        "--qps --kube-apiserver --kube-as-group --kube-as-user --kube-ca-file --kube-tls-server-name --kube-token",
        "crane": "--platform",
        "skopeo": "--command-timeout --override-arch --override-os --override-variant --policy --registries.d --tmpdir",
    }.items()
}
"""More of these, by program: their values may read like a harmless verb."""


def plain(words: Sequence[str], valued: Container[str] = ()) -> Iterator[str]:
    """The words that are neither options, ``valued`` ones among them, nor their values."""
    rest = iter(words)
    for word in rest:
        if word in _VALUED or word in valued:
            next(rest, None)
        elif not word.startswith(("-", "+")):
            yield word


def meant(words: Sequence[str], verbs: Container[str], valued: Container[str] = ()) -> list[str]:
    """The plain words from the verb on; ``valued`` are options with values of the program's own. Which options have
    values is not known for all: where the first plain word is none that could stand before a name that reads like a
    verb, it is taken for a value, and the verb is looked for.
    """
    said = list(plain(words, valued))
    if said and (said[0] in verbs or said[0] in _HARMLESS):
        return said
    for at, word in enumerate(words):
        if word in verbs and (at == 0 or words[at - 1] not in _HARMLESS):
            return [word, *plain(words[at + 1 :])]
    return said


def taken_out(words: Sequence[str], options: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The values of ``options`` by the names that these are given, and the words without them."""
    given: dict[str, str] = {}
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in options:
            given[options[option]] = value if equals else next(rest, "")
        else:
            kept.append(word)
    return given, kept


def has(words: Container[str], *options: str) -> bool:
    """Whether one of the options is among the words."""
    return any(option in words for option in options)
