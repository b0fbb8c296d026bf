"""The seam to a language model: one method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """What a model is asked.

    Attributes:
        messages: The conversation, oldest first.
        schema: A JSON schema that the reply must fit, or None for text.
        deadline: Seconds until the whole reply must be there.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    deadline: float = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """What a model said; only `stop` means that it finished.

    Attributes:
        usage: Tokens by kind, as the server counted them.
    """

    text: str
    finish_reason: str
    usage: Mapping[str, int] = field(default_factory=dict)


class LanguageModel(Protocol):
    """Turns a conversation into a reply."""

    def complete(self, request: ModelRequest) -> ModelReply:
        """Return the reply to a request within its deadline."""
        ...
