"""Chromium for the tests marked `browser`; where it is not installed they are left out, and the run says so."""

import shutil
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """
    One browser for a file of tests.

    Playwright keeps an event loop in this thread, which makes Django suspect that a test is asynchronous; so the loop ends with
    the file, and until then Django is told that all is well.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("left out for want of Chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def school(chromium, world, live_server, settings):
    """The small school of `world`, served at an address that browser and bank can reach."""
    settings.PUBLIC_URL = live_server.url
    cache.clear()
    return world


@pytest.fixture
def phone(chromium: Browser, school) -> Iterator[BrowserContext]:
    """A student's phone that has never been here and prefers no language."""
    context = chromium.new_context(viewport=PHONE, has_touch=True)
    yield context
    context.close()
