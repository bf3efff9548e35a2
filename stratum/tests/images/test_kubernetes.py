"""The manifests: rendered as they are applied, against the published schemas, and fit for what they start."""

import shutil
import subprocess
from functools import cache
from typing import Any

import pytest
import yaml

from loka_stratum.configuration.reading import read_text

from .cluster_schemas import VERSIONS, validate
from .files import ROOT

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl, which renders kustomizations")
everywhere = pytest.mark.parametrize("environment", ["base", "staging", "production"])


def rendered(environment: str) -> list[dict[str, Any]]:
    """What `kubectl apply -k` would send."""
    return list(yaml.safe_load_all(text_of(environment)))


@cache
def text_of(environment: str) -> str:
    result = subprocess.run(
        ["kubectl", "kustomize", ROOT / "k8s" / environment], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def only(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [each for each in objects if each["kind"] == kind]
    return found


@pytest.mark.slow
@everywhere
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_as_the_published_schema_has_it(environment: str, version: str) -> None:
    for each in rendered(environment):
        validate(each, version)


@pytest.mark.slow
def test_a_misspelt_field_is_found() -> None:
    stateful = only(rendered("base"), "StatefulSet")
    stateful["spec"]["template"]["spec"]["containers"][0]["comand"] = ["x"]
    with pytest.raises(ValueError, match="comand"):
        validate(stateful, VERSIONS[0])


@pytest.mark.slow
@everywhere
def test_no_container_has_rights_it_does_not_need(environment: str) -> None:
    pod = only(rendered(environment), "StatefulSet")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in [*pod["containers"], *pod["initContainers"]]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


@pytest.mark.slow
@everywhere
def test_the_proxy_takes_the_settings_it_is_given(environment: str) -> None:
    objects = rendered(environment)
    pod = only(objects, "StatefulSet")["spec"]["template"]["spec"]
    secret = {"database-url": "postgresql://a:b@c/d", "pool-address": "pool.example.com:3333", "pool-username": "A"}
    given = {
        entry["name"]: entry.get("value") or secret.get(entry["valueFrom"]["secretKeyRef"]["key"], "")
        for entry in pod["containers"][0]["env"]
    }
    text = only(objects, "ConfigMap")["data"]["loka-stratum.toml"]
    configuration = read_text(text, "loka-stratum.toml", given, {})
    (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "shares"]
    assert configuration.database.journal.startswith(mount["mountPath"])
    (claim,) = only(objects, "StatefulSet")["spec"]["volumeClaimTemplates"]
    room = int(claim["spec"]["resources"]["requests"]["storage"].removesuffix("Gi")) << 30
    assert configuration.database.journal_limit < room
    assert configuration.server.drain_timeout + 10 < pod["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_selectors_find_the_pods_and_everything_is_in_one_namespace(environment: str) -> None:
    objects = rendered(environment)
    labels = only(objects, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    for each in objects:
        if each["kind"] != "Namespace":
            assert each["metadata"]["namespace"] == f"loka-{environment}"
        if each["kind"] == "Service":
            assert each["spec"]["selector"].items() <= labels.items()


def test_production_names_a_version_and_runs_several() -> None:
    stateful = only(rendered("production"), "StatefulSet")
    assert stateful["spec"]["replicas"] == 3
    for container in stateful["spec"]["template"]["spec"]["containers"]:
        assert container["image"].rpartition(":")[2][0].isdigit()
