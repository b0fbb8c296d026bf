"""The layer: definitions and an engine in, answers to metric queries out. The only caller of the engine's `run`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from sqlglot import exp

from semantic_layer.binding import bind
from semantic_layer.catalog import Catalog
from semantic_layer.checks import run_checks
from semantic_layer.composed_query import ComposedQuery
from semantic_layer.composing import run_composed
from semantic_layer.coverage import Coverage
from semantic_layer.dating import times_of
from semantic_layer.describing import Describer
from semantic_layer.engines.base import Engine, Limits, RawResult
from semantic_layer.loading import Loaded, load_principals, read_definitions
from semantic_layer.members import MAX_MEMBERS, Member, MemberReader
from semantic_layer.model import LOCAL_OWNER, Definitions, Principal
from semantic_layer.plan import Plan
from semantic_layer.planning import asked_within
from semantic_layer.policy import Access, access_for
from semantic_layer.preparing import Asked, Prepare, Prepared, Remembered, plan_asked, timed
from semantic_layer.query import MetricQuery
from semantic_layer.result import Result
from semantic_layer.results import build_result
from semantic_layer.semantic_sql import to_semantic_sql
from semantic_layer.undated import UndatedRows
from semantic_layer.validator import Value, validate
from semantic_layer.verification import Again, verified
from semantic_layer.whole_report import told_together
from semantic_layer.yaml_source import Lines


@dataclass(kw_only=True, eq=False)
class SemanticLayer:
    """Answers metric queries over one set of definitions and one engine.

    Attributes:
        catalog: Everything that is defined, as the owner sees it.
        engine: What runs the SQL.
        principals: The people that the definitions name.
        clock: Gives the day when neither the asker nor `settings.as_of` does.
        limits: Rows and seconds that one query may take.
    """

    catalog: Catalog
    engine: Engine
    principals: tuple[Principal, ...]
    clock: Callable[[], date]
    limits: Limits = field(default_factory=Limits)
    _access: dict[str, Access] = field(default_factory=dict, repr=False)
    _prepare: Prepare = field(default_factory=Remembered, repr=False)
    _coverage: dict[str, Coverage] = field(default_factory=dict, repr=False)

    @classmethod
    def open(
        cls,
        folder: Path,
        engine: Engine,
        *,
        clock: Callable[[], date],
        limits: Limits | None = None,
        loaded: Loaded | None = None,
    ) -> SemanticLayer:
        """Load definitions, unless they are `loaded` already, and bind them to an engine's data.

        Raises:
            DefinitionError: With every problem of every file, of names and columns too.
        """
        with told_together(folder, Describer(engine, limits or Limits())):
            definitions, lines = (loaded or read_definitions(folder)).sound()
            people = load_principals(folder)
            return cls.over(
                definitions, lines, engine, principals=people, clock=clock, limits=limits
            )

    @classmethod
    def over(
        cls,
        definitions: Definitions,
        lines: Lines,
        engine: Engine,
        *,
        principals: tuple[Principal, ...] = (),
        clock: Callable[[], date],
        limits: Limits | None = None,
    ) -> SemanticLayer:
        """Bind definitions that are loaded already to an engine's data.

        Raises:
            DefinitionError: With every problem of every file.
        """
        limits = limits or Limits()
        catalog = bind(definitions, Describer(engine, limits), lines)
        return cls(
            catalog=catalog, engine=engine, principals=principals, clock=clock, limits=limits
        )

    def access(self, principal: Principal = LOCAL_OWNER) -> Access:
        """Return what a principal may see.

        Raises:
            NotPermitted: Nothing.
        """
        key = principal.model_dump_json()
        if key not in self._access:
            self._access[key] = access_for(self.catalog, principal)
        return self._access[key]

    def today(self, today: date | None = None) -> date:
        """Return the day that questions are asked on: given, else `settings.as_of`, else the clock."""
        return today or self.as_of or self.clock()

    @cached_property
    def _undated(self) -> UndatedRows:
        return UndatedRows(self.fetch)

    def coverage(self, access: Access) -> Coverage:
        """Return what tells how far the data go that somebody sees."""
        key = access.principal.model_dump_json()
        if key not in self._coverage:
            self._coverage[key] = Coverage(access, lambda tree: self.fetch(tree, access, {}))
        return self._coverage[key]

    @cached_property
    def as_of(self) -> date | None:
        """The last day with data as the definitions declare it (`settings.as_of`), or None."""
        return self.coverage(self.access()).as_of()

    def data_from(self, access: Access) -> date | None:
        """Return the first day with data of any metric that somebody sees."""
        metrics = access.catalog.metrics.values()
        return self.coverage(access).span(
            atom.time for item in metrics for atom in item.row_atoms() if atom.time
        )[0]

    def data_through(self, metrics: Iterable[str], today: date, access: Access) -> date | None:
        """Return the last day with data of some metrics, not later than today; None where they have no date.

        Dates that a coarser grain stamps on a period's first day (targets) do not tell how far the data go.
        """
        found = (access.catalog.metric(name) for name in metrics)
        return self.coverage(access).through(times_of(found), today, self.as_of)

    def _asked(
        self, query: MetricQuery, principal: Principal, today: date | None, language: str | None
    ) -> Asked:
        """Return a query with the days that its facts cover."""
        access = self.access(principal)
        return asked_within(
            query,
            access,
            self.coverage(access),
            today=self.today(today),
            as_of=self.as_of,
            language=language,
        )

    def plan(
        self,
        query: MetricQuery,
        principal: Principal = LOCAL_OWNER,
        *,
        today: date | None = None,
        language: str | None = None,
    ) -> Plan:
        """Plan a query without running it.

        Raises:
            QueryError: What cannot be answered, and why.
        """
        return self.prepared(query, principal, today=today, language=language).plan

    def prepared(
        self,
        query: MetricQuery,
        principal: Principal = LOCAL_OWNER,
        *,
        today: date | None = None,
        language: str | None = None,
    ) -> Prepared:
        """Plan, compile and validate a query without running it; what was asked before is remembered.

        Raises:
            QueryError: What cannot be answered, and why.
        """
        return self._prepare(self._asked(query, principal, today, language))

    def run(
        self,
        query: MetricQuery,
        principal: Principal = LOCAL_OWNER,
        *,
        today: date | None = None,
        language: str | None = None,
        limits: Limits | None = None,
    ) -> Result:
        """Answer a query for a principal.

        Args:
            query: Catalog names and absolute dates.
            principal: Who asks; row rules and hidden names follow from the role.
            today: The asker's day.
            language: Members that a column names in this language bring that column along.
            limits: Rows and seconds, where they differ from the layer's own.

        Raises:
            QueryError: What cannot be answered, and why.
            EngineError: The database could not answer.
        """
        asked = self._asked(query, principal, today, language)
        prepared = self._prepare(asked)
        noticed = self._undated.noticed(prepared.plan, asked.access)
        seconds = dict(prepared.seconds)
        with timed(seconds, "execute"):
            raw = self.engine.run(prepared.validated, limits=limits or self.limits)
        result = build_result(
            noticed,
            prepared.compiled,
            raw,
            semantic_sql=to_semantic_sql(query, self.catalog.model),
            seconds=seconds,
        )
        return run_checks(result, self.catalog)

    def run_composed(
        self,
        query: ComposedQuery,
        principal: Principal = LOCAL_OWNER,
        *,
        today: date | None = None,
        limits: Limits | None = None,
    ) -> Result:
        """Answer SQL around governed queries for a principal; it sees their results and nothing else.

        Raises:
            QueryError: What cannot be answered, and why.
            EngineError: The database could not answer.
        """
        access = self.access(principal)
        return run_composed(
            query,
            access,
            planned=lambda leaf: self._undated.noticed(
                plan_asked(self._asked(leaf, principal, today, None)), access
            ),
            run=lambda validated: self.engine.run(validated, limits=limits or self.limits),
        )

    def verify(
        self,
        subject: Result | MetricQuery,
        principal: Principal = LOCAL_OWNER,
        *,
        today: date | None = None,
    ) -> Result:
        """Return a result, or a query's, with every check, those that ask again too.

        Raises:
            QueryError: The query cannot be answered.
            EngineError: The database could not answer it.
        """
        ask = partial(self.run, principal=principal, today=today)
        plan = partial(self.plan, principal=principal, today=today)
        again = Again(access=self.access(principal), ask=ask, plan=plan, fetch=self.fetch)
        return verified(subject if isinstance(subject, Result) else ask(subject), again)

    def fetch(
        self,
        tree: exp.Query,
        access: Access,
        parameters: Mapping[str, Value],
        *,
        limits: Limits | None = None,
    ) -> RawResult:
        """Run a statement that this package built, through the gate."""
        used = {
            name: value
            for name, value in access.parameters.items()
            if any(node.this == name for node in tree.find_all(exp.Placeholder))
        }
        validated = validate(tree, access.grants, {**used, **parameters})
        return self.engine.run(validated, limits=limits or self.limits)

    def members(self, principal: Principal = LOCAL_OWNER) -> tuple[Member, ...]:
        """Return the members of every text field, as a principal may see them."""
        access = self.access(principal)
        wide = replace(self.limits, max_rows=MAX_MEMBERS)
        return tuple(
            MemberReader(access, lambda tree: self.fetch(tree, access, {}, limits=wide)).all()
        )
