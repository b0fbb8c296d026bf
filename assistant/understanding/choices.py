"""What there is to choose from: metrics, fields and members, each with the question that settles it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from assistant.intent import Mention
from assistant.question import Language
from assistant.understanding.lexicon import Lexicon, MemberName
from assistant.understanding.outcome import Choice
from assistant.understanding.words import complete
from semantic_layer.catalog import Catalog
from semantic_layer.governance import current
from semantic_layer.result import Notice


@dataclass(slots=True, kw_only=True)
class Choices:
    """Words the choices of one question; collects what was assumed on the way."""

    text: str
    catalog: Catalog
    lexicon: Lexicon
    language: Language
    notices: list[Notice] = field(default_factory=list)

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
            question=self.with_words(mention, item.label.of(self.language)),
        )

    def close_to(self, mention: Mention) -> tuple[Choice, ...]:
        """Return what the words might have meant, best first."""
        choices: dict[tuple[str, str], Choice] = {}
        for holders in self.lexicon.nearest(mention.words):
            names = dict.fromkeys(current(name, self.catalog) for name in holders.metrics)
            found = [self.replaced(mention, self.metric_choice(name)) for name in names]
            found += [self.replaced(mention, self.field_choice(name)) for name in holders.fields]
            found += [self.member_choice(mention, item) for item in holders.members]
            for choice in found:
                choices.setdefault((choice.kind, choice.name), choice)
        return tuple(choices.values())[:3]

    def metrics_with(self, words: str) -> tuple[str, ...]:
        """Return the few metrics that have words in their names; successors stand for deprecated ones."""
        found = self.lexicon.metrics_with(words)
        return tuple(dict.fromkeys(current(name, self.catalog) for name in found))

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
            asking(
                choice, complete(form, self.language, name=self.words_for(choice), text=self.text)
            )
            for choice in choices
        )

    def qualified(self, mention: Mention, item: MemberName) -> Choice:
        """Return a member's field as a choice that puts the field's word before the member's."""
        choice = self.field_choice(item.field)
        return asking(choice, self.with_words(mention, f"{self.words_for(choice)} {mention.words}"))

    def replaced(self, mention: Mention, choice: Choice) -> Choice:
        """Return a choice whose question has words for it alone in place of a mention."""
        return asking(choice, self.with_words(mention, self.words_for(choice)))

    def with_words(self, mention: Mention, words: str) -> str:
        """Return the question with other words in place of a mention."""
        before, after = self.text[: mention.start], self.text[mention.end :]
        left = " " if before and _both_latin(before[-1], words[0]) else ""
        right = " " if after and _both_latin(words[-1], after[0]) else ""
        return f"{before}{left}{words}{right}{after}"


def asking(choice: Choice, question: str) -> Choice:
    """Return a choice with the question that it asks."""
    return replace(choice, question=question)


def _both_latin(left: str, right: str) -> bool:
    return left.isascii() and left.isalnum() and right.isascii() and right.isalnum()
