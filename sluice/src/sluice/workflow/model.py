"""The typed workflow. Keys that GitHub reads before a run are plain values; those it evaluates later are tokens.

Everything carries its span. A field is ``None`` where the file says nothing: defaults are applied by whoever runs
the thing, so that "not given" stays visible.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct, field

from sluice.expressions.syntax import Expression
from sluice.source.positions import Span
from sluice.workflow.tokens import MappingToken, StringToken, Token

T = TypeVar("T")


class Located(Struct, Generic[T], frozen=True):
    """A plain value and where it stands."""

    value: T
    span: Span


class Condition(Struct, frozen=True, kw_only=True):
    """An ``if``: ``expression`` already carries the implied ``success() &&``; ``source`` is that text.

    ``written`` is what the author wrote, ``None`` when the key is absent.
    """

    span: Span
    source: str
    expression: Expression
    written: str | None


class RunDefaults(Struct, frozen=True, kw_only=True):
    """``defaults.run``."""

    shell: Token | None
    working_directory: Token | None


QUEUES = ("single", "max")
"""How many may wait for a concurrency group: one, the newest; or a hundred, in the order they came."""


class Concurrency(Struct, frozen=True, kw_only=True):
    """``concurrency``: ``queue`` is one of ``QUEUES``, or an expression that gives one; ``single`` unless said."""

    span: Span
    group: Token
    cancel_in_progress: Token | None
    queue: Token | None


class Access(StrEnum):
    """What a permission allows."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


class Permissions(Struct, frozen=True, kw_only=True):
    """``permissions``: either ``read-all``, ``write-all`` (``everything``) or an access for each scope named."""

    span: Span
    everything: Access | None = None
    scopes: Mapping[str, Access] = field(default_factory=dict)


class InputType(StrEnum):
    """The types of ``workflow_dispatch`` and ``workflow_call`` inputs."""

    STRING = "string"
    BOOLEAN = "boolean"
    NUMBER = "number"
    CHOICE = "choice"
    ENVIRONMENT = "environment"


class InputDefinition(Struct, frozen=True, kw_only=True):
    """A typed input of a workflow; ``options`` only for ``choice``."""

    name: Located[str]
    description: str | None
    type: InputType
    required: bool
    default: Token | None
    options: tuple[str, ...]


class SecretDefinition(Struct, frozen=True, kw_only=True):
    """A secret that a reusable workflow takes."""

    name: Located[str]
    required: bool


class OutputDefinition(Struct, frozen=True, kw_only=True):
    """An output of a reusable workflow."""

    name: Located[str]
    value: Token


class Trigger(Struct, frozen=True, kw_only=True):
    """One entry of ``on``. Filters are patterns in file order, ``None`` where the key is absent.

    ``branches_ignore`` and its like are their own fields. ``cron`` holds pairs of cron line and timezone for
    ``schedule``; ``inputs``, ``secrets`` and ``outputs`` belong to ``workflow_dispatch`` and ``workflow_call``;
    ``workflows`` to ``workflow_run``.
    """

    event: Located[str]
    types: tuple[str, ...] | None = None
    branches: tuple[str, ...] | None = None
    branches_ignore: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    tags_ignore: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    paths_ignore: tuple[str, ...] | None = None
    workflows: tuple[str, ...] | None = None
    cron: tuple[tuple[Located[str], str | None], ...] = ()
    inputs: Mapping[str, InputDefinition] = field(default_factory=dict)
    secrets: Mapping[str, SecretDefinition] = field(default_factory=dict)
    outputs: Mapping[str, OutputDefinition] = field(default_factory=dict)


class Strategy(Struct, frozen=True, kw_only=True):
    """``strategy``: the matrix stays a token until the job's needs are done."""

    span: Span
    matrix: Token | None
    fail_fast: Token | None
    max_parallel: Token | None


class StepBase(Struct, frozen=True, kw_only=True):
    """What every step has. ``id`` is the author's or a generated one (``__run``, ``__run_2``)."""

    span: Span
    id: str
    named_id: bool
    name: Token | None
    condition: Condition
    continue_on_error: Token | None = None
    timeout_minutes: Token | None = None
    env: MappingToken | Token | None = None
    background: bool = False


class RunStep(StepBase, frozen=True, kw_only=True):
    """A step with ``run``."""

    run: Token
    shell: Token | None
    working_directory: Token | None


class ActionStep(StepBase, frozen=True, kw_only=True):
    """A step with ``uses``; ``inputs`` are a mapping or an expression that will give one."""

    uses: Located[str]
    inputs: Token | None

    @property
    def written_inputs(self) -> tuple[tuple[StringToken, Token], ...]:
        """The inputs whose names stand in the file."""
        return tuple(self.inputs.literal_items()) if isinstance(self.inputs, MappingToken) else ()

    @property
    def has_other_inputs(self) -> bool:
        """Whether expressions may add inputs of any name."""
        whole = self.inputs
        return len(whole.entries) > len(self.written_inputs) if isinstance(whole, MappingToken) else whole is not None


class WaitStep(StepBase, frozen=True, kw_only=True):
    """``wait`` or ``wait-all``: ``ids`` is ``None`` for all background steps."""

    ids: tuple[str, ...] | None


class CancelStep(StepBase, frozen=True, kw_only=True):
    """``cancel``: ends the background step with this id."""

    target: str


Step: TypeAlias = RunStep | ActionStep | WaitStep | CancelStep


class JobBase(Struct, frozen=True, kw_only=True):
    """What both kinds of job have."""

    span: Span
    id: str
    name: Token | None
    needs: tuple[Located[str], ...]
    condition: Condition
    strategy: Strategy | None
    concurrency: Concurrency | None
    permissions: Permissions | None
    place: Span | None = None
    """Where its id stands."""


class NormalJob(JobBase, frozen=True, kw_only=True):
    """A job with steps."""

    runs_on: Token
    environment: Token | None
    env: Token | None
    defaults: RunDefaults | None
    steps: tuple[Step, ...]
    timeout_minutes: Token | None
    cancel_timeout_minutes: Token | None
    continue_on_error: Token | None
    container: Token | None
    services: Token | None
    outputs: MappingToken | None
    snapshot: Token | None = None


class SecretsInherit(StrEnum):
    """``secrets: inherit``."""

    INHERIT = "inherit"


class ReusableJob(JobBase, frozen=True, kw_only=True):
    """A job with ``uses``: it calls another workflow."""

    uses: Located[str]
    inputs: MappingToken | None
    secrets: MappingToken | SecretsInherit | None


Job: TypeAlias = NormalJob | ReusableJob


class Workflow(Struct, frozen=True, kw_only=True):
    """One workflow file. ``jobs`` is in file order."""

    file: str
    name: Located[str] | None
    run_name: Token | None
    triggers: Mapping[str, Trigger]
    permissions: Permissions | None
    env: Token | None
    defaults: RunDefaults | None
    concurrency: Concurrency | None
    jobs: Mapping[str, Job]


class ActionUsing(StrEnum):
    """The kinds of action, by ``runs.using``; every ``nodeN`` is JAVASCRIPT."""

    JAVASCRIPT = "javascript"
    COMPOSITE = "composite"
    DOCKER = "docker"


class ActionInput(Struct, frozen=True, kw_only=True):
    """An input of an action; its default is evaluated with the ``github`` context and a few more."""

    name: str
    description: str | None
    required: bool
    default: Token | None
    deprecation: str | None


class ActionManifest(Struct, frozen=True, kw_only=True):
    """An ``action.yml``. Fields that its kind of action does not have are ``None`` or empty.

    JavaScript: ``node`` is the wanted version (``node20`` -> 20), ``main``/``pre``/``post`` are file paths.
    Composite: ``steps``. Docker: ``image``, ``entrypoint``, ``arguments``, with ``pre``/``post`` as entry points.
    ``refused``, which no file has: since when GitHub.com fails a job that uses it, and what to use.
    """

    file: str
    name: str
    description: str | None
    using: ActionUsing
    inputs: Mapping[str, ActionInput]
    outputs: Mapping[str, Token | None]
    node: int | None = None
    main: str | None = None
    pre: str | None = None
    pre_if: Condition | None = None
    post: str | None = None
    post_if: Condition | None = None
    steps: tuple[Step, ...] = ()
    image: Token | None = None
    entrypoint: Token | None = None
    arguments: Token | None = None
    env: Token | None = None
    refused: str | None = None
