"""Pages of a list, whatever a client asks for."""

from __future__ import annotations

import pytest

from sluice.github_api.calls import Call, RefusedError, Reply
from sluice.github_api.paging import page_of


def call(**query: str) -> Call:
    return Call(method="GET", path="/repos/o/r/issues", api="http://here", query=query)


@pytest.mark.parametrize("page", ["²", "٣", "0", "-1", "x", "", "9" * 5000])
def test_a_page_that_is_no_number_is_the_first(page: str) -> None:
    assert page_of(call(page=page), Reply(body=list(range(40)))).body == list(range(30))


def test_pages_have_the_size_that_was_asked_for_and_name_the_others() -> None:
    shown = page_of(call(page="2", per_page="10"), Reply(body=list(range(25))))
    assert shown.body == list(range(10, 20))
    assert [link.partition(";")[2] for link in shown.headers["Link"].split(", ")] == [
        ' rel="prev"',
        ' rel="next"',
        ' rel="last"',
        ' rel="first"',
    ]


@pytest.mark.parametrize("number", ["²", "9" * 5000, ""])
def test_a_number_in_a_path_that_is_none_is_not_found(number: str) -> None:
    with pytest.raises(RefusedError, match="Not Found"):
        _ = Call(method="GET", path="/", api="", names={"number": number}).number
