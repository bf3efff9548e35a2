from __future__ import annotations

import pytest

from sluice.runners.container.specification.request import ContainerRequest
from sluice.services.choice import choose_provider, passed_over
from sluice.services.protocol import Place, RunningService
from sluice.source.errors import UnavailableError, UsageError


class Fixed:
    publishes_on_machine = False

    def __init__(self, name: str, reason: str | None, image: str = "postgres:15") -> None:
        self.name = name
        self._image = image
        self._reason = reason

    def is_for(self, image: str) -> bool:
        return image == self._image

    def can_serve(self, request: ContainerRequest) -> str | None:
        assert request.name == "db"
        return self._reason

    async def start(self, request: ContainerRequest, place: Place) -> RunningService:
        raise NotImplementedError


def test_the_first_that_can_serve_is_taken() -> None:
    wanted = Fixed("b", None)
    request = ContainerRequest(name="db", image="postgres:15")
    assert choose_provider(request, [Fixed("a", "no"), wanted, Fixed("c", None)]) is wanted


def test_who_might_have_been_expected_to_serve_it_says_why_not() -> None:
    request = ContainerRequest(name="db", image="postgres:15")
    providers = [Fixed("a", "no"), Fixed("b", "not mine", "redis"), Fixed("c", None), Fixed("d", "late")]
    assert passed_over(request, providers) == ["a: no"]


def test_who_serves_other_images_alone_is_not_named_where_none_can() -> None:
    request = ContainerRequest(name="db", image="redis:7")
    providers = [Fixed("a", "it serves postgres alone"), Fixed("b", "redis-server isn't here", "redis:7")]
    with pytest.raises(UnavailableError) as caught:
        choose_provider(request, providers)
    assert caught.value.tried == ("b: redis-server isn't here",)


def test_when_none_can_the_error_names_each_reason_and_what_to_install() -> None:
    request = ContainerRequest(name="db", image="mysql:8")
    with pytest.raises(UnavailableError) as caught:
        choose_provider(request, [Fixed("one", "it is off"), Fixed("two", "it is old")])
    assert caught.value.message == "Nothing on this machine can serve the image 'mysql:8' of the service 'db'"
    assert caught.value.tried == ("one: it is off", "two: it is old")
    assert caught.value.hint is not None
    assert "install a container engine" in caught.value.hint


@pytest.mark.parametrize(
    "request_",
    [
        ContainerRequest(name="db", image="Postgres"),
        ContainerRequest(name="db", image="postgres", ports=("x",)),
        ContainerRequest(name="db", image="postgres", ports=("80:80", "80:81")),
        ContainerRequest(name="db", image="postgres", options="--nothing"),
        ContainerRequest(name="db", image="postgres", options="--memory lots"),
    ],
)
def test_what_nobody_could_read_is_an_error_of_its_own(request_: ContainerRequest) -> None:
    with pytest.raises(UsageError):
        choose_provider(request_, [Fixed("a", None)])
