"""Every text is translated, and the compiled files hold what the readable ones say."""

import gettext
import string

import pytest
from babel.messages import pofile

from config.local import messages

LANGUAGES = pytest.mark.parametrize("language", messages.LANGUAGES)


@pytest.fixture(scope="module")
def collected():
    return messages.collect()


def kept(language):
    with messages.path_of(language).open("rb") as file:
        return pofile.read_po(file, locale=language)


def keys(catalog):
    return {(message.context, message.id) for message in catalog if message.id}


def forms(message):
    ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return ids, strings


@LANGUAGES
def test_every_text_of_code_and_templates_is_in_the_file(language, collected):
    assert sorted(keys(collected) - keys(kept(language)), key=str) == []


@LANGUAGES
def test_no_text_is_untranslated_or_guessed(language):
    assert messages.untranslated(kept(language)) == []


@LANGUAGES
def test_translations_keep_the_places_of_values(language):
    """`%(name)s` and `{name}` of the source must stand in the translation too, neither fewer nor others."""
    for message in kept(language):
        ids, strings = forms(message)
        if message.id and "python-format" in message.flags:
            wanted = set().union(*(_percent_fields(text) for text in ids))
            for text in strings:
                assert _percent_fields(text) <= wanted, text
            assert _percent_fields(strings[-1]) == wanted, strings[-1]
        elif message.id and "{" in ids[0] and "}" in ids[0]:
            assert _brace_fields(strings[-1]) == _brace_fields(ids[0]), ids[0]


@LANGUAGES
def test_the_compiled_file_says_the_same(language):
    with messages.path_of(language, ".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in kept(language):
        ids, strings = forms(message)
        if not message.id or not all(strings):
            continue
        if len(ids) > 1:
            for number in range(1, 30):
                assert compiled.ngettext(ids[0], ids[1], number) in strings
        elif message.context:
            assert compiled.pgettext(message.context, ids[0]) == strings[0]
        else:
            assert compiled.gettext(ids[0]) == strings[0]


def test_texts_of_templates_and_code_are_found(tmp_path, monkeypatch):
    (tmp_path / "templates").mkdir()
    (tmp_path / "billing").mkdir()
    (tmp_path / "templates" / "a.html").write_text(
        '{% load i18n %}{% translate "It\'s" %}{% translate "At" context "where" %}'
        "{% blocktranslate count n=n %}one{% plural %}{{ n }} many{% endblocktranslate %}"
    )
    (tmp_path / "billing" / "b.py").write_text('x = _("plain"); y = ngettext_lazy("%s day", "%s days")\n')
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    assert keys(messages.collect()) == {
        (None, "It's"),
        ("where", "At"),
        (None, ("one", "%(n)s many")),
        (None, "plain"),
        (None, ("%s day", "%s days")),
    }


def _percent_fields(text):
    return {piece.split(")")[0] for piece in text.split("%(")[1:]}


def _brace_fields(text):
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name}
