from __future__ import annotations

from collections.abc import Mapping

import pytest

from sluice.services.embedded.postgresql.settings import ClusterSettings, read_settings, server_arguments
from sluice.services.errors import ServiceError
from sluice.source.errors import UsageError


def test_the_variables_mean_what_they_mean_to_the_image() -> None:
    assert read_settings(
        {
            "POSTGRES_USER": "me",
            "POSTGRES_PASSWORD": "secret",
            "POSTGRES_INITDB_ARGS": "--data-checksums --encoding='UTF8'",
            "PGDATA": "/somewhere",
        }
    ) == ClusterSettings(user="me", password="secret", database="me", arguments=("--data-checksums", "--encoding=UTF8"))


def test_a_password_alone_is_enough() -> None:
    settings = read_settings({"POSTGRES_PASSWORD": "x"})
    assert (settings.user, settings.database) == ("postgres", "postgres")
    assert (settings.host_method(13), settings.host_method(14)) == ("md5", "scram-sha-256")


def test_a_method_that_is_given_holds_for_every_version() -> None:
    settings = read_settings({"POSTGRES_HOST_AUTH_METHOD": "trust"})
    assert (settings.host_method(13), settings.host_method(18)) == ("trust", "trust")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "PostgreSQL has no password for its superuser, and the image refuses to start without one"),
        ({"POSTGRES_HOST_AUTH_METHOD": "md5"}, "PostgreSQL has no password for its superuser"),
        ({"POSTGRES_PASSWORD_FILE": "/run/x"}, "POSTGRES_PASSWORD_FILE names a file of the image"),
        ({"POSTGRES_PASSWORD": "a\nb"}, "POSTGRES_PASSWORD holds a line break"),
        ({"POSTGRES_PASSWORD": "x", "POSTGRES_DB": "a\nb"}, "POSTGRES_DB holds a line break"),
        ({"POSTGRES_PASSWORD": "x", "POSTGRES_INITDB_ARGS": "'"}, "POSTGRES_INITDB_ARGS can't be read"),
        (
            {"POSTGRES_PASSWORD": "x", "POSTGRES_HOST_AUTH_METHOD": "maybe"},
            "POSTGRES_HOST_AUTH_METHOD 'maybe' is no method; expected one of scram-sha-256, md5",
        ),
        (
            {"POSTGRES_PASSWORD": "x", "POSTGRES_HOST_AUTH_METHOD": "md5\nhost all all all trust"},
            "is no method",
        ),
    ],
)
def test_what_the_image_would_refuse_is_refused(environment: Mapping[str, str], message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read_settings(environment)
    assert message in caught.value.message


def test_a_password_is_never_shown() -> None:
    assert "hidden" not in repr(read_settings({"POSTGRES_PASSWORD": "hidden"}))


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (None, ()),
        ("postgres -c max_connections=7", ("-c", "max_connections=7")),
        ("-c 'a=b c'", ("-c", "a=b c")),
        ("docker-entrypoint.sh postgres", ()),
    ],
)
def test_a_command_adds_arguments(command: str | None, arguments: tuple[str, ...]) -> None:
    assert server_arguments(command) == arguments


def test_another_program_is_refused() -> None:
    with pytest.raises(UsageError, match="an embedded PostgreSQL can't run 'bash'"):
        server_arguments("bash -c x")
