"""What the output of a step is read against: what belongs to the whole job, and what the step may do."""

from __future__ import annotations

from msgspec import Struct

from sluice.engine.output.annotations import AnnotationPlaces
from sluice.engine.output.matcher_files import MatcherFiles
from sluice.engine.output.matchers import MatcherSet
from sluice.masking.masker import Masker


class JobOutput(Struct, kw_only=True):
    """What all steps of a job share. Masks and matchers grow; ``files`` and ``places`` are others in a container."""

    masker: Masker
    matchers: MatcherSet
    files: MatcherFiles
    places: AnnotationPlaces


class CommandRules(Struct, frozen=True, kw_only=True):
    """What a step may do. ``debug`` and ``echo`` follow ``ACTIONS_STEP_DEBUG``; the other two the variables that
    GitHub's messages name. ``annotation_limit`` is per level; further ones are in the log only.
    """

    debug: bool = False
    echo: bool = False
    allow_unsecure_commands: bool = False
    allow_unsecure_stop_tokens: bool = False
    annotation_limit: int = 100


class OutputContext(Struct, frozen=True, kw_only=True):
    """The job's part, as it stands when the step begins, and the step's own."""

    job: JobOutput
    rules: CommandRules
