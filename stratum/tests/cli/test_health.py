import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from loka_stratum.cli.main import cli
from loka_stratum.errors import UnavailableError


@contextmanager
def pages(verdicts: dict[str, int]) -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(verdicts[self.path])
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_exit_code_is_the_verdict(status: int, code: int) -> None:
    with pages({"/health": status}) as url:
        result = CliRunner().invoke(cli, ["health", "--url", url])
    assert (result.exit_code, result.output) == (code, "/health")


def test_another_page_may_be_asked() -> None:
    with pages({"/health": 503, "/live": 200}) as url:
        assert CliRunner().invoke(cli, ["health", "--url", url, "--page", "live"]).exit_code == 0


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense"])
def test_nothing_that_answers_is_an_error_of_its_own(url: str) -> None:
    result = CliRunner().invoke(cli, ["health", "--url", url])
    assert isinstance(result.exception, UnavailableError)
    assert result.exception.exit_code == 2
