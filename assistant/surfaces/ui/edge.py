"""The edge: what may come in, who it is from, and what every reply carries.

Gradio opens many routes that this page does not need; some of them run functions outside the queue or
hand out files. Only the routes on the list below exist for a browser.
"""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from assistant.surfaces.ui.strings import page_text

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from assistant.question import Language
    from assistant.surfaces.ui.sessions import Session, Sessions

SESSION = "wenshu.session"
LARGEST_BODY = 1_000_000

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio compiles the templates of gr.HTML with `new Function`; without 'unsafe-eval' the page dies.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}

_OPEN = re.compile(
    r"/$|/(healthz|readyz|config/?|theme\.css|favicon\.ico|manifest\.json|robots\.txt)$"
    r"|/(api/v1|wenshu-static|static|assets|svelte)/"
    r"|/gradio_api/(queue/(join|data)|heartbeat/[\w-]+|startup-events|theme\.css|cancel)/?$"
)
_WITHOUT_SESSION = re.compile(
    r"/(healthz|readyz|favicon\.ico|manifest\.json|robots\.txt)$|/(wenshu-static|static|assets|svelte)/"
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Edge:
    """Middleware around everything, Gradio included."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the session found and the reply's headers set."""
        if scope["type"] != "http":
            # Lifespan passes; the page uses no websocket.
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        extra = dict(_HEADERS)
        refusal = _refusal(scope, headers)
        if refusal is None and not _WITHOUT_SESSION.match(scope["path"]):
            scope[SESSION] = self._session(scope, headers, extra)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(extra)
            await send(message)

        await (refusal or self._app)(scope, receive, send_with_headers)

    def _session(self, scope: Scope, headers: Headers, extra: dict[str, str]) -> Session:
        """Find the asker's session or open one; a token that we did not issue is never taken on."""
        name = _cookie_name(scope)
        session = self._sessions.find(_cookie(headers, name))
        if session is None:
            token, session = self._sessions.open(preferred_language(headers))
            extra["set-cookie"] = f"{name}={token}; Path=/; HttpOnly; SameSite=Strict"
        return session


def preferred_language(headers: Headers) -> Language:
    """Return the page language that a browser asks for; Chinese where it does not say."""
    first = headers.get("accept-language", "zh").split(",")[0].strip().lower()
    return "zh" if first.startswith("zh") or first in {"", "*"} else "en"


def _refusal(scope: Scope, headers: Headers) -> PlainTextResponse | None:
    language = preferred_language(headers)
    # A name other than loopback in Host means that a foreign site pointed its name at this machine.
    if _hostname(f"//{headers.get('host', '')}") not in _LOOPBACK:
        return PlainTextResponse(page_text("ui_not_here", language), 400)
    if not _OPEN.match(scope["path"]):
        return PlainTextResponse(page_text("ui_not_here", language), 404)
    if scope["method"] not in {"GET", "HEAD", "POST"}:
        return PlainTextResponse("", 405)
    if scope["method"] == "POST":
        return _refused_post(headers, language)
    return None


def _refused_post(headers: Headers, language: Language) -> PlainTextResponse | None:
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return PlainTextResponse(page_text("ui_refused_origin", language), 403)
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return PlainTextResponse(page_text("ui_refused_origin", language), 403)
    length = headers.get("content-length", "")
    if not length.isdigit():
        return PlainTextResponse("", 411)
    return PlainTextResponse("", 413) if int(length) > LARGEST_BODY else None


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _cookie_name(scope: Scope) -> str:
    # Cookies are shared by all ports of a machine; two servers must not take each other's.
    server = scope.get("server") or ("", 0)
    return f"wenshu_{server[1]}"


def _cookie(headers: Headers, name: str) -> str | None:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return morsel.value if morsel else None
