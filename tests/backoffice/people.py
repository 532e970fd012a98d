"""Browsers in which somebody is logged in, and what a person reads on a page."""

import re
from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from students.models import Student


def person(*, role: str = "", rights: Sequence[str] = ()) -> Any:
    """Return a browser (reading English) in which somebody with a role, or with bare rights, is logged in."""
    users = get_user_model().objects
    user = users.create_user(username=f"{role}-{users.count()}", is_staff=True, first_name="Մարիամ")
    if role:
        user.groups.add(Group.objects.get(name=role))
    for right in rights:
        app, codename = right.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client: Any = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    client.user = user
    return client


def page_of(student: Student) -> str:
    return reverse("student-page", args=[student.pk])


def read(client: Any, student: Student, query: str = "") -> str:
    """Return the page of a student as it was sent."""
    answer = client.get(page_of(student) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def words_of(html: str) -> str:
    """Return the text that a person reads, with single plain spaces."""
    text = re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").split())
