"""Names of things, in each language, as definition files give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

Language = str


class Spec(BaseModel):
    """A section of a definition file: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Labels(Spec):
    """One text for all languages, or one per language."""

    zh: str = ""
    en: str = ""

    def of(self, language: Language) -> str:
        """Return the text in a language, or in the other one where it is missing."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)

    def or_name(self, name: str) -> Labels:
        """Return these texts, or a catalog name where there are none."""
        return self if self.texts() else Labels(zh=name, en=name.replace("_", " "))

    def texts(self) -> tuple[str, ...]:
        """Return every text once."""
        return tuple(dict.fromkeys(text for text in (self.zh, self.en) if text))


def one_text(value: object) -> object:
    """Read one text as the text of every language."""
    return {"zh": value, "en": value} if isinstance(value, str) else value


def _one_list(value: object) -> object:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list | tuple):
        return {"zh": value, "en": value}
    if isinstance(value, Mapping):
        return {key: [text] if isinstance(text, str) else text for key, text in value.items()}
    return value


class Synonyms(Spec):
    """Other words for a thing, by language."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def texts(self) -> tuple[str, ...]:
        """Return every word once."""
        return tuple(dict.fromkeys((*self.zh, *self.en)))


OneOrMany = str | tuple[str, ...]


class SynonymTexts(Spec):
    """Words by language, as files spell them."""

    zh: OneOrMany = ()
    en: OneOrMany = ()


Label = Annotated[Labels, BeforeValidator(one_text, json_schema_input_type=str | Labels)]
Words = Annotated[
    Synonyms, BeforeValidator(_one_list, json_schema_input_type=OneOrMany | SynonymTexts)
]


class Described(Spec):
    """What a dataset, a field or a metric is called."""

    label: Label = Labels()
    synonyms: Words = Synonyms()
    description: Label = Labels()


class MemberSpec(Spec):
    """How one member of a field is called; the member itself is the key."""

    zh: str = ""
    en: str = ""
    synonyms: Words = Synonyms()

    @property
    def label(self) -> Labels:
        """The member's name in each language."""
        return Labels(zh=self.zh, en=self.en)
