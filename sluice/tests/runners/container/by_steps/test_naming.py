"""Which names a command of ``docker`` gives and has, and what it says where these are others in the engine."""

from __future__ import annotations

from typing import Any

import pytest

from sluice.runners.container.by_steps.naming import (
    listing,
    names_given,
    read_call,
    translated,
    volumes_bound,
)

NAMES = {
    "container": {"db": "db-1"},
    "network": {"net": "net-1"},
    "volume": {"data": "data-1"},
    "image": {"built": "b-1"},
}


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("run --name db image db", "run --name db-1 image db"),
        ("run --name=db --net net image", "run --network-alias db --name db-1 --net net-1 image"),
        ("create --name db --network=host image", "create --name db-1 --network=host image"),
        ("run --name db --network bridge image", "run --name db-1 --network bridge image"),
        (
            "run --network container:db --pid=container:db image",
            "run --network container:db-1 --pid container:db-1 image",
        ),
        ("run --network name=net,alias=x image", "run --network name=net-1,alias=x image"),
        ("run --volumes-from db:ro --link db image", "run --volumes-from db-1:ro --link db-1:db image"),
        ("run --link db:base --link x image", "run --link db-1:base --link x image"),
        ("run -v data:/data -v /data:/x image", "run -v data-1:/data -v /data:/x image"),
        ("run --mount type=volume,src=data,dst=/d image", "run --mount type=volume,src=data-1,dst=/d image"),
        ("container run --name db image", "container run --name db-1 image"),
        ("run --name other image", "run --name other image"),
        ("exec -it db sh -c db", "exec -it db-1 sh -c db"),
        ("exec x db", "exec x db"),
        ("exec -u db --env A=db -it db db", "exec -u db --env A=db -it db-1 db"),
        ("logs --follow db", "logs --follow db-1"),
        ("rm -f /db x", "rm -f db-1 x"),
        ("cp db:/x db", "cp db-1:/x db"),
        ("cp ./a:b /db:/x", "cp ./a:b /db:/x"),
        ("inspect --type container db net data", "inspect --type container db-1 net-1 data-1"),
        ("container inspect db net", "container inspect db-1 net"),
        ("network connect net db", "network connect --alias db net-1 db-1"),
        ("network connect net x", "network connect net-1 x"),
        ("network disconnect net db", "network disconnect net-1 db-1"),
        ("network rm net data", "network rm net-1 data"),
        ("network create db", "network create db"),
        ("network rm db", "network rm db"),
        ("network inspect db", "network inspect db"),
        ("network connect db x", "network connect db x"),
        ("network connect --ip 10.0.0.2 net net", "network connect --ip 10.0.0.2 net-1 net"),
        ("network disconnect -f db db", "network disconnect -f db db-1"),
        ("volume inspect data", "volume inspect data-1"),
        ("volume create --name data", "volume create --name data-1"),
        ("volume create --name=data", "volume create --name=data-1"),
        ("ps --filter name=^/db$ -f volume=data", "ps --filter name=^/db-1$ -f volume=data-1"),
        ("volume ls --filter=name=data", "volume ls --filter=name=data-1"),
        ("build -t db .", "build -t db ."),
        ("image rm db", "image rm db"),
        ("tag db net", "tag db net"),
        ("tag built acme/app", "tag b-1 acme/app"),
        ("save -o built.tar built", "save -o built.tar b-1"),
        ("image inspect built", "image inspect b-1"),
        ("inspect built", "inspect b-1"),
        ("run --rm built built", "run --rm b-1 built"),
    ],
)
def test_what_the_job_says_is_said_of_what_the_engine_has(line: str, left: str) -> None:
    call = read_call(line.split())
    assert " ".join([*call.head, *translated(call, NAMES)]) == left
    assert " ".join([*call.head, *translated(call, {})]) == line


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("run -d --name db --rm image --name no", {"container": ["db"]}),
        ("create image", {"container": []}),
        ("rename old new", {"container": ["new"]}),
        ("network create --driver bridge --internal net --subnet 10.0.0.0/8", {"network": ["net"]}),
        ("volume create --label a=b", {"volume": []}),
        ("volume create -d local data", {"volume": ["data"]}),
        ("volume create --name data", {"volume": ["data"]}),
        ("volume create --driver local --name=data", {"volume": ["data"]}),
        ("exec db sh", {}),
    ],
)
def test_the_names_that_a_command_gives(line: str, names: dict[str, list[str]]) -> None:
    assert names_given(read_call(line.split())) == names


@pytest.mark.parametrize(
    ("line", "volumes"),
    [
        ("-v data:/x -v ./here:/y -v /there:/z -v /anonymous image -v no:/x", {"data": {}}),
        ("--mount source=a,target=/a --mount type=volume,src=b,dst=/b image", {"a": {}, "b": {}}),
        (
            "--mount type=bind,src=a,dst=/a --mount=type=volume,src=b,volume-driver=nfs,dst=/b image",
            {"b": {"driver": "nfs"}},
        ),
        (
            "--mount src=b,dst=/b,volume-opt=type=tmpfs,volume-opt=o=size=1m image",
            {"b": {"driver_opts": {"type": "tmpfs", "o": "size=1m"}}},
        ),
        ("--mount type=tmpfs,dst=/a --mount type=volume,dst=/b image", {}),
        ("--volume-driver nfs -v data:/x image", {"data": {"driver": "nfs"}}),
    ],
)
def test_the_volumes_that_a_container_binds(line: str, volumes: dict[str, dict[str, Any]]) -> None:
    assert volumes_bound(read_call(["run", *line.split()])) == volumes


@pytest.mark.parametrize(
    ("line", "kind", "subjects", "forced"),
    [
        ("rm -fv a b", "container", ["a", "b"], True),
        ("stop -t 10 a", "container", ["a"], False),
        ("stop --time=10 a b", "container", ["a", "b"], False),
        ("kill -s TERM a", "container", ["a"], False),
        ("stop -t5 a", "container", ["a"], False),
        ("kill -sTERM a b", "container", ["a", "b"], False),
        ("container remove --force a", "container", ["a"], True),
        ("start -ai a", "container", ["a"], False),
        ("network rm -f a", "network", ["a"], True),
        ("volume remove a", "volume", ["a"], False),
        ("rmi --no-prune a b", "image", ["a", "b"], False),
        ("update --cpus 2 a", "container", ["a"], False),
    ],
)
def test_what_a_command_changes(line: str, kind: str, subjects: list[str], *, forced: bool) -> None:
    call = read_call(line.split())
    assert (call.kind, call.subjects, call.is_forced) == (kind, subjects, forced)
    assert call.without(["a"]).subjects == subjects[1:]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("-aq", "--filter id=ab1 --filter id=cd2 -aq"),
        ("-q --filter id=ab --filter status=up", "--filter id=ab1 -q --filter status=up"),
        ("-f id=x --filter=id=2 -a", "--filter id=cd2 -a"),
        ("--filter=id=x", "--filter id=/"),
        ("--filter id=[", "--filter id=/"),
        ("--filter label=id=x", "--filter id=ab1 --filter id=cd2 --filter label=id=x"),
    ],
)
def test_a_listing_shows_what_is_the_jobs_of_what_it_is_asked_for(line: str, left: str) -> None:
    assert " ".join(listing(line.split(), "id", ["ab1", "cd2"])) == left
    assert listing(["-q"], "name", ["d.1"]) == ["--filter", r"name=^d\.1$", "-q"]
