"""The line from a question to an answer; an answer keeps every stage that it went through."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from assistant.answer.card import Card, Option
from assistant.answer.follow_ups import suggest
from assistant.answer.kpis import compared_tiles
from assistant.answer.labels import with_member_names
from assistant.answer.present import answered_card, message_card
from assistant.answer.view import view_of
from assistant.by_default import compared_by_default
from assistant.question import Language, Question
from assistant.resolution import Choice, Clarification, Refusal, Resolved, resolve
from assistant.stages import Answer, Reader, clock_of, failed, new_id, timed
from assistant.understanding.lexicon import Lexicon
from assistant.understanding.rules import read
from assistant.understanding.time_phrases import UnknownPeriod, resolve_time
from semantic_layer.calendar import Period
from semantic_layer.catalog import Catalog
from semantic_layer.composed_query import ComposedQuery
from semantic_layer.errors import MalformedQuery, WenshuError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.query import MetricQuery, MetricUse
from semantic_layer.result import Notice, Result
from semantic_layer.semantic_sql import read_semantic_sql

_LOG = logging.getLogger(__name__)
FOLLOW_UPS = 3
FOLLOW_UP_SECONDS = 1.0


@dataclass(kw_only=True, eq=False)
class Assistant:
    """Answers questions over one semantic layer."""

    layer: SemanticLayer
    _words: dict[str, tuple[Catalog, Lexicon]] = field(default_factory=dict, repr=False)

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Who may be looked as; the first is the local owner, who sees all."""
        return (LOCAL_OWNER, *self.layer.principals)

    def reader(self, question: Question) -> Reader:
        """Return what a question is read with: the asker's catalog and words, and the day.

        Raises:
            NotPermitted: The asker may see nothing.
        """
        access = self.layer.access(question.principal)
        today = self.layer.today(question.today)
        through = self.layer.data_through(access.catalog.metrics, today, access)
        data = (self.layer.data_from(access), through or today)
        clock = clock_of(access.catalog.settings, today, data)
        catalog, lexicon = self._words_of(question.principal)
        return Reader(catalog=catalog, lexicon=lexicon, clock=clock)

    def _words_of(self, principal: Principal) -> tuple[Catalog, Lexicon]:
        """Return a principal's catalog, with the members' names in it, and the words that lead into it."""
        key = principal.model_dump_json()
        if key not in self._words:
            members = self.layer.members(principal)
            catalog = with_member_names(self.layer.access(principal).catalog, members)
            self._words[key] = catalog, Lexicon.build(catalog, members)
        return self._words[key]

    def answer(self, question: Question) -> Answer:
        """Answer a question; whatever goes wrong becomes an answer that says so."""
        today = self.layer.today(question.today)
        try:
            return self._answer(question, today)
        except WenshuError as error:
            return failed(question, today, error)
        # A fault of ours must not take the asker's session with it; the cause goes to the log.
        except Exception:
            _LOG.exception("answering failed")
            return failed(question, today, WenshuError("fault"))

    def query(self, query: MetricQuery | ComposedQuery, question: Question) -> Answer:
        """Answer a query that was given as such; `question` says who asks, when and in which language."""
        today, principal = self.layer.today(question.today), question.principal
        try:
            if isinstance(query, ComposedQuery):
                result = self.layer.run_composed(query, principal, today=today)
            else:
                result = self.layer.run(query, principal, today=today, language=question.language)
        except WenshuError as error:
            return failed(question, today, error)
        return Answer(id=new_id(), question=question, status="answered", today=today, result=result)

    def parse_sql(self, text: str, question: Question) -> MetricQuery | ComposedQuery:
        """Read semantic SQL as the asker may write it; `PERIOD('…')` is read by the grammar that reads questions.

        Raises:
            QueryError: What is wrong with it.
        """
        reader = self.reader(question)

        def period(phrase: str) -> Period:
            try:
                return resolve_time(phrase, reader.clock).period
            except UnknownPeriod as error:
                raise MalformedQuery("no_period", value=phrase[:40]) from error

        return read_semantic_sql(text, reader.catalog, resolve_period=period)

    def _answer(self, question: Question, today: date) -> Answer:
        seconds: dict[str, float] = {}
        with timed(seconds, "prepare"):
            reader = self.reader(question)
        with timed(seconds, "read"):
            intent = read(question.text, question.language, reader.lexicon)
        with timed(seconds, "resolve"):
            resolution = resolve(
                intent, reader.catalog, reader.lexicon, reader.clock, question.language
            )
        stages = Answer(
            id=new_id(),
            question=question,
            status="refused",
            today=today,
            intent=intent,
            resolution=resolution,
            seconds=seconds,
            reader="rules",
        )
        match resolution:
            case Resolved(query=query):
                result = self.layer.run(
                    query, question.principal, today=today, language=question.language
                )
                with timed(seconds, "follow_ups"):
                    follow_ups = tuple(self._follow_ups(query, question, reader))
                return replace(
                    stages,
                    status="answered",
                    result=result,
                    follow_ups=follow_ups,
                    compared=compared_by_default(result, self.layer, question),
                )
            case Clarification(options=choices):
                return replace(
                    stages, status="clarification", options=self._options(choices, question, reader)
                )
            case Refusal(close=choices):
                return replace(stages, options=self._options(choices, question, reader))
            case _:
                assert_never(resolution)

    def _follow_ups(self, query: MetricQuery, question: Question, reader: Reader) -> Iterator[str]:
        """Yield next questions that read back as meant, ran, and gave rows; on large data fewer, for nobody should wait."""
        end = time.perf_counter() + FOLLOW_UP_SECONDS
        found = 0
        for idea in suggest(query, reader.catalog, question.language):
            left = end - time.perf_counter()
            if found == FOLLOW_UPS or left <= 0:
                return
            if self.gives_rows(idea.question, question, reader, seconds=left):
                yield idea.question
                found += 1

    def gives_rows(
        self, text: str, question: Question, reader: Reader, *, seconds: float | None = None
    ) -> bool:
        """Say whether a question can be offered to an asker: it is understood, it runs in time, and there is something to see."""
        result = self._run(text, question, reader, seconds)
        return result is not None and result.table.num_rows > 0

    def _run(
        self, text: str, question: Question, reader: Reader, seconds: float | None = None
    ) -> Result | None:
        intent = read(text, question.language, reader.lexicon)
        resolution = resolve(
            intent, reader.catalog, reader.lexicon, reader.clock, question.language
        )
        if not isinstance(resolution, Resolved):
            return None
        limits = (
            self.layer.limits if seconds is None else replace(self.layer.limits, seconds=seconds)
        )
        try:
            return self.layer.run(
                resolution.query,
                question.principal,
                today=question.today,
                language=question.language,
                limits=limits,
            )
        except WenshuError:
            return None

    def _options(
        self, choices: Sequence[Choice], question: Question, reader: Reader
    ) -> tuple[Option, ...]:
        """Return choices with what each means and, where it can be asked as it stands, the number it gives."""
        found = []
        for choice in choices:
            detail = ""
            if choice.kind == "metric" and choice.name in reader.catalog.metrics:
                description = reader.catalog.metrics[choice.name].spec.description
                number = self._number(choice, question, reader) if choice.question else ""
                said = description.of(question.language)
                detail = " · ".join(part for part in (number, said) if part)
            found.append(
                Option(
                    label=choice.label.of(question.language),
                    detail=detail,
                    question=choice.question,
                )
            )
        return tuple(found)

    def _number(self, choice: Choice, question: Question, reader: Reader) -> str:
        """Return the one number that a choice stands for; empty where its question gives more than that number."""
        result = self._run(choice.question, question, reader)
        if result is None or result.asked.metrics != (MetricUse(metric=choice.name),):
            return ""
        if result.asked.group_by or result.asked.compare:
            return ""
        kpis = self._answered(result, question.principal, question.language, (), (), {}).kpis
        return kpis[0].value if kpis else ""

    def card(self, answer: Answer, language: Language) -> Card:
        """Word an answer in a language."""
        principal = answer.question.principal
        if answer.result is not None:
            result = answer.result
            if language != answer.question.language and result.query is not None:
                asked = result.query
                result = self.layer.run(asked, principal, today=answer.today, language=language)
            assumptions = (
                answer.resolution.assumptions if isinstance(answer.resolution, Resolved) else ()
            )
            card = self._answered(
                result, principal, language, assumptions, answer.follow_ups, answer.seconds
            )
            if answer.compared is None:
                return card
            beside = view_of(answer.compared, self._words_of(principal)[0], language)
            return replace(card, kpis=compared_tiles(card.kpis, beside))
        if answer.failure is not None:
            return self._failure_card(answer, answer.failure, language)
        match answer.resolution:
            case Clarification(code=code, facts=facts, word=word):
                catalog = self._words_of(principal)[0]
                return message_card(
                    code,
                    language,
                    {"word": word, **facts},
                    answer.options,
                    "clarification",
                    catalog,
                )
            case Refusal(code=code, facts=facts):
                catalog = self._words_of(principal)[0]
                return message_card(code, language, facts, answer.options, "refused", catalog)
            case _:
                return message_card("error", language, {}, (), "error")

    def _failure_card(self, answer: Answer, failure: WenshuError, language: Language) -> Card:
        try:
            catalog = self._words_of(answer.question.principal)[0]
        except WenshuError:
            catalog = None
        return message_card(failure.code, language, failure.facts, (), answer.status, catalog)

    def _answered(
        self,
        result: Result,
        principal: Principal,
        language: Language,
        assumptions: Sequence[Notice],
        follow_ups: Sequence[str],
        seconds: dict[str, float],
    ) -> Card:
        return answered_card(
            result,
            self._words_of(principal)[0],
            language=language,
            principal=principal,
            assumptions=assumptions,
            follow_ups=follow_ups,
            seconds=seconds,
        )
