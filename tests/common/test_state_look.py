import re
from pathlib import Path

import django_fsm
import pytest
from django.apps import apps
from django.conf import settings

from common import state_look

SPRITE = Path(settings.BASE_DIR, "static/mutq/icons.svg").read_text()
SYMBOLS = set(re.findall(r'<symbol id="([a-z]+)"', SPRITE))
STATES = [
    (model._meta.model_name, value)
    for model in apps.get_models()
    for field in model._meta.get_fields()
    if isinstance(field, django_fsm.FSMField)
    for value, _label in field.choices or []
]


@pytest.mark.parametrize(("model", "value"), STATES)
def test_no_state_was_forgotten(model, value):
    assert state_look.look_of(model=model, value=value) != state_look.NEUTRAL


def test_every_look_is_a_tone_and_a_symbol_that_exist():
    for look in [*state_look.LOOKS.values(), state_look.NEUTRAL]:
        assert look.tone in {"good", "wait", "warn", "bad", "mute"}
        assert look.icon in SYMBOLS


def test_a_word_may_look_different_on_another_record():
    assert state_look.look_of(model="courseaccess", value="open").tone == "good"
    assert state_look.look_of(model="operatortask", value="open").tone == "warn"
