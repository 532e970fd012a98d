"""The rules of docs/look.md that a program can check."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR, "static/mutq")
TEMPLATES = Path(settings.BASE_DIR, "templates")
TOKENS = (STATIC / "tokens.css").read_text()
SYMBOLS = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text()))
STYLES = "".join(path.read_text() for path in STATIC.glob("*.css"))


def colours(start):
    [block] = re.findall(start + r" \{(.*?)\n *\}", TOKENS, re.DOTALL)[:1]
    return dict(re.findall(r"--mq-([a-z0-9-]+): (#[0-9a-f]{6});", block))


ROOT, SYSTEM_DARK, ADMIN_DARK = colours(r":root"), colours(r"\.mq-root"), colours(r"\n\.dark")
SCHEMES = {"light": ROOT, "dark": ROOT | SYSTEM_DARK}
PAIRS = [
    *product(["ink", "ink-2", "ink-3", "accent-text"], ["surface", "bg", "sunken"]),
    *[(tone, f"{tone}-soft") for tone in ["good", "wait", "warn", "bad", "mute"]],
    *product(["good", "wait", "warn", "bad", "mute"], ["surface", "bg"]),
    *[("ink", f"{tone}-soft") for tone in ["good", "wait", "warn", "bad", "mute"]],
    ("accent-text", "accent-soft"),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
]


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(scheme, text, ground):
    assert contrast(SCHEMES[scheme][text], SCHEMES[scheme][ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_border_of_a_field_can_be_seen(scheme):
    assert contrast(SCHEMES[scheme]["line-strong"], SCHEMES[scheme]["surface"]) >= 3


def test_dark_is_the_same_for_the_system_and_the_admin():
    assert SYSTEM_DARK == ADMIN_DARK
    assert len(ADMIN_DARK) > 20


def test_colours_stand_in_the_tokens_alone():
    others = [path for path in STATIC.glob("*.css") if path.name != "tokens.css"]
    assert [path.name for path in others if re.search(r"#[0-9a-fA-F]{3,8}\b", path.read_text())] == []


def test_every_token_that_is_used_is_defined():
    used = set(re.findall(r"var\(--(mq-[a-z0-9-]+)", STYLES))
    assert used - set(re.findall(r"--(mq-[a-z0-9-]+):", STYLES)) == set()


def test_every_class_of_ours_in_a_template_has_a_style():
    styled = set(re.findall(r"\.(mq-[a-z0-9-]+)", STYLES))
    without_style = {"mq-scope", "mq-root"}
    for path in TEMPLATES.rglob("*.html"):
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text())
        names = {name for value in re.findall(r'class="([^"]*)"', text) for name in value.split()}
        used = {name for name in names if re.fullmatch(r"mq-[a-z0-9-]*[a-z0-9]", name)}
        assert used - styled - without_style == set(), path.name


def test_every_symbol_that_is_drawn_exists():
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        drawn = set(re.findall(r'{% icon "([a-z]+)"', text)) | set(re.findall(r'\bicon="([a-z]+)"', text))
        assert drawn - SYMBOLS == set(), path.name


def test_templates_need_no_inline_script_or_style_and_no_host_but_ours():
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=\"|\sstyle=\"", text), path.name
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), path.name
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", STYLES)


def test_what_a_page_loads_is_light():
    page = ["tokens.css", "page.css", "components.css", "controls.css", "records.css"]
    ours = [*page, "icons.svg", "favicon.svg", "copy.js", "print.js"]
    htmx = 52_000  # htmx 2 as django-htmx brings it; only pages that poll load it
    assert sum((STATIC / name).stat().st_size for name in ours) + htmx < 95_000
