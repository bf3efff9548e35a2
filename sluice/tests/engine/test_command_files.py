from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.engine.processes.command_files import CommandFiles, CommandFileSupply
from sluice.engine.processes.command_results import (
    SUMMARY_LIMIT,
    FileFormatError,
    FileResults,
    decode_file,
    parse_pairs,
)
from sluice.engine.processes.shells import SHELLS, write_script


def collect(folder: Path, **contents: bytes | str) -> FileResults:
    """What comes of a step that writes these contents: ``env``, ``output``, ``state``, ``path``, ``step_summary``."""
    files = CommandFiles(folder)
    for kind, content in contents.items():
        raw = content.encode() if isinstance(content, str) else content
        Path(files.environment[f"GITHUB_{kind.upper()}"]).write_bytes(raw)
    return files.collect()


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("A=1", {"A": "1"}),
        ("A=1\nB=2\n", {"A": "1", "B": "2"}),
        ("\n\nA=1\n\n\nB=2\n\n", {"A": "1", "B": "2"}),
        ("A=\n", {"A": ""}),
        ("A==b=c=\n", {"A": "=b=c="}),
        ("A = b \n", {"A ": " b "}),
        ("A=1\nA=2\n", {"A": "2"}),
        ("A=b<<c\n", {"A": "b<<c"}),
        ("A<<EOF\none\ntwo\nEOF\nB=1\n", {"A": "one\ntwo", "B": "1"}),
        ("A<<EOF\nEOF", {"A": ""}),
        ("A<<EOF\n\nEOF\n", {"A": ""}),
        ("A<<EOF\n\n\nEOF\n", {"A": "\n"}),
        ("A<<EOF\n EOF\nEOF \nEOFEOF\nEOF\n", {"A": " EOF\nEOF \nEOFEOF"}),
        ("A<<=EOF\nx=y\n=EOF\n", {"A": "x=y"}),
        ("A<<<EOF\nx\n<EOF\n", {"A": "x"}),
        ("A<<E=F\nx\nE=F\n", {"A": "x"}),
        ("A<<EOF\nB<<EOF\nEOF\n", {"A": "B<<EOF"}),
        ("A=1\r\n\r\nB<<EOF\r\none\r\ntwo\r\nEOF\r\n", {"A": "1", "B": "one\r\ntwo"}),
        ("A=1\rB=2\n", {"A": "1\rB=2"}),
        ("\u00fcml\u00e4ut=\u2603\n", {"\u00fcml\u00e4ut": "\u2603"}),
    ],
)
def test_rule_22_pairs_are_read_as_the_runner_does(text: str, pairs: dict[str, str]) -> None:
    assert dict(parse_pairs(text)) == pairs


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense\n", "Invalid format 'nonsense'"),
        (" \n", "Invalid format ' '"),
        ("=1\n", "Invalid format '=1'. Name must not be empty"),
        ("<<EOF\n", "Invalid format '<<EOF'. Name must not be empty and delimiter must not be empty"),
        ("A<<\n", "Invalid format 'A<<'. Name must not be empty and delimiter must not be empty"),
        ("A<<EOF\n", "Invalid value. Matching delimiter not found 'EOF'"),
        ("A<<EOF\none\n", "Invalid value. Matching delimiter not found 'EOF'"),
        ("A<<EOF\none\nEOF ", "Invalid value. EOF marker missing new line."),
    ],
)
def test_rule_22_a_malformed_file_is_refused_in_the_runners_words(text: str, problem: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        list(parse_pairs(text))
    assert str(caught.value) == problem


@given(name=st.text("abc_", min_size=1), value=st.text("ab=<\n\r \u00e9", max_size=30))
def test_any_value_survives_a_block_as_toolkits_write_it(name: str, value: str) -> None:
    text = f"{name}<<ghadelimiter_1\n{value}\nghadelimiter_1\n"
    expected = value.removesuffix("\r") if value.endswith("\r") else value
    assert list(parse_pairs(text)) == [(name, expected)]


def test_rule_22_a_step_sets_everything(tmp_path: Path) -> None:
    results = collect(
        tmp_path, env="A=1\n", output="o=2\n", state="s=3\n", path="/first\n\n/second\n", step_summary="# Hello\n"
    )
    assert results == FileResults(
        environment={"A": "1"}, outputs={"o": "2"}, state={"s": "3"}, path=("/first", "/second"), summary=b"# Hello\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_writes_nothing_sets_nothing(tmp_path: Path) -> None:
    assert collect(tmp_path) == FileResults()


def test_each_step_has_files_of_its_own(tmp_path: Path) -> None:
    first, second = CommandFiles(tmp_path), CommandFiles(tmp_path)
    assert set(first.environment) == {
        "GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "SLUICE_EFFECTS"
    }  # fmt: skip
    assert set(first.environment.values()).isdisjoint(second.environment.values())
    assert all(Path(place).read_bytes() == b"" for place in first.places.values())
    first.collect()
    second.collect()


@pytest.mark.parametrize("name", ["NODE_OPTIONS", "node_options"])
def test_rule_22_node_options_is_refused_but_the_rest_is_set(tmp_path: Path, name: str) -> None:
    results = collect(tmp_path, env=f"A=1\n{name}=--require /tmp/x\nB=2\n", output="NODE_OPTIONS=fine\n")
    assert results.environment == {"A": "1", "B": "2"}
    assert results.outputs == {"NODE_OPTIONS": "fine"}
    assert results.errors == ("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",)
    assert not results.failed


def test_rule_22_a_malformed_file_fails_the_step_and_the_others_count(tmp_path: Path) -> None:
    results = collect(tmp_path, env="A=1\nbroken\nB=2\n", output="o=1\n")
    assert results.failed
    assert results.errors == ("Unable to process file command 'env' successfully.", "Invalid format 'broken'")
    assert (results.environment, results.outputs) == ({"A": "1"}, {"o": "1"})


def test_rule_22_a_path_written_again_moves_to_the_end(tmp_path: Path) -> None:
    assert collect(tmp_path, path="/a\r\n/b\n/a\n").path == ("/b", "/a")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_rule_22_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, encoding: str) -> None:
    text = "A=\u00fc\n" if encoding in {"utf-8-sig", "utf-16", "utf-32"} else "\ufeffA=\u00fc\n"
    assert collect(tmp_path, env=text.encode(encoding)).environment == {"A": "\u00fc"}


def test_bytes_that_are_no_utf_8_are_replaced(tmp_path: Path) -> None:
    assert collect(tmp_path, output=b"a=caf\xe9\n").outputs == {"a": "caf\ufffd"}
    assert decode_file(b"") == ""


def test_a_nul_that_no_process_can_be_given_fails_the_step(tmp_path: Path) -> None:
    results = collect(tmp_path, env="A=x\0y\n", path="/a\0b\n", output="o=x\0y\n")
    assert results.failed
    assert (results.environment, results.path, results.outputs) == ({}, (), {"o": "x\0y"})


def test_rule_28_a_summary_of_up_to_one_mebibyte_is_kept(tmp_path: Path) -> None:
    assert collect(tmp_path, step_summary=b"x" * SUMMARY_LIMIT).summary == b"x" * SUMMARY_LIMIT


def test_rule_28_a_bigger_summary_is_left_out_but_fails_no_step(tmp_path: Path) -> None:
    results = collect(tmp_path, step_summary=b"x" * (SUMMARY_LIMIT + 2048))
    assert results.summary is None
    assert results.errors[0].startswith(
        "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1026k."
    )
    assert not results.failed


def replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("replace", [replace_by_link, replace_by_folder, replace_by_fifo])
def test_a_file_that_was_replaced_fails_the_step_and_is_never_read(tmp_path: Path, replace: object) -> None:
    assert callable(replace)
    for kind in ("ENV", "OUTPUT", "STATE", "PATH"):
        files = CommandFiles(tmp_path)
        replace(Path(files.environment[f"GITHUB_{kind}"]))
        results = files.collect()
        assert results.failed
        assert results.errors[0] == f"Unable to process file command '{kind.lower()}' successfully."
        assert (results.environment, results.outputs, results.state, results.path) == ({}, {}, {}, ())


@pytest.mark.parametrize("replace", [replace_by_link, replace_by_folder, replace_by_fifo])
def test_a_summary_that_was_replaced_is_an_error_but_fails_no_step(tmp_path: Path, replace: object) -> None:
    assert callable(replace)
    files = CommandFiles(tmp_path)
    replace(Path(files.environment["GITHUB_STEP_SUMMARY"]))
    results = files.collect()
    assert results.summary is None
    assert not results.failed
    assert results.errors[0].startswith("Failed to create step summary using 'GITHUB_STEP_SUMMARY': ")


def test_files_that_were_deleted_set_nothing(tmp_path: Path) -> None:
    files = CommandFiles(tmp_path)
    for file in files.places.values():
        Path(file).unlink()
    assert files.collect() == FileResults()


def test_a_folder_that_was_exchanged_has_no_effect(tmp_path: Path) -> None:
    folder, decoy = tmp_path / "files", tmp_path / "decoy"
    folder.mkdir()
    decoy.mkdir()
    files = CommandFiles(folder)
    Path(files.environment["GITHUB_ENV"]).write_text("A=real\n")
    (decoy / Path(files.environment["GITHUB_ENV"]).name).write_text("A=decoy\n")
    folder.rename(tmp_path / "moved")
    folder.symlink_to(decoy)
    assert files.collect().environment == {"A": "real"}


def test_a_file_too_big_to_read_fails_the_step(tmp_path: Path) -> None:
    files = CommandFiles(tmp_path)
    with Path(files.environment["GITHUB_OUTPUT"]).open("wb") as file:
        file.truncate(1 << 40)
    results = files.collect()
    assert results.failed
    assert "at most" in results.errors[1]


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = psutil.Process().num_fds()
    for _ in range(20):
        collect(tmp_path, env="A=1\n")
    after = psutil.Process().num_fds()
    assert after == before


def test_a_folder_that_was_taken_away_is_made_again(tmp_path: Path) -> None:
    files = CommandFiles(tmp_path / "files")
    Path(files.environment["GITHUB_OUTPUT"]).write_text("a=1\n")
    assert files.collect().outputs == {"a": "1"}


def output_of(files: CommandFiles) -> Path:
    return Path(files.environment["GITHUB_OUTPUT"])


def test_what_was_made_ahead_is_the_next_steps(tmp_path: Path) -> None:
    supply = CommandFileSupply(tmp_path)
    supply.take().discard()
    supply.prepare()
    supply.prepare()
    ahead = set(tmp_path.iterdir())
    files = supply.take()
    assert output_of(files) in ahead
    assert ahead == set(tmp_path.iterdir())
    files.discard()


@pytest.mark.parametrize("tamper", ["write", "remove", "link", "forbid", "folder", "effects"])
def test_what_a_step_changed_ahead_of_its_time_is_not_used(tmp_path: Path, tamper: str) -> None:
    folder = tmp_path / "files"
    supply = CommandFileSupply(folder)
    supply.take().discard()
    supply.prepare()
    (ahead,) = folder.glob("set_output_*")
    if tamper == "write":
        ahead.write_text("stolen=1\n")
    elif tamper == "forbid":
        ahead.chmod(0)
    elif tamper == "folder":
        folder.rename(tmp_path / "old")
    elif tamper == "effects":
        ahead.with_name(ahead.name.replace("set_output", "add_effects")).write_text("{}\n")
    else:
        ahead.unlink()
    if tamper == "link":
        ahead.symlink_to(os.devnull)
    files = supply.take()
    assert output_of(files) != ahead
    assert output_of(files).read_bytes() == b""
    assert files.collect() == FileResults()


def test_nothing_made_ahead_stays(tmp_path: Path) -> None:
    supply = CommandFileSupply(tmp_path)
    supply.prepare()
    opened = psutil.Process().num_fds()
    supply.close()
    assert psutil.Process().num_fds() == opened - 1
    assert list(tmp_path.iterdir()) == []


def test_files_that_cannot_be_made_ahead_are_the_next_steps_error(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    supply = CommandFileSupply(tmp_path / "files")
    supply.prepare()
    with pytest.raises(OSError, match="files"):
        supply.take()


def test_a_script_gets_a_file_that_was_made_ahead_and_one_whatever_happened_to_it(tmp_path: Path) -> None:
    files = CommandFiles(tmp_path / "files")
    (ahead,) = (tmp_path / "files").glob("script_*")
    number = ahead.stat().st_ino
    files.give_script(tmp_path / "one.sh")
    assert (tmp_path / "one.sh").stat().st_ino == number
    files.give_script(tmp_path / "two.sh")
    assert not (tmp_path / "two.sh").exists()
    assert files.collect() == FileResults()


def test_a_script_is_not_written_through_a_link_that_a_step_put_in_its_place(tmp_path: Path) -> None:
    place, machines = tmp_path / "step.sh", tmp_path / "machines"
    machines.write_text("as it was", encoding="utf-8")
    place.symlink_to(machines)
    with pytest.raises(OSError, match=r"step\.sh"):
        write_script(SHELLS["sh"], "echo changed", place)
    assert machines.read_text(encoding="utf-8") == "as it was"


def test_a_script_waits_for_no_fifo_that_a_step_put_in_its_place(tmp_path: Path) -> None:
    place = tmp_path / "step.sh"
    place.touch()
    replace_by_fifo(place)
    with pytest.raises(OSError, match=r"step\.sh"):
        write_script(SHELLS["sh"], "echo late", place)
