"""What can go wrong in the semantic layer. A leaf carries facts; sentences are made at the edge.

WenshuError
├── DefinitionError            the definition files do not hold together; carries every problem
├── QueryError                 the question cannot be answered from the definitions
│   ├── MalformedQuery         it is not a query at all (usage)
│   ├── UnknownName            a name nobody defined, or one the asker may not see
│   ├── NoPath                 a field that the metric's dataset does not reach many-to-one
│   ├── AmbiguousPath          a field reached on more than one path
│   ├── GrainTooFine           a time grain finer than the data are given in
│   ├── NeedsPeriod            a comparison or target without a period
│   ├── NotSupported           a combination that has no meaning here
│   ├── NotPermitted           the principal has no right to any of it
│   └── UnsafeSQL              the gate refused the SQL
├── NotVerified                a result that did not pass its checks
└── EngineError                the database could not answer
    ├── QueryTimeout
    ├── QueryTooLarge
    ├── DataMissing
    ├── DataCorrupt
    ├── DataLocked
    └── EngineFault
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class WenshuError(Exception):
    """Anything this product can say about itself; `code` is stable, `facts` fill its sentence."""

    code = "error"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a definition file."""

    file: str
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}. {self.fix}"


class DefinitionError(WenshuError):
    """The definition files do not hold together."""

    code = "definition_error"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)), problems=self.problems)


class QueryError(WenshuError):
    """The question cannot be answered from the definitions.

    Attributes:
        span: Where in a written text it lies, from the first character up to, not including, the second number.
    """

    code = "query_error"
    span: tuple[int, int] = (0, 0)


class MalformedQuery(QueryError):
    """The text is not a query: broken JSON, an unknown key, a value of the wrong kind."""

    code = "malformed_query"

    def __init__(self, what: str, /, **facts: object) -> None:
        """Say what is wrong by a stable code such as `no_date`; what was written is a fact, never a sentence."""
        super().__init__(_told(f"not a query: {what}", facts), what=what, **facts)


class UnknownName(QueryError):
    """A metric or field that the catalog does not define, or that the asker may not see."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        close = tuple(get_close_matches(name, sorted(known), n=3, cutoff=0.5))
        super().__init__(
            f"unknown {kind} {name!r}, close: {', '.join(close) or 'nothing'}",
            kind=kind,
            name=name,
            close=close,
        )


class NoPath(QueryError):
    """A field that a metric's dataset does not reach many-to-one."""

    code = "no_path"

    def __init__(self, metric: str, field: str, possible: Iterable[str]) -> None:
        reachable = tuple(sorted(possible))
        super().__init__(
            f"{metric} cannot be split or filtered by {field}; possible: {', '.join(reachable)}",
            metric=metric,
            field=field,
            possible=reachable,
        )


class AmbiguousPath(QueryError):
    """A field that is reached on more than one path, each giving other numbers."""

    code = "ambiguous_path"

    def __init__(self, field: str, paths: Sequence[str]) -> None:
        super().__init__(
            f"{field} is reached on several paths: {'; '.join(paths)}",
            field=field,
            paths=tuple(paths),
        )


class GrainTooFine(QueryError):
    """A time grain finer than the one the data are given in."""

    code = "grain_too_fine"

    def __init__(self, metric: str, grain: str, finest: str, *, target: bool = False) -> None:
        super().__init__(
            f"{'the target of ' if target else ''}{metric} is given by {finest}, not by {grain}",
            metric=metric,
            grain=grain,
            finest=finest,
            **({"target": target} if target else {}),
        )


class NeedsPeriod(QueryError):
    """A comparison that has no base without a period or a time grain."""

    code = "needs_period"

    def __init__(self, what: str, /, **facts: object) -> None:
        """Say what needs a period, by a stable code such as `previous_year`, and what it is about."""
        super().__init__(_told(f"{what} needs a period", facts), what=what, **facts)


class NotSupported(QueryError):
    """A combination that has no meaning; the wording of its reason says what is possible instead."""

    code = "not_supported"

    def __init__(self, reason: str, /, **facts: object) -> None:
        """Say why by a stable code such as `select_star`; names and limits are facts, never sentences."""
        super().__init__(_told(f"not supported: {reason}", facts), what=reason, **facts)


class NotPermitted(QueryError):
    """The principal may see nothing that this asks for."""

    code = "not_permitted"

    def __init__(self, principal: str) -> None:
        super().__init__(f"not permitted for {principal}", principal=principal)


class UnsafeSQL(QueryError):
    """The gate refused the SQL; its problems are for logs and analysts, `function` for the asker."""

    code = "unsafe_sql"

    def __init__(self, problems: Sequence[str], *, function: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems), problems=self.problems, function=function)


class NotVerified(WenshuError):
    """A result whose checks failed: its numbers are no answer."""

    code = "not_verified"

    def __init__(self, checks: Iterable[str]) -> None:
        failed = tuple(checks)
        super().__init__(f"failed checks: {', '.join(failed)}", checks=failed)


class EngineError(WenshuError):
    """The database could not answer."""

    code = "engine_error"


class QueryTimeout(EngineError):
    """The query ran into its time limit and was stopped."""

    code = "query_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"stopped after {seconds:g} s", seconds=seconds)


class QueryTooLarge(EngineError):
    """The query needs more memory than it may have."""

    code = "query_too_large"

    def __init__(self) -> None:
        super().__init__("the query needs more memory than it may have")


class DataMissing(EngineError):
    """There is no such data file, or nothing readable in it."""

    code = "data_missing"

    def __init__(self, name: str) -> None:
        super().__init__(f"no data at {name}", name=name)


class DataCorrupt(EngineError):
    """The data file cannot be read."""

    code = "data_corrupt"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} cannot be read as data", name=name)


class DataLocked(EngineError):
    """Another process is writing the data file."""

    code = "data_locked"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is being written by another process", name=name)


class EngineFault(EngineError):
    """The engine failed on a validated query: our fault, not the asker's."""

    code = "engine_fault"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the engine failed: {reason}", reason=reason)


def _told(said: str, facts: Mapping[str, object]) -> str:
    """Return a message for logs with its facts behind it."""
    listed = "; ".join(
        f"{key}: {', '.join(map(str, value)) if isinstance(value, tuple) else value}"
        for key, value in facts.items()
    )
    return f"{said} ({listed})" if listed else said
