"""The page as a web application, and the server that runs it on this machine only."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from typing import TYPE_CHECKING

import fastapi
import gradio as gr
import uvicorn

from assistant.surfaces.ui.desk import Desk
from assistant.surfaces.ui.edge import SESSION, Edge
from assistant.surfaces.ui.page import build_page, head, theme
from assistant.surfaces.ui.routes import build_routes
from assistant.surfaces.ui.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.surfaces.ui.contract import AssistantLike
    from assistant.surfaces.ui.sessions import Session


class ServeError(Exception):
    """The page cannot be served as asked."""


class PortInUse(ServeError):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use")
        self.port = port


class NotLoopback(ServeError):
    """The host is not this machine alone; the page has no login and must not be reached from elsewhere."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host!r} is not a loopback address")
        self.host = host


def create_app(assistant: AssistantLike) -> fastapi.FastAPI:
    """Build the application: our routes, Gradio at the root, the edge around both."""
    desk = Desk(assistant=assistant, sessions=Sessions(assistant.principals[0]))
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(build_routes(desk))
    _within_a_loop(lambda: _mount(app, desk))
    app.add_middleware(Edge, sessions=desk.sessions)
    return app


def _mount(app: fastapi.FastAPI, desk: Desk) -> None:
    page = build_page(desk)
    # Gradio looks at uploads' paths only once it believes to be launched; mounted, nothing else sets
    # this, and without it a forged message reads any file of this process.
    page.has_launched = True
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        auth_dependency=_asker,
        show_error=False,
        max_file_size="1kb",
        enable_monitoring=False,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        theme=theme(),
        head=head(),
    )


def serve(
    assistant: AssistantLike, host: str, port: int, ready: Callable[[str], None] | None = None
) -> None:
    """Serve the page until the process is told to stop.

    Args:
        assistant: Answers the questions.
        host: A loopback address or `localhost`.
        port: 0 takes any free port.
        ready: Called with the page's address once it can be opened.

    Raises:
        NotLoopback: The host could be reached from another machine.
        PortInUse: The port is taken.
    """
    listening = _listen(host, port)
    config = uvicorn.Config(
        create_app(assistant),
        log_level="warning",
        access_log=False,
        server_header=False,
        # Open event streams would hold the end of the process for ever.
        timeout_graceful_shutdown=2,
    )
    taken = listening.getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    _Server(config, f"http://{name}:{taken}/", ready).run(sockets=[listening])


def _within_a_loop(build: Callable[[], None]) -> None:
    """Build while an event loop runs: without one Gradio opens one per lock and closes none."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:

        async def building() -> None:
            build()

        asyncio.run(building())
    else:
        build()


class _Server(uvicorn.Server):
    """A server that says when it can be reached."""

    def __init__(
        self, config: uvicorn.Config, address: str, ready: Callable[[str], None] | None
    ) -> None:
        super().__init__(config)
        self._address = address
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready is not None and self.started:
            self._ready(self._address)


def _listen(host: str, port: int) -> socket.socket:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(host)
    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            raise PortInUse(port) from error
        raise
    return listening


def _asker(request: fastapi.Request) -> str | None:
    session: Session | None = request.scope.get(SESSION)
    return session.name if session is not None else None
