"""Carry out the workflow commands of one step. In: lines that may be commands. Out: events and log lines.

Every command that GitHub's runner knows, with its words for what went wrong. State: whether commands are stopped and
by which token, whether they are echoed. Knows nothing of bytes, of streams and of what the engine does with an event.
"""

from __future__ import annotations

from collections.abc import Callable

from sluice.engine.output.annotations import checked_places
from sluice.engine.output.commands import COMMANDS, STOP_COMMANDS, Command, parse_command
from sluice.engine.output.context import OutputContext
from sluice.engine.output.events import (
    AnnotationFound,
    CommandFailed,
    Emit,
    EnvironmentSet,
    GroupClosed,
    GroupOpened,
    Level,
    MaskAdded,
    MatchersChanged,
    OutputSet,
    PathAdded,
    StateSaved,
)
from sluice.engine.output.matcher_files import MatcherFileError
from sluice.masking.encodings import LONGEST_SECRET
from sluice.source.errors import UsageError

_DEPRECATED = (
    "The `{}` command is deprecated and will be disabled soon. Please upgrade to using Environment Files. For more "
    "information see: https://github.blog/changelog/"
    "2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/"
)
_DISABLED = (
    "The `{}` command is disabled. Please upgrade to using Environment Files or opt into unsecure command execution by "
    "setting the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`. For more information see: "
    "https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/"
)
_REFUSED_STOP_WORD = (
    "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command. For "
    "more information see: https://docs.github.com/actions/learn-github-actions/"
    "workflow-commands-for-github-actions#example-stopping-and-starting-workflow-commands or opt into insecure command "
    "execution by setting the `ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS` environment variable to `true`."
)
_BLOCKED_VARIABLES = frozenset({"NODE_OPTIONS"})
_MASKED_TOKEN_LENGTH = 6
"""A stop token longer than this is masked, so that output can't repeat what it read in the log."""


class CommandError(Exception):
    """A command that can't be carried out: its step fails."""


class CommandObeyer:
    """The commands of one step."""

    def __init__(self, context: OutputContext, *, emit: Emit, log: Callable[[str], None]) -> None:
        self._rules = context.rules
        self._masker = context.job.masker
        self._matchers = context.job.matchers
        self._files = context.job.files
        self._places = context.job.places
        self._emit = emit
        self._log = log
        self._echo = context.rules.echo
        self._stop_token: str | None = None
        self._annotations = {"error": 0, "warning": 0, "notice": 0}
        self._deprecated: set[str] = set()
        self._handlers: dict[str, Callable[[Command], None]] = {
            "add-mask": self._add_mask,
            "add-matcher": self._add_matcher,
            "add-path": self._add_path,
            "debug": self._debug_command,
            "echo": self._set_echo,
            "endgroup": self._close_group,
            "error": self._annotation_command,
            "group": self._open_group,
            "notice": self._annotation_command,
            "remove-matcher": self._remove_matcher,
            "save-state": self._save_state,
            "set-env": self._set_environment,
            "set-output": self._set_output,
            "warning": self._annotation_command,
        }

    def obey(self, line: str) -> bool:
        """Carry out the command in ``line``; ``False`` when there is none, and the line is ordinary output."""
        command = self._understand(line)
        if command is None:
            return False
        if self._stop_token is not None:
            self._resume(line)
        elif command.name == STOP_COMMANDS:
            self._stop(command, line)
        else:
            self._carry_out(command, line)
        return True

    def recognises(self, line: str) -> bool:
        """Whether ``obey`` would take this line."""
        return self._understand(line) is not None

    def annotate(self, found: AnnotationFound, *, shown: str | None = None) -> None:
        """Log an annotation and tell of it; ``shown`` is its text in the log when it isn't its message."""
        self._log(f"##[{found.level}]{found.message if shown is None else shown}")
        self._annotations[found.level] += 1
        if self._annotations[found.level] <= self._rules.annotation_limit:
            self._emit(self._places.masked(found, self._masker))

    def debug(self, message: str) -> None:
        """Log lines that only ``ACTIONS_STEP_DEBUG`` shows."""
        if self._rules.debug:
            for line in message.replace("\r\n", "\n").split("\n"):
                self._log(f"##[debug]{line}")

    def _understand(self, line: str) -> Command | None:
        """The command that counts now: while commands are stopped, only the one that lets them go on.

        Bytes that are no UTF-8 are kept in a mask, which must match them, and replaced in anything else.
        """
        known = COMMANDS if self._stop_token is None else {self._stop_token.lower()} - {""}
        command = parse_command(line, known)
        if command is None or command.name == "add-mask" or line.isascii():
            return command
        return parse_command(line.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), known)

    def _carry_out(self, command: Command, line: str) -> None:
        quiet = command.name in {"add-mask", "debug", "error", "warning", "notice"}
        if self._echo and not quiet:
            self._log(line)
        try:
            self._handlers[command.name](command)
        except (CommandError, MatcherFileError) as error:
            self._fail(f"Unable to process command '{command.name if quiet else line}' successfully.", str(error))

    def _fail(self, *messages: str) -> None:
        for message in messages:
            self._report("error", message)
        self._emit(CommandFailed(message=self._masker.mask_text(" ".join(messages))))

    def _report(self, level: Level, message: str) -> None:
        self.annotate(AnnotationFound(level=level, message=message))

    def _stop(self, command: Command, line: str) -> None:
        token = command.data
        refused = not token or token.lower() in COMMANDS or token.lower() == "pause-logging"
        if refused and not self._rules.allow_unsecure_stop_tokens:
            self._fail(_REFUSED_STOP_WORD)
            return
        if _MASKED_TOKEN_LENGTH < len(token) <= LONGEST_SECRET and self._masker.add(token):
            self._emit(MaskAdded())
        self._stop_token = token
        self._log(line)
        self.debug("Paused processing commands until the token you called ::stopCommands:: with is received")

    def _resume(self, line: str) -> None:
        self._stop_token = None
        self._log(line)
        self.debug("Resume processing commands")

    def _add_mask(self, command: Command) -> None:
        if not command.data.strip():
            self._report("warning", "Can't add secret mask for empty string in ##[add-mask] command.")
            return
        if self._echo:
            self._log("::add-mask::***")
        try:
            added = self._masker.add(command.data)
        except UsageError as error:
            raise CommandError(error.message) from error
        if added:
            self._emit(MaskAdded())

    def _annotation_command(self, command: Command) -> None:
        places, remarks = checked_places(command)
        for remark in remarks:
            self.debug(remark)
        self.annotate(self._places.annotation(command, places))

    def _debug_command(self, command: Command) -> None:
        self.debug(command.data)

    def _open_group(self, command: Command) -> None:
        self._log(f"##[group]{command.data}")
        self._emit(GroupOpened(title=self._masker.mask_text(command.data)))

    def _close_group(self, _: Command) -> None:
        self._log("##[endgroup]")
        self._emit(GroupClosed())

    def _set_echo(self, command: Command) -> None:
        match command.data.strip().lower():
            case "on" | "off" as value:
                self._echo = value == "on"
                self.debug(f"Setting echo command value to '{value}'")
            case _:
                raise CommandError(
                    f"Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: "
                    f"'{command.data}'."
                )

    def _set_output(self, command: Command) -> None:
        self._warn_deprecated(command)
        self._emit(OutputSet(name=_name(command), value=command.data))

    def _save_state(self, command: Command) -> None:
        self._warn_deprecated(command)
        self._emit(StateSaved(name=_name(command), value=command.data))
        self.debug(f"Save intra-action state {_name(command)} = {command.data}")

    def _warn_deprecated(self, command: Command) -> None:
        """Warn of a deprecated command, once in a step; GitHub repeats it for every use."""
        if command.name not in self._deprecated:
            self._deprecated.add(command.name)
            self._report("warning", _DEPRECATED.format(command.name))

    def _set_environment(self, command: Command) -> None:
        self._check_allowed(command)
        name = _name(command)
        if name.upper() in _BLOCKED_VARIABLES:
            self._report("error", f"Can't update {name.upper()} environment variable using ::set-env:: command.")
            return
        self._emit(EnvironmentSet(name=name, value=command.data))
        self.debug(f"{name}='{command.data}'")

    def _add_path(self, command: Command) -> None:
        self._check_allowed(command)
        if not command.data:
            raise CommandError("Value cannot be null or empty. (Parameter 'path')")
        self._emit(PathAdded(path=command.data))

    def _check_allowed(self, command: Command) -> None:
        if not self._rules.allow_unsecure_commands:
            raise CommandError(_DISABLED.format(command.name))

    def _add_matcher(self, command: Command) -> None:
        if not command.data:
            self._report("warning", "File path must be specified.")
            return
        configurations = self._files.load(command.data)
        self._matchers.add(configurations)
        self._emit(MatchersChanged(added=tuple(found.owner for found in configurations)))

    def _remove_matcher(self, command: Command) -> None:
        owner, file = command.properties.get("owner", ""), command.data
        if bool(owner) == bool(file):
            self._report(
                "warning",
                "Either specify an owner name or a file path in ##[remove-matcher] command. Both values cannot be set."
                if owner
                else "Either an owner name or a file path must be specified in ##[remove-matcher] command.",
            )
            return
        owners = (owner,) if owner else tuple(found.owner for found in self._files.load(file))
        self._matchers.remove(owners)
        self._emit(MatchersChanged(removed=owners))


def _name(command: Command) -> str:
    name = command.properties.get("name", "")
    if not name:
        raise CommandError(f"Required field 'name' is missing in ##[{command.name}] command.")
    return name
