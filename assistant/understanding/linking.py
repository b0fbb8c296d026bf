"""The asker's words linked to catalog names and real members; two holders are asked back, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.intent import GroupAsked, Mention, MetricAsked, ValueAsked
from assistant.question import Language
from assistant.understanding.lexicon import Lexicon, MemberName
from assistant.understanding.outcome import Choice, Clarification, Refusal, Unsettled
from assistant.understanding.text import key_of
from assistant.understanding.words import complete, nouns
from semantic_layer.catalog import Catalog
from semantic_layer.labels import Labels
from semantic_layer.result import Notice


@dataclass(slots=True, kw_only=True)
class Linker:
    """Links the words of one question; collects what it had to assume."""

    text: str
    catalog: Catalog
    lexicon: Lexicon
    language: Language
    notices: list[Notice] = field(default_factory=list)

    def metric(self, asked: MetricAsked) -> str:
        """Return the metric that words name.

        Raises:
            Unsettled: Several metrics hold the words.
        """
        words = asked.mention.words
        held = self.lexicon.counts(words) if asked.counted else self.lexicon.guess(words).metrics
        if len(held) > 1:
            options = tuple(self.replaced(asked.mention, self.metric_choice(name)) for name in held)
            raise Unsettled(Clarification(code="ambiguous_metric", word=words, options=options))
        self._note_guess(words, self.catalog.metric(held[0]).label)
        return held[0]

    def group(self, asked: GroupAsked, metrics: Sequence[str]) -> str:
        """Return the field that words name and that every metric reaches."""
        if asked.open is not None:
            return self._open(asked, metrics)
        words = asked.mention.words
        held = self.lexicon.guess(words).fields
        name = self._field(asked.mention, held, metrics)
        self._note_guess(words, self.catalog.field(name).label)
        return name

    def member(self, asked: ValueAsked, metrics: Sequence[str]) -> MemberName:
        """Return the one member that words name, of a field that every metric reaches."""
        words = asked.mention.words
        held = self._by_every_way(self.lexicon.guess(words).members)
        if asked.field is not None:
            fields = set(self.lexicon.guess(asked.field.words).fields)
            held = tuple(item for item in held if item.field in fields)
            if not held:
                raise Unsettled(self._unknown_member(asked, fields))
        reached = tuple(item for item in held if self._reached(item.field, metrics))
        if not reached:
            raise Unsettled(self._not_reachable(asked.mention, held[0].field, metrics))
        names = self._preferred(tuple(dict.fromkeys(item.field for item in reached)))
        reached = tuple(item for item in reached if item.field in names)
        if len(names) > 1:
            raise Unsettled(
                Clarification(
                    code="ambiguous_member",
                    word=words,
                    options=tuple(self._qualified(asked.mention, item) for item in reached),
                )
            )
        if len(reached) > 1:
            raise Unsettled(
                Clarification(
                    code="did_you_mean",
                    word=words,
                    options=tuple(self.member_choice(asked.mention, item) for item in reached),
                )
            )
        self._note_guess(words, reached[0].label)
        return reached[0]

    def _by_every_way(self, held: Sequence[MemberName]) -> tuple[MemberName, ...]:
        """Add the same members as seen through second ways to their dataset: a role has no members of its own."""
        found = list(held)
        for item in held:
            home = self.catalog.field(item.field)
            found += [
                MemberName(other.name, item.value, item.label)
                for other in self.catalog.fields.values()
                if other.role is not None and (other.dataset, other.key) == (home.dataset, home.key)
            ]
        return tuple(dict.fromkeys(found))

    def metric_choice(self, name: str) -> Choice:
        """Return a metric as a choice."""
        return Choice(kind="metric", name=name, label=self.catalog.metric(name).label)

    def field_choice(self, name: str) -> Choice:
        """Return a field as a choice."""
        return Choice(kind="field", name=name, label=self.catalog.field(name).label)

    def member_choice(self, mention: Mention, item: MemberName) -> Choice:
        """Return a member as a choice whose question has its name in place of the words."""
        return Choice(
            kind="member",
            name=str(item.value),
            label=item.label,
            field=item.field,
            question=self._with(mention, item.label.of(self.language)),
        )

    def close_to(self, mention: Mention) -> tuple[Choice, ...]:
        """Return what the words might have meant, best first."""
        choices: dict[tuple[str, str], Choice] = {}
        for holders in self.lexicon.nearest(mention.words):
            found = [self.replaced(mention, self.metric_choice(name)) for name in holders.metrics]
            found += [self.replaced(mention, self.field_choice(name)) for name in holders.fields]
            found += [self.member_choice(mention, item) for item in holders.members]
            for choice in found:
                choices.setdefault((choice.kind, choice.name), choice)
        return tuple(choices.values())[:3]

    def fields_for(self, metrics: Sequence[str]) -> tuple[str, ...]:
        """Return the fields worth offering that every metric reaches: hierarchies first, no dates, no second ways."""
        levels = [name for levels in self.catalog.hierarchies.values() for name in levels]
        ranks = {name: rank for rank, name in reversed(list(enumerate(levels)))}
        reached = [
            name
            for name, item in self.catalog.fields.items()
            if item.role is None
            and item.datatype not in {"Date", "DateTime"}
            and self._reached(name, metrics)
        ]
        return tuple(sorted(reached, key=lambda name: ranks.get(name, len(levels))))

    def words_for(self, choice: Choice) -> str:
        """Return words that name only this choice, in the asker's language where there are any."""
        if choice.kind == "metric":
            synonyms = self.catalog.metric(choice.name).spec.synonyms
        else:
            synonyms = self.catalog.field(choice.name).spec.synonyms
        own = synonyms.zh if self.language == "zh" else synonyms.en
        for words in (
            choice.label.of(self.language),
            *own,
            *choice.label.texts(),
            *synonyms.texts(),
        ):
            held = self.lexicon.find(words)
            if choice.kind == "metric" and held.metrics == (choice.name,) and not held.fields:
                return words
            if choice.kind == "field" and held.fields == (choice.name,) and not held.metrics:
                return words
        return choice.name

    def completed(self, form: str, choices: Iterable[Choice]) -> tuple[Choice, ...]:
        """Return choices whose questions are this one, completed by each of them."""
        return tuple(
            self._asking(
                choice, complete(form, self.language, name=self.words_for(choice), text=self.text)
            )
            for choice in choices
        )

    def _open(self, asked: GroupAsked, metrics: Sequence[str]) -> str:
        """Find the field that who or where means."""
        kinds = nouns(asked.open or "person")
        reached = self.fields_for(metrics)
        named = [name for name in reached if _is_called(self.catalog, name, kinds)]
        levels = {name for levels in self.catalog.hierarchies.values() for name in levels}
        named = [name for name in named if name in levels] or named
        if len(named) == 1:
            label = self.catalog.field(named[0]).label.of(self.language)
            facts = {"word": asked.mention.words, "label": label}
            self.notices.append(Notice(code="understood_as", facts=facts))
            return named[0]
        options = []
        for name in named or reached:
            choice = self.field_choice(name)
            words = complete("which", self.language, name=self.words_for(choice))
            options.append(self._asking(choice, self._with(asked.mention, words)))
        raise Unsettled(
            Clarification(code="which_field", word=asked.mention.words, options=tuple(options[:6]))
        )

    def _field(self, mention: Mention, held: Sequence[str], metrics: Sequence[str]) -> str:
        reached = tuple(name for name in held if self._reached(name, metrics))
        if not reached:
            raise Unsettled(self._not_reachable(mention, held[0], metrics))
        names = self._preferred(reached)
        if len(names) > 1:
            options = tuple(self.replaced(mention, self.field_choice(name)) for name in names)
            raise Unsettled(
                Clarification(code="ambiguous_field", word=mention.words, options=options)
            )
        return names[0]

    def _preferred(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Keep the default way before a role, and the coarser level of one hierarchy."""
        default = tuple(name for name in names if self.catalog.field(name).role is None)
        names = default or names
        for levels in self.catalog.hierarchies.values():
            if len(names) > 1 and set(names) <= set(levels):
                return (min(names, key=levels.index),)
        return names

    def _reached(self, name: str, metrics: Sequence[str]) -> bool:
        return all(self.catalog.reaches(metric, name) for metric in metrics)

    def _not_reachable(self, mention: Mention, name: str, metrics: Sequence[str]) -> Refusal:
        metric = next(item for item in metrics if not self.catalog.reaches(item, name))
        possible = [self.field_choice(field) for field in self.fields_for(metrics)][:8]
        return Refusal(
            code="not_reachable",
            facts={
                "word": mention.words,
                "metric": self.catalog.metric(metric).label,
                "field": self.catalog.field(name).label,
            },
            close=tuple(self.replaced(mention, choice) for choice in possible),
        )

    def _unknown_member(self, asked: ValueAsked, fields: set[str]) -> Refusal:
        label = next((self.catalog.field(name).label for name in sorted(fields)), Labels())
        near = [choice for choice in self.close_to(asked.mention) if choice.field in fields]
        return Refusal(
            code="unknown_member",
            facts={"word": asked.mention.words, "field": label},
            close=tuple(near),
        )

    def _qualified(self, mention: Mention, item: MemberName) -> Choice:
        """Return a member's field as a choice that puts the field's word before the member's."""
        choice = self.field_choice(item.field)
        return self._asking(
            choice, self._with(mention, f"{self.words_for(choice)} {mention.words}")
        )

    def replaced(self, mention: Mention, choice: Choice) -> Choice:
        """Return a choice whose question has words for it alone in place of a mention."""
        return self._asking(choice, self._with(mention, self.words_for(choice)))

    def _with(self, mention: Mention, words: str) -> str:
        """Return the question with other words in place of a mention."""
        before, after = self.text[: mention.start], self.text[mention.end :]
        left = " " if before and _both_latin(before[-1], words[0]) else ""
        right = " " if after and _both_latin(words[-1], after[0]) else ""
        return f"{before}{left}{words}{right}{after}"

    @staticmethod
    def _asking(choice: Choice, question: str) -> Choice:
        return Choice(
            kind=choice.kind,
            name=choice.name,
            label=choice.label,
            field=choice.field,
            question=question,
        )

    def _note_guess(self, words: str, label: Labels) -> None:
        if not self.lexicon.find(words) and not self.lexicon.counts(words):
            self.notices.append(
                Notice(
                    code="understood_as",
                    facts={"word": words, "label": label.of(self.language)},
                )
            )


def _is_called(catalog: Catalog, name: str, nouns: Iterable[str]) -> bool:
    """Say whether a field's name has one of the nouns in it; English ones as whole words."""
    item = catalog.field(name)
    keys = [key_of(text) for text in (*item.label.texts(), *item.spec.synonyms.texts())]
    return any(f" {key_of(noun)} " in f" {key} " for noun in nouns for key in keys)


def _both_latin(left: str, right: str) -> bool:
    return left.isascii() and left.isalnum() and right.isascii() and right.isalnum()
