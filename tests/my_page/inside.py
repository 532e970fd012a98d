"""A browser in which a student is inside, the way a student gets there: asked, mailed, pressed."""

import re

from django.core import mail
from django.test import Client
from django.urls import reverse

from students import entry_mail


def browser():
    return Client(headers={"Accept-Language": "en"})


def ask(email, client=None):
    return (client or browser()).post(reverse("my-ask"), {"email": email})


def mailed(email):
    """Return the path of the newest link that was mailed to an address."""
    entry_mail.mail_links()
    letters = [letter for letter in mail.outbox if letter.to == [email]]
    return re.search(r"/my/open/\S+", str(letters[-1].body)).group()


def link_of(student):
    ask(student.letter_address)
    return mailed(student.letter_address)


def come_in(student):
    client = browser()
    answer = client.post(link_of(student))
    assert answer.status_code == 303
    assert answer.headers["Location"] == reverse("my-page")
    return client


def read(client, query="?lang=en"):
    answer = client.get(reverse("my-page") + query)
    assert answer.status_code == 200
    return answer.content.decode()
