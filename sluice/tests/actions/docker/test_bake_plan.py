"""What a bake is to build, as the engine can."""

from __future__ import annotations

from sluice.actions.builtin.docker.bake_plan import read_plan

BOTH = ["linux/amd64", "linux/arm64"]


def test_targets_are_built_into_the_engine_and_what_was_to_leave_is_pushed_afterwards() -> None:
    printed = {
        "group": {"default": {"targets": ["all", "files"]}, "all": {"targets": ["app", "app"]}},
        "target": {
            "app": {
                "context": ".",
                "tags": ["app:1", "ghcr.io/o/app"],
                "contexts": {"base": "target:base", "other": "docker-image://x"},
                "cache-to": ["type=gha", "type=inline"],
                "attest": ["type=sbom"],
                "output": ["type=image,push=true"],
            },
            "base": {"context": "base", "platforms": ["linux/amd64"]},
            "files": {"context": ".", "output": ["out", {"type": "tar", "dest": "a,b.tar"}]},
        },
    }
    plan, baked = read_plan(printed, "linux/amd64")
    assert plan["group"] == {"default": {"targets": ["app", "files"]}}
    assert plan["target"]["app"] == {
        "context": ".",
        "contexts": {"base": "target:base", "other": "docker-image://x"},
        "tags": ["app:1", "ghcr.io/o/app"],
        "output": ["type=docker"],
        "cache-to": ["type=inline"],
    }
    assert plan["target"]["base"]["platforms"] == ["linux/amd64"]
    assert plan["target"]["files"]["output"] == ["type=local,dest=out", 'type=tar,"dest=a,b.tar"']
    assert [(one.name, one.pushed, one.parts) for one in baked] == [
        ("app", True, ("app",)),
        ("files", False, ("files",)),
    ]


def test_platforms_are_built_one_after_the_other() -> None:
    base = {"context": "base", "platforms": BOTH}
    app = {
        "contexts": {"base": "target:base"},
        "platforms": BOTH,
        "output": [{"type": "registry"}, {"type": "image", "name": "named"}],
    }
    plan, (one,) = read_plan(
        {"group": {"default": {"targets": ["app"]}}, "target": {"app": app, "base": base}}, "linux/amd64"
    )
    assert one.parts == ("app-linux-amd64", "app-linux-arm64")
    assert [one.tags_of(0), one.tags_of(1)] == [["named-linux-amd64"], ["named-linux-arm64"]]
    part = plan["target"]["app-linux-arm64"]
    assert (part["platforms"], part["contexts"]) == (["linux/arm64"], {"base": "target:base-linux-arm64"})
    alone, (default,) = read_plan({"target": {"default": {"tags": ["x"]}}}, "linux/amd64")
    assert (alone["group"], default.tags) == ({"default": {"targets": ["default"]}}, ("x",))
    assert read_plan({}, "linux/amd64") == ({"group": {"default": {"targets": []}}, "target": {}}, [])
