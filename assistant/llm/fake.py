"""A language model for tests: a function that remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.llm.base import ModelReply, ModelRequest


@dataclass
class FakeModel:
    """Answers with a function and remembers every request."""

    reply: Callable[[ModelRequest], str]
    requests: list[ModelRequest] = field(default_factory=list)

    def complete(self, request: ModelRequest) -> ModelReply:
        """Answer a request with the function's text."""
        self.requests.append(request)
        return ModelReply(text=self.reply(request), finish_reason="stop")
