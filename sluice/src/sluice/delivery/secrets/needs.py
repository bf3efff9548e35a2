"""Whether a run has the secrets and variables that its jobs use. In: uses, declarations, names that have a value. Out:
a need for each name, and diagnostics for what is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from sluice.delivery.secrets.declared import Declaration, Required
from sluice.plan.uses import ANY, Kind, Use
from sluice.source.diagnostics import Diagnostic

_OPTIONS = {Kind.SECRET: "--secret", Kind.VARIABLE: "--var"}


class Need(Struct, frozen=True, kw_only=True):
    """One name that jobs use. ``now`` are those of its jobs that may run this time."""

    use: Use
    declaration: Declaration | None
    given: bool
    now: tuple[str, ...]

    def is_missing(self, *, publish: bool) -> bool:
        """Whether a job that may run can't do without it. Nothing undeclared is: GitHub makes it empty, too."""
        if self.given or not self.now or self.declaration is None:
            return False
        required = self.declaration.required
        return required is Required.ALWAYS or (publish and required is Required.TO_PUBLISH)


def needs_of(
    uses: Iterable[Use],
    declarations: Iterable[Declaration],
    given: Iterable[tuple[Kind, str]],
    skipped: Collection[str] = (),
) -> tuple[Need, ...]:
    """A need for each use with a name; ``skipped`` are top-level jobs that surely won't run."""
    declared = {(one.kind, one.name.upper()): one for one in declarations}
    there = {(kind, name.upper()) for kind, name in given}
    return tuple(
        Need(
            use=use,
            declaration=declared.get((use.kind, use.name.upper())),
            given=(use.kind, use.name.upper()) in there,
            now=tuple(job for job in use.jobs if job.partition("/")[0] not in skipped),
        )
        for use in uses
        if use.name != ANY
    )


def refusals(needs: Iterable[Need], *, publish: bool) -> list[Diagnostic]:
    """An error for each name without which the run must not start."""
    return [_refusal(need) for need in needs if need.is_missing(publish=publish)]


def _refusal(need: Need) -> Diagnostic:
    use, option = need.use, _OPTIONS[need.use.kind]
    verb = "needs" if len(need.now) == 1 else "need"
    about = f" ({need.declaration.description})" if need.declaration and need.declaration.description else ""
    return Diagnostic(
        span=use.span,
        rule=f"missing-{use.kind}",
        message=f"The {use.kind} '{use.name}'{about} is not given, and {_listed(need.now)} {verb} it",
        hint=f'{option} {use.name}, or {option}-file FILE; it may be missing with required = "never" in '
        f"[{use.kind}.{use.name}] of sluice.toml",
    )


def empty_names(needs: Iterable[Need], job: str) -> Iterator[tuple[Kind, str]]:
    """What a job of the top level uses and nobody gave: it is empty there, as on GitHub."""
    for need in needs:
        if not need.given and any(one.partition("/")[0] == job for one in need.now):
            yield need.use.kind, need.use.name


def _listed(jobs: tuple[str, ...]) -> str:
    quoted = [f"'{job}'" for job in jobs]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
