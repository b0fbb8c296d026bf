"""The page's own routes: cards, charts, exports, the shell, the viewer switch, and asking by REST."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict

from assistant.question import Language
from assistant.surfaces.ui.desk import Desk
from assistant.surfaces.ui.edge import SESSION
from assistant.surfaces.ui.export import csv_text
from assistant.surfaces.ui.render import card_html, shell_html
from assistant.surfaces.ui.sessions import Session, StoredAnswer
from assistant.surfaces.ui.static_files import static_file
from assistant.surfaces.ui.strings import page_text

_LOG = logging.getLogger(__name__)
_PRIVATE = {"cache-control": "no-store"}
_LONG = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}


class AskRequest(BaseModel):
    """What `POST /api/v1/ask` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    lang: Language | None = None


class ViewerRequest(BaseModel):
    """Whose eyes to look through."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str


def session_of(request: Request) -> Session:
    """Return the session that the edge found for a request."""
    session: Session = request.scope[SESSION]
    return session


AskingSession = Annotated[Session, Depends(session_of)]
ShownLanguage = Annotated[Language | None, Query(alias="lang")]


def kept_answer(key: str, session: AskingSession) -> StoredAnswer:
    """Return an answer of this session; of any other, it does not exist."""
    stored = session.find(key)
    if stored is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, page_text("ui_expired", session.language))
    return stored


KeptAnswer = Annotated[StoredAnswer, Depends(kept_answer)]


def build_routes(desk: Desk) -> APIRouter:
    """Make every route of the page that is not Gradio's."""
    router = APIRouter()
    _add_answer_routes(router, desk)
    _add_page_routes(router, desk)
    _add_health_routes(router, desk)
    return router


def _add_answer_routes(router: APIRouter, desk: Desk) -> None:
    @router.post("/api/v1/ask")
    def ask(body: AskRequest, session: AskingSession) -> JSONResponse:
        stored, _ = desk.ask(session, body.question, body.lang)
        if stored.answer is None:
            error = {"status": "error", "message": page_text("ui_error", session.language)}
            return JSONResponse(error, HTTPStatus.INTERNAL_SERVER_ERROR, headers=_PRIVATE)
        place = {"content-location": f"/api/v1/answers/{stored.key}/card"}
        return JSONResponse(stored.answer.to_json(), headers=_PRIVATE | place)

    @router.get("/api/v1/answers/{key}/card")
    def card(stored: KeptAnswer, session: AskingSession, lang: ShownLanguage = None) -> Response:
        worded = desk.card(stored, lang or session.language)
        return HTMLResponse(card_html(worded, stored.key), headers=_PRIVATE)

    @router.get("/api/v1/answers/{key}/chart")
    def chart(stored: KeptAnswer, session: AskingSession, lang: ShownLanguage = None) -> Response:
        spec = desk.card(stored, lang or session.language).chart
        if spec is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, page_text("ui_not_here", session.language))
        return JSONResponse(dict(spec), headers=_PRIVATE)

    @router.get("/api/v1/answers/{key}/export.csv")
    def export(stored: KeptAnswer, session: AskingSession, lang: ShownLanguage = None) -> Response:
        table = desk.card(stored, lang or session.language).table
        if table is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, page_text("ui_not_here", session.language))
        headers = _PRIVATE | {"content-disposition": 'attachment; filename="wenshu.csv"'}
        return Response(csv_text(table), media_type="text/csv; charset=utf-8", headers=headers)


def _add_page_routes(router: APIRouter, desk: Desk) -> None:
    @router.get("/api/v1/shell")
    def shell(session: AskingSession, lang: ShownLanguage = None) -> Response:
        language = lang or session.language
        welcome = desk.welcome(session, language)
        principals = desk.assistant.principals
        return HTMLResponse(
            shell_html(welcome, principals, session.viewer, language), headers=_PRIVATE
        )

    @router.post("/api/v1/viewer")
    def viewer(body: ViewerRequest, request: Request, session: AskingSession) -> Response:
        # Every browser sends Origin with a POST; the edge has compared it with our own address.
        if "origin" not in request.headers:
            raise HTTPException(
                HTTPStatus.FORBIDDEN, page_text("ui_refused_origin", session.language)
            )
        chosen = next((one for one in desk.assistant.principals if one.name == body.name), None)
        if chosen is None:
            raise HTTPException(
                HTTPStatus.NOT_FOUND, page_text("ui_unknown_viewer", session.language)
            )
        session.look_as(chosen)
        return JSONResponse({"viewer": chosen.name}, headers=_PRIVATE)

    @router.get("/wenshu-static/{name}")
    def static(name: str, request: Request) -> Response:
        found = static_file(name)
        if found is None:
            return PlainTextResponse("", HTTPStatus.NOT_FOUND)
        if "gzip" in request.headers.get("accept-encoding", ""):
            packed = _LONG | {"content-encoding": "gzip"}
            return Response(found.packed, media_type=found.media_type, headers=packed)
        return Response(found.plain, media_type=found.media_type, headers=_LONG)


def _add_health_routes(router: APIRouter, desk: Desk) -> None:
    @router.get("/healthz")
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @router.get("/readyz")
    def readyz() -> PlainTextResponse:
        try:
            desk.assistant.welcome(desk.assistant.principals[0], "en")
        # Whatever keeps the assistant from greeting makes it not ready; the cause goes to the log.
        except Exception:
            _LOG.exception("not ready")
            return PlainTextResponse("not ready", HTTPStatus.SERVICE_UNAVAILABLE)
        return PlainTextResponse("ready")
