"""The page in a real Chromium: a server process, a browser, and nothing that leaves the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

expect.set_options(timeout=20_000)

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Return the browser's program; None where there is none."""
    named = os.environ.get("WENSHU_CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return named or next((path for path in found if path), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none; fail where one must be there (CI)."""
    if chromium() is None and os.environ.get("WENSHU_REQUIRE_BROWSER"):
        raise pytest.UsageError("WENSHU_REQUIRE_BROWSER is set, and there is no Chromium")
    missing = pytest.mark.skip(reason="no Chromium found (install one or set WENSHU_CHROMIUM)")
    for item in items:
        if item.get_closest_marker("browser") and chromium() is None:
            item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return {"executable_path": chromium(), "args": list(QUIET)}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "color_scheme": "light",
        "viewport": {"width": 1440, "height": 900},
    }


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Serve the fake assistant in a process of its own and return its address."""
    command = [sys.executable, "-m", "tests.browser.fake_assistant", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        _wait_for(f"{address}healthz")
        yield address
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def chat(page: Page, server: str) -> Iterator[Page]:
    """Open the page; in the end nothing must have failed in it or asked another machine."""
    problems: list[str] = []
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if urlsplit(request.url).hostname not in {"127.0.0.1", None}:
            elsewhere.append(request.url)

    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", note)
    page.set_default_timeout(30_000)
    page.goto(server)
    page.wait_for_selector("[data-testid=welcome], [data-testid=card]", state="attached")
    page.wait_for_function("typeof WENSHU_BUS === 'function' && document.body.dataset.ready")
    page.wait_for_selector("#ask textarea[placeholder*='2026']")
    yield page
    assert problems == []
    assert elsewhere == []


def _wait_for(address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 our own server
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
