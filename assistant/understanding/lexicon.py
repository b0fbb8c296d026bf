"""The lexicon: every word that names a metric, a field or a member, in both languages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from assistant.understanding.close_words import CloseWords
from assistant.understanding.text import is_han, key_of, normalise
from assistant.understanding.words import count_forms, grammar, role_forms
from semantic_layer.catalog import BoundField, BoundMetric, Catalog
from semantic_layer.governance import successor_of
from semantic_layer.labels import Labels
from semantic_layer.members import Member


@dataclass(frozen=True, slots=True)
class MemberName:
    """A member by its field and value, with what it is called."""

    field: str
    value: str | int | float | bool | None
    label: Labels


@dataclass(frozen=True, slots=True)
class Holders:
    """Everything that one word names; `entities` are the datasets whose rows it names (订单, orders)."""

    metrics: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    members: tuple[MemberName, ...] = ()
    entities: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.metrics or self.fields or self.members or self.entities)


NOBODY = Holders()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Words by key; built once for a catalog and the members that the asker may see.

    Attributes:
        words: Key → what it names.
        longest: First unit of a key → the numbers of units that such keys have, longest first.
        cased: Keys that are also grammar words (OR, ME, In) → the spellings that mean the member.
        close: The index for words that are not found.
        homes: Field of a second way → the same field by the default way.
        datasets: Field → the dataset that declares it.
        targets: Metrics that others are held against.
    """

    words: Mapping[str, Holders]
    longest: Mapping[str, tuple[int, ...]]
    cased: Mapping[str, frozenset[str]]
    close: CloseWords = field(repr=False)
    homes: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)
    targets: frozenset[str] = frozenset()

    @classmethod
    def build(cls, catalog: Catalog, members: Iterable[Member]) -> Lexicon:
        """Index a catalog and members; what is not in them cannot be understood."""
        words: dict[str, Holders] = {}
        for name, metric in catalog.metrics.items():
            for key in _keys(_metric_texts(metric)):
                held = words.get(key, NOBODY)
                words[key] = replace(held, metrics=(*held.metrics, name))
        for name, item in catalog.fields.items():
            for key in _keys(_field_texts(item)):
                held = words.get(key, NOBODY)
                words[key] = replace(held, fields=(*held.fields, name))
        _add_names(words, catalog)
        _hand_over(words, catalog)
        _add_roles(words, catalog)
        _add_entities(words, catalog)
        members = tuple(members)
        cased = _add_members(
            words, (*members, *_declared(catalog, {item.field for item in members}))
        )
        default = {
            (item.dataset, item.key): item.name for item in catalog.fields.values() if not item.role
        }
        return cls(
            words=words,
            longest=_longest(words),
            cased=cased,
            close=CloseWords.build(words),
            homes={
                name: default[item.dataset, item.key]
                for name, item in catalog.fields.items()
                if item.role is not None and (item.dataset, item.key) in default
            },
            datasets={name: item.dataset for name, item in catalog.fields.items()},
            targets=frozenset(
                metric.spec.target.metric
                for metric in catalog.metrics.values()
                if metric.spec.target is not None and metric.spec.target.metric is not None
            ),
        )

    def find(self, text: str) -> Holders:
        """Return what a text names exactly, inflection aside."""
        return self.words.get(key_of(text), NOBODY)

    def guess(self, text: str) -> Holders:
        """Return what a text names exactly, or what it clearly misspells or is the only name to contain."""
        key = key_of(text)
        if key in self.words:
            return self.words[key]
        near = self.close.misspelt(key)
        if near is not None:
            return self.words[near]
        # A part of a name is taken for the name only where it can hardly be a common word.
        named = len(key.replace(" ", "")) >= 4 if is_han(key) else text[:1].isupper()
        parts = self.part_of(text) if named else ()
        return Holders(members=parts) if len(parts) == 1 else NOBODY

    def part_of(self, text: str) -> tuple[MemberName, ...]:
        """Return the few members whose name contains a text, or none where there are many or the text is short."""
        needle = key_of(text)
        if is_han(needle) and len(needle) < 5:
            return ()
        found = [
            member for key in self.close.containing(needle) for member in self.words[key].members
        ]
        unique = tuple({(item.field, item.value): item for item in found}.values())
        return unique if len(unique) <= 5 else ()

    def counts(self, text: str) -> tuple[str, ...]:
        """Return the metrics that are called the number of something."""
        for form in count_forms(text.strip()):
            metrics = self.find(form).metrics
            if metrics:
                return metrics
        return ()

    def belongs(self, members: Iterable[MemberName], fields: Iterable[str]) -> bool:
        """Say whether one of the members is of one of the fields, by any way to its dataset."""
        homes = {self.homes.get(name, name) for name in fields}
        return any(self.homes.get(member.field, member.field) in homes for member in members)

    def is_target(self, metrics: Iterable[str]) -> bool:
        """Say whether the metrics are plans that others are held against."""
        names = tuple(metrics)
        return bool(names) and self.targets.issuperset(names)

    def metrics_with(self, text: str) -> tuple[str, ...]:
        """Return the metrics that have a word in their names (退货 → 退货率, 退货件数), or none where there are many."""
        keys = self.close.containing(key_of(text), limit=60)
        found = tuple(dict.fromkeys(name for key in keys for name in self.words[key].metrics))
        return found if len(found) <= 6 else ()

    def nearest(self, text: str) -> tuple[Holders, ...]:
        """Return what the most similar words name, best first."""
        return tuple(self.words[key] for key in self.close.nearest(key_of(text)))


def _keys(texts: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(key for key in map(key_of, texts) if key))


def _metric_texts(metric: BoundMetric) -> tuple[str, ...]:
    return (*metric.spec.label.texts(), *metric.spec.synonyms.texts())


def _field_texts(item: BoundField) -> tuple[str, ...]:
    texts = _texts(item)
    if item.role is None:
        return texts
    # A second way to a dataset is meant only where its role is named as well; "home port" alone is its port.
    role = item.role.replace("_", " ")
    own = (*texts, item.key.replace("_", " "))
    alone = (role,) if any(key_of(role).endswith(key_of(text)) for text in own) else ()
    return (*alone, *(f"{role} {text}" for text in own))


def _add_names(words: dict[str, Holders], catalog: Catalog) -> None:
    """Let catalog names stand for themselves where no label or synonym takes the word."""
    taken = frozenset(words)
    for name in catalog.metrics:
        key = key_of(name.replace("_", " "))
        if key and key not in taken:
            held = words.get(key, NOBODY)
            words[key] = replace(held, metrics=(*held.metrics, name))
    for name, item in catalog.fields.items():
        key = key_of(item.key.replace("_", " "))
        if key and key not in taken and item.role is None:
            held = words.get(key, NOBODY)
            words[key] = replace(held, fields=(*held.fields, name))
        full = key_of(name.replace("_", " "))
        if full not in words:
            words[full] = Holders(fields=(name,))


def _hand_over(words: dict[str, Holders], catalog: Catalog) -> None:
    """Give a word that a deprecated metric shares with its successor to the successor alone."""
    successors = {name: successor_of(name, catalog) for name in catalog.metrics}
    for key, held in words.items():
        kept = tuple(name for name in held.metrics if successors[name] not in held.metrics)
        if len(kept) < len(held.metrics):
            words[key] = replace(held, metrics=kept)


def _add_roles(words: dict[str, Holders], catalog: Catalog) -> None:
    """Let an owner's word beside a field's word name the second way (the customer's city), where nothing else does."""
    for relationship in catalog.definitions.relationships:
        owners = [
            text
            for item in catalog.fields.values()
            if item.source == relationship.from_.dataset and relationship.role is not None
            for text in _texts(item)
        ]
        for name, item in catalog.fields.items():
            if item.role is None or item.role != relationship.role:
                continue
            for owner in owners:
                for key in _keys(form for text in _texts(item) for form in role_forms(owner, text)):
                    words.setdefault(key, Holders(fields=(name,)))


def _add_entities(words: dict[str, Holders], catalog: Catalog) -> None:
    for name, dataset in catalog.datasets.items():
        texts = (*dataset.spec.label.texts(), *dataset.spec.synonyms.texts())
        for key in _keys(texts):
            held = words.get(key, NOBODY)
            words[key] = replace(held, entities=(*held.entities, name))


def _texts(item: BoundField) -> tuple[str, ...]:
    return (*item.spec.label.texts(), *item.spec.synonyms.texts())


def _add_members(words: dict[str, Holders], members: Iterable[Member]) -> dict[str, frozenset[str]]:
    cased: dict[str, frozenset[str]] = {}
    grammar_words = grammar()
    for member in members:
        name = MemberName(member.field, member.value, _shown(member))
        texts = [*member.labels.values(), *member.synonyms]
        if isinstance(member.value, str):
            texts.append(member.value)
        for text in dict.fromkeys(texts):
            key = "" if text.isdecimal() else key_of(text)
            if not key or key.replace(" ", "").isdecimal():
                continue
            if key in grammar_words and key.isascii():
                cased[key] = cased.get(key, frozenset()) | {text}
            held = words.get(key, NOBODY)
            if name not in held.members:
                words[key] = replace(held, members=(*held.members, name))
    return cased


def _declared(catalog: Catalog, read: Collection[str]) -> Iterator[Member]:
    """Yield the members that definitions name, of fields whose members are not read from the data."""
    for name, item in catalog.fields.items():
        if item.role is not None or name in read or item.datatype not in {"String", "Boolean"}:
            continue
        for key, spec in item.spec.values.items():
            value = key == "true" if item.datatype == "Boolean" else key
            labels = {
                language: text for language, text in (("zh", spec.zh), ("en", spec.en)) if text
            }
            if key != "null":
                yield Member(field=name, value=value, labels=labels, synonyms=spec.synonyms.texts())


def _shown(member: Member) -> Labels:
    """Return a member's name in each language; a value in Chinese is its own Chinese name."""
    value = str(member.value)
    zh, en = member.labels.get("zh", ""), member.labels.get("en", "")
    return Labels(zh=zh or (value if is_han(value) or not en else en), en=en or value)


def _longest(words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for key in words:
        parts = key.split(" ")
        lengths.setdefault(parts[0], set()).add(len(parts))
    return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}


def plural(words: str) -> bool:
    """Say whether an English word stands in the plural."""
    normal = normalise(words).replace("’", "'").removesuffix("'s")
    return normal.isascii() and normal.split()[-1:] != key_of(words).split()[-1:]
