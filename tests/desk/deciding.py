"""Deciding a task the way a person does: open the end, read its effect, confirm."""

import html as markup
import re

from django.urls import reverse

from students.models import OperatorTask
from tests.backoffice.people import words_of


def only_task(**facts):
    return OperatorTask.objects.exclude(state="resolved").get(**facts)


def effect(client, task, code, **data):
    """Return the words of the page that shows what an end would do, and the mark of what was shown."""
    address = reverse("desk-resolve", args=[task.pk, code])
    answer = client.post(address, {**data, "show": "1"}) if data else client.get(address)
    html = answer.content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', html)
    return markup.unescape(words_of(html)), seen.group(1) if seen else ""


def decide(client, task, code, reason="agreed with the student", **data):
    """Read the effect and confirm it; return the answer."""
    _words, seen = effect(client, task, code, **data)
    return client.post(
        reverse("desk-resolve", args=[task.pk, code]), {**data, "reason": reason, "do": "1", "seen": seen}
    )
