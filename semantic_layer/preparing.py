"""A query becomes a statement that may run: planned, compiled, validated; and a cache that keeps the last ones."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from semantic_layer.compiler.select import Compiled, compile_plan
from semantic_layer.listed import Listed
from semantic_layer.plan import Plan
from semantic_layer.planner import plan
from semantic_layer.policy import Access
from semantic_layer.query import MetricQuery
from semantic_layer.validator import ValidatedSQL, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Everything that a statement depends on.

    Attributes:
        query: Catalog names and absolute dates.
        access: What the asker may see. Accesses are equal only where they are the same one, so no two principals
            share a statement.
        through: The last day with data, not later than the asker's today.
        since: The first day with data, where it is needed.
        language: The language of members that a column names.
        listed: The periods of the table of days, where the query groups by one of its grains.
    """

    query: MetricQuery
    access: Access
    through: date | None = None
    since: date | None = None
    language: str | None = None
    listed: Listed | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from others. The query's text tells 1 from true and from 1.0, which are equal as values."""
        listed = None if self.listed is None else tuple(self.listed.items())
        return (repr(self.query), self.access, self.through, self.since, self.language, listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A statement with the plan that it came from, and what each stage took."""

    plan: Plan
    compiled: Compiled
    validated: ValidatedSQL
    seconds: Mapping[str, float]


Prepare = Callable[[Asked], Prepared]


def plan_asked(asked: Asked) -> Plan:
    """Plan a query.

    Raises:
        QueryError: What cannot be answered, and why.
    """
    return plan(
        asked.query,
        asked.access,
        through=asked.through,
        since=asked.since,
        language=asked.language,
        listed=asked.listed,
    )


def prepare(asked: Asked) -> Prepared:
    """Plan, compile and validate a query.

    Raises:
        QueryError: What cannot be answered, and why.
    """
    seconds: dict[str, float] = {}
    with timed(seconds, "plan"):
        planned = plan_asked(asked)
    with timed(seconds, "compile"):
        compiled = compile_plan(planned, asked.access)
    with timed(seconds, "validate"):
        validated = validate(compiled.tree, asked.access.grants, compiled.parameters)
    return Prepared(plan=planned, compiled=compiled, validated=validated, seconds=seconds)


@dataclass(slots=True)
class Remembered:
    """Prepares each query once, and forgets the one that was asked longest ago.

    Attributes:
        prepare: What prepares a query that is not known.
        limit: How many are kept.
    """

    prepare: Prepare = prepare
    limit: int = 512
    _known: OrderedDict[tuple[object, ...], Prepared] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked) -> Prepared:
        """Return a query prepared; what is refused is refused again each time."""
        key = asked.key
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return replace(known, seconds=dict.fromkeys(known.seconds, 0.0))
        found = self.prepare(asked)
        with self._lock:
            self._known[key] = found
            while len(self._known) > self.limit:
                self._known.popitem(last=False)
        return found


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Note how long a stage took."""
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = time.perf_counter() - start
