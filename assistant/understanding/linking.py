"""The asker's words linked to catalog names and real members; two holders are asked back, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.intent import GroupAsked, Mention, MetricAsked, ValueAsked
from assistant.understanding.choices import Choices, asking
from assistant.understanding.lexicon import MemberName
from assistant.understanding.outcome import Clarification, Refusal, Unsettled
from assistant.understanding.text import key_of
from assistant.understanding.words import complete, nouns
from semantic_layer.catalog import Catalog
from semantic_layer.labels import Labels
from semantic_layer.result import Notice


@dataclass(slots=True, kw_only=True)
class Linker(Choices):
    """Links the words of one question; collects what it had to assume."""

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

    def candidates(self, asked: ValueAsked, metrics: Sequence[str]) -> tuple[MemberName, ...]:
        """Return the members that words may name, of fields that every metric reaches.

        Raises:
            Unsettled: There is none.
        """
        held = self._by_every_way(self.lexicon.guess(asked.mention.words).members)
        if asked.field is not None:
            fields = set(self.lexicon.guess(asked.field.words).fields)
            held = tuple(item for item in held if item.field in fields)
            if not held:
                raise Unsettled(self._unknown_member(asked, fields))
        reached = tuple(item for item in held if self._reached(item.field, metrics))
        if not reached:
            raise Unsettled(self._not_reachable(asked.mention, held[0].field, metrics))
        return reached

    def member(self, asked: ValueAsked, held: Sequence[MemberName]) -> tuple[MemberName, ...]:
        """Return the one member of the candidates; several only where they share one name of one field.

        Raises:
            Unsettled: They are of unrelated fields, or have different names.
        """
        words = asked.mention.words
        names = self.preferred(tuple(dict.fromkeys(item.field for item in held)))
        found = tuple(item for item in held if item.field in names)
        if len(names) > 1:
            options = tuple(self.qualified(asked.mention, item) for item in found)
            raise Unsettled(Clarification(code="ambiguous_member", word=words, options=options))
        if len(found) > 1:
            key = key_of(words)
            if not all(key in map(key_of, item.label.texts()) for item in found):
                options = tuple(self.member_choice(asked.mention, item) for item in found)
                raise Unsettled(Clarification(code="did_you_mean", word=words, options=options))
            self.notices.append(
                Notice(code="namesakes", facts={"word": words, "count": len(found)})
            )
        self._note_guess(words, found[0].label)
        return found

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
            options.append(asking(choice, self.with_words(asked.mention, words)))
        raise Unsettled(
            Clarification(code="which_field", word=asked.mention.words, options=tuple(options[:6]))
        )

    def _field(self, mention: Mention, held: Sequence[str], metrics: Sequence[str]) -> str:
        reached = tuple(name for name in held if self._reached(name, metrics))
        if not reached:
            raise Unsettled(self._not_reachable(mention, held[0], metrics))
        names = self.preferred(reached)
        if len(names) > 1:
            options = tuple(self.replaced(mention, self.field_choice(name)) for name in names)
            raise Unsettled(
                Clarification(code="ambiguous_field", word=mention.words, options=options)
            )
        return names[0]

    def preferred(self, names: tuple[str, ...]) -> tuple[str, ...]:
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
