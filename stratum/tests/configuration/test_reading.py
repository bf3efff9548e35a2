import re
import tomllib
from pathlib import Path

import pytest

from loka_stratum.configuration.example import example
from loka_stratum.configuration.reading import read_configuration, read_text
from loka_stratum.configuration.settings import Configuration
from loka_stratum.configuration.showing import show
from loka_stratum.configuration.values import Endpoint, Secret
from loka_stratum.errors import ConfigurationError, UnavailableError

POOL = '[[pools]]\nname = "main"\naddress = "pool.example.com:3333"\n'


def read(text: str, environment: dict[str, str] | None = None, flags: dict[str, str] | None = None) -> Configuration:
    return read_text(text, "loka.toml", environment or {}, flags or {})


def problems(text: str, environment: dict[str, str] | None = None, flags: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        read(text, environment, flags)
    return list(raised.value.problems)


def test_the_example_is_valid_as_it_is_and_with_every_default_written_out() -> None:
    written_out = re.sub(r"^# (\w+ = )", r"\1", example(), flags=re.MULTILINE)
    assert tomllib.loads(written_out) != tomllib.loads(example())
    assert read(example()) == read(written_out)


def test_later_sources_win() -> None:
    text = POOL + "[limits]\nconnections = 1\nidle_timeout = 1\nbans = 1\n"
    environment = {"LOKA_LIMITS__CONNECTIONS": "2", "LOKA_LIMITS__IDLE_TIMEOUT": "2", "OTHER": "x", "LOKA_DEBUG": "1"}
    limits = read(text, environment, {"--max-connections": "3"}).limits
    assert (limits.connections, limits.idle_timeout, limits.bans) == (3, 2, 1)


def test_a_database_url_wins_over_the_files() -> None:
    text = POOL + '[database]\nurl = "postgres://file/x"\n'
    environment = {"LOKA_DATABASE__URL": "postgres://variable/x", "DATABASE_URL": "postgres://u:secret@h/x"}
    assert read(text, environment).database.url.reveal() == "postgres://u:secret@h/x"


def test_pools_can_be_given_by_variables_alone_and_come_in_order_of_priority() -> None:
    environment = {
        "LOKA_POOLS__0__NAME": "backup",
        "LOKA_POOLS__0__ADDRESS": "[::1]:3333",
        "LOKA_POOLS__0__PRIORITY": "5",
        "LOKA_POOLS__1__NAME": "main",
        "LOKA_POOLS__1__ADDRESS": "b.example:1",
    }
    pools = read("", environment).pools
    assert [(pool.name, pool.address) for pool in pools] == [
        ("main", Endpoint("b.example", 1)),
        ("backup", Endpoint("::1", 3333)),
    ]


SERVER_KEYS = "allowed are bind, tls_bind, tls_certificate, tls_key, proxy_header_from, drain_timeout"
SECTIONS = "allowed are server, web, database, pools, failover, limits, log"


def test_every_problem_is_named_with_its_line_and_what_is_allowed() -> None:
    text = '[server]\nbnd = "x"\nbind = 7\n\n[[pools]]\nname = "a"\n\n'
    text += '[[pools]]\nname = "b"\naddress = "b:99999"\n\n[lmits]\n'
    assert problems(text, {"LOKA_LIMITS__BANS": "many"}, {"--log-level": "loud"}) == [
        (
            "loka.toml:2: server.bnd: no such setting; did you mean bind? "
            "allowed are bind, tls_bind, tls_certificate, tls_key, proxy_header_from, drain_timeout"
        ),
        "loka.toml:3: server.bind: must be host:port",
        "loka.toml:10: pools.1.address: must be host:port with a port from 1 to 65535",
        (
            "loka.toml:12: lmits: no such section; did you mean limits? "
            "allowed are server, web, database, pools, failover, limits, log"
        ),
        "LOKA_LIMITS__BANS: limits.bans: must be a whole number from 1 to 1000000",
        "--log-level: log.level: must be one of debug, info, warning, error",
        "loka.toml:5: pools.0: address must be given",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "loka.toml:1: pools: at least one active pool must be given, as [[pools]]"),
        (POOL + "active = false\n", "loka.toml:1: pools: at least one active pool must be given, as [[pools]]"),
        (POOL + POOL, "loka.toml:1: pools: the name 'main' is given twice"),
        (
            POOL + '[server]\ntls_bind = "0.0.0.0:3334"\n',
            "loka.toml:5: server.tls_bind: needs server.tls_certificate and server.tls_key",
        ),
        (POOL + '[web]\nbind = "0.0.0.0:3333"\n', "loka.toml:5: web.bind: server.bind listens there already"),
        (
            POOL + "[failover]\nretry_longest = 0.5\n",
            "loka.toml:5: failover.retry_longest: must not be under failover.retry_shortest",
        ),
        ("pools = 3\n", "loka.toml:1: pools: write [[pools]], once for each"),
        ("server = 3\n" + POOL, "loka.toml:1: server: write it as a table, [server]"),
        (POOL + '[limits]\ntrusted = ["10.0.0.0/33"]\n', None),
    ],
)
def test_what_does_not_hold_together_is_named(text: str, problem: str | None) -> None:
    expected = problem or 'loka.toml:5: limits.trusted: must be a list of networks, such as ["10.0.0.0/8", "::1/128"]'
    assert problems(text) == [expected]


def test_what_is_not_toml_is_named_with_its_line() -> None:
    (problem,) = problems("[server\n")
    assert problem.startswith("loka.toml: this is not TOML: ")
    assert "line 1" in problem


def test_a_variable_that_means_nothing_is_named() -> None:
    (problem,) = problems(POOL, {"LOKA_SERVRE__BIND": "x:1"})
    assert problem.startswith("LOKA_SERVRE__BIND: no such setting")


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as raised:
        read_configuration(tmp_path / "no.toml", {})
    assert "config example" in (raised.value.hint or "")


def test_secrets_are_never_shown() -> None:
    text = POOL + 'password = "hunter22"\n[database]\nurl = "postgres://u:hunter22@h/x"\n'
    configuration = read(text)
    assert "hunter22" not in repr(configuration) + show(configuration) + str(configuration.pools[0])
    assert configuration.pools[0].password == Secret("hunter22")


def test_a_secret_that_is_wrong_is_not_in_the_error() -> None:
    (problem,) = problems(POOL + 'password = "hunter22\\n"\n')
    assert "hunter22" not in problem


def test_what_is_shown_can_be_read_again() -> None:
    configuration = read(POOL + '[limits]\ntrusted = ["10.0.0.0/8"]\nidle_timeout = 1.5\n')
    assert read(show(configuration)) == configuration


def test_lines_are_found_past_long_texts() -> None:
    (problem,) = problems(POOL + '[server]\ntls_key = """\n[web]\nbind = 3\n"""\nbind = 3\n')[-1:]
    assert problem.startswith("loka.toml:9: server.bind:")
