"""
The pictures of the README, taken from a demo school of their own: `make shots`.

Starts a whole throwaway Mutq with the demo school, walks through it as a manager, a student on a phone and a support person,
and writes docs/images/*.png.
"""

import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from config.local import data_folder, ports
from config.local.installation import Installation
from config.local.stopping import StopWatch
from tests.browser.conftest import FLAGS, PROGRAMS

IMAGES = data_folder.ROOT / "docs" / "images"
DESK = ViewportSize(width=1280, height=960)
PHONE = ViewportSize(width=390, height=844)
LONGEST_BYTES = 200_000
LATE_PAYER = (
    "from students.models import TimelineEvent;"
    "print(TimelineEvent.objects.filter(kind='link_paid', data__late=True).latest('id').student_id)"
)


class School:
    """A running Mutq with the demo school in it, and what the terminal says of that."""

    def __init__(self, installation: Installation, guide: str) -> None:
        self.installation = installation
        self.url = installation.url
        self._guide = guide

    def told(self, words: str) -> str:
        """Return the last word of the line that has these words."""
        return next(line for line in self._guide.splitlines() if words in line).split()[-1]

    def find(self, code: str) -> str:
        """Return what a line of code in Django's shell prints."""
        return self.installation.manage("shell", "-v0", "-c", code).split()[-1]


def main() -> None:
    """Take every picture; leave nothing but the files."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit(
            "Chromium is not installed: install it (on Debian `apt install chromium`), then repeat the command."
        )
    IMAGES.mkdir(exist_ok=True)
    with _school() as school, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        address = _as_manager(browser, school)
        _as_student(browser, address)
        _as_support(browser, school)
        browser.close()


@contextmanager
def _school() -> Iterator[School]:
    data = Path(tempfile.mkdtemp(prefix="mutq-shots-"))
    with data_folder.occupy(data):
        school = Installation(
            data=data,
            port=ports.choose_free_port(),
            sandbox_port=ports.choose_free_port(),
            watch=StopWatch(),
            throwaway=True,
        )
        try:
            school.start_database()
            school.start_sandbox()
            school.manage("migrate", "--no-input")
            school.wait_for_sandbox()
            told = school.manage("load_demo")
            school.start_web()
            school.start_background()
            school.wait_for_web()
            yield School(school, told)
        finally:
            school.remove()
            shutil.rmtree(data, ignore_errors=True)


def _as_manager(browser: Browser, school: School) -> str:
    """Take the start page and the page of a link; return the address of a link that can be paid."""
    context = _log_in(browser, school, "manager")
    page = context.new_page()
    page.goto(f"{school.url}/admin/")
    _shoot(page, "manager-start")
    address = school.told("in Armenian")
    token = address.rstrip("/").rpartition("/")[2][:10]
    link = school.find(
        f"from billing.models import PaymentLink as L; print(L.objects.get(token_id='{token}').pk)"
    )
    page.goto(f"{school.url}/admin/billing/paymentlink/{link}/change/")
    _shoot(page, "manager-link")
    context.close()
    return address


def _as_student(browser: Browser, address: str) -> None:
    """Pay a link on a phone, at the bank's page too."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address)
    _shoot(page, "pay-phone")
    page.locator("button.mq-primary").click()
    page.locator("[data-outcome=pay]").first.click()
    expect(page.locator("[data-mq-print]")).to_be_visible(timeout=60_000)
    _shoot(page, "paid-phone")
    context.close()


def _as_support(browser: Browser, school: School) -> None:
    """Take the page of the student whose money came late."""
    context = _log_in(browser, school, "support")
    page = context.new_page()
    page.goto(f"{school.url}/students/{school.find(LATE_PAYER)}/")
    _shoot(page, "support-timeline")
    context.close()


def _log_in(browser: Browser, school: School, role: str) -> BrowserContext:
    context = browser.new_context(viewport=DESK, locale="en-GB")
    page = context.new_page()
    page.goto(f"{school.url}/admin/login/")
    page.fill("input[name=username]", role)
    page.fill("input[name=password]", school.told("Password of all"))
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{school.url}/admin/")
    page.close()
    return context


def _shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    if path.stat().st_size > LONGEST_BYTES:
        sys.exit(
            f"{path} has {path.stat().st_size} bytes; a picture of the README has at most {LONGEST_BYTES}."
        )
    print(path.relative_to(data_folder.ROOT), f"{path.stat().st_size // 1000} kB")  # noqa: T201


if __name__ == "__main__":
    main()
