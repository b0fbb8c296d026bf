from __future__ import annotations

from assistant.llm.base import LanguageModel, Message, ModelRequest
from assistant.llm.fake import FakeModel


def test_fake_is_a_language_model_that_remembers() -> None:
    fake = FakeModel(reply=lambda request: request.messages[-1].text.upper())
    model: LanguageModel = fake
    request = ModelRequest(messages=(Message(role="user", text="hello"),))

    reply = model.complete(request)

    assert (reply.text, reply.finish_reason) == ("HELLO", "stop")
    assert fake.requests == [request]
