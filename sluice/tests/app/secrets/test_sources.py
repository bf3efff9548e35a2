import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as Forgetful
from keyring.errors import KeyringLocked

from sluice.app.secrets import keyring_store
from sluice.app.secrets.keyring_store import KeyringStore
from sluice.app.secrets.sources import Values, completed, look_up
from sluice.delivery.secrets.declared import Declaration, Source
from sluice.plan.uses import Kind
from sluice.source.errors import UnavailableError

ROOT = Path("farm")


class MemoryKeyring(KeyringBackend):
    """The library's own protocol, with its values in memory."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the library has no types
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def declared(*sources: Source, kind: Kind = Kind.SECRET) -> Declaration:
    return Declaration(kind=kind, name="TOKEN", sources=sources)


def test_a_value_is_kept_for_one_repository(memory: MemoryKeyring) -> None:
    store = KeyringStore(ROOT)
    store.set("TOKEN", "abc")
    assert store.get("TOKEN") == "abc"
    assert KeyringStore(Path("other")).get("TOKEN") is None
    assert store.remove("TOKEN")
    assert not store.remove("TOKEN")
    assert not memory.kept


def test_sources_are_asked_in_their_order_and_what_is_given_goes_before(memory: MemoryKeyring) -> None:
    KeyringStore(ROOT).set("TOKEN", "kept")
    both = declared(Source.KEYRING, Source.ENVIRONMENT)
    found = completed(Values(), [both], ROOT, {"TOKEN": "exported"})
    assert (found.secrets, found.origins) == ({"TOKEN": "kept"}, {(Kind.SECRET, "TOKEN"): "the keyring"})
    assert completed(Values(), [declared(Source.ENVIRONMENT)], ROOT, {"TOKEN": "exported"}).secrets == {
        "TOKEN": "exported"
    }
    assert completed(Values(secrets={"token": "given"}), [both], ROOT, {}).secrets == {"token": "given"}
    assert memory.kept


def test_nothing_is_looked_for_that_names_no_source() -> None:
    assert not completed(Values(), [declared()], ROOT, {"TOKEN": "exported"}).secrets


def test_a_variable_comes_from_the_environment() -> None:
    found = completed(Values(), [declared(Source.ENVIRONMENT, kind=Kind.VARIABLE)], ROOT, {"TOKEN": "x"})
    assert (found.secrets, found.variables) == ({}, {"TOKEN": "x"})


def test_a_keyring_that_does_not_answer_is_an_error_that_says_what_to_do() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call] # the same
    try:
        with pytest.raises(UnavailableError) as caught:
            completed(Values(), [declared(Source.KEYRING)], ROOT, {})
    finally:
        keyring.set_keyring(before)
    assert "keyring does not answer" in caught.value.message
    assert "--secret" in (caught.value.hint or "")


def test_without_the_library_it_says_which_extra_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(UnavailableError) as caught:
        KeyringStore(ROOT).get("TOKEN")
    assert "sluice-ci[keyring]" in (caught.value.hint or "")


def test_a_keyring_that_does_not_answer_leaves_the_word_to_the_next_place() -> None:
    both = declared(Source.KEYRING, Source.ENVIRONMENT)
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call] # the same
    try:
        found = completed(Values(), [both], ROOT, {"TOKEN": "exported"})
        nothing = look_up(Values(), [both], ROOT, {})
    finally:
        keyring.set_keyring(before)
    assert (found.secrets, found.unanswered) == ({"TOKEN": "exported"}, {})
    assert "keyring does not answer" in nothing.unanswered[Kind.SECRET, "TOKEN"].message


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyringLocked(), "KeyringLocked"),
        (ValueError("Incorrect Password"), "Incorrect Password"),
        (KeyError("garbage"), "garbage"),
        (ModuleNotFoundError("No module named 'nonsense'"), "nonsense"),
    ],
)
def test_whatever_a_keyring_fails_with_is_told(
    memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(*_: str) -> str | None:
        raise error

    monkeypatch.setattr(memory, "get_password", fail)
    with pytest.raises(UnavailableError, match=f"the system's keyring does not answer: .*{said}"):
        KeyringStore(ROOT).get("TOKEN")


def test_a_keyring_that_hangs_is_given_up_once(memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    released = threading.Event()

    def hang(_: str, username: str) -> str | None:
        asked.append(username)
        released.wait(10)
        return None

    monkeypatch.setattr(memory, "get_password", hang)
    monkeypatch.setattr(keyring_store, "ANSWER_SECONDS", 0.05)
    both = [declared(Source.KEYRING), Declaration(kind=Kind.SECRET, name="OTHER", sources=(Source.KEYRING,))]
    begun = monotonic()
    found = look_up(Values(), both, ROOT, {})
    released.set()
    assert monotonic() - begun < 5
    assert asked == ["TOKEN"]
    assert [error.message for error in found.unanswered.values()] == [
        "the system's keyring does not answer: nothing came within 0.05 seconds"
    ] * 2


def test_a_keyring_that_keeps_nothing_is_told() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Forgetful())  # type: ignore[no-untyped-call] # the same
    try:
        with pytest.raises(UnavailableError, match=r"'Keyring'.* took the value and does not give it back"):
            KeyringStore(ROOT).set("TOKEN", "abc")
    finally:
        keyring.set_keyring(before)


def test_names_in_the_keyring_ignore_case(memory: MemoryKeyring) -> None:
    KeyringStore(ROOT).set("token", "abc")
    assert completed(Values(), [declared(Source.KEYRING)], ROOT, {}).secrets == {"TOKEN": "abc"}
    assert KeyringStore(ROOT).remove("Token")
    assert not memory.kept
