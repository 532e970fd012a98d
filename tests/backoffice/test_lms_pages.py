"""The list of what the LMS confirmed: sending again and comparing now, through the pages."""

import pytest
from django.urls import reverse

from access import sync
from access.models import AccessSync
from config.backoffice import roles
from tests.access import lms_sites
from tests.backoffice.people import person, read, words_of

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "admin:access_accesssync_changelist"


@pytest.fixture
def site(sandbox, settings):
    return lms_sites.Site(sandbox, kind="moodle").use(settings)


@pytest.fixture
def opened(world, site):
    link = lms_sites.opened(world)
    sync.sweep()
    return link


def act(client, action):
    chosen = list(AccessSync.objects.values_list("pk", flat=True))
    answer = client.post(reverse(LIST), {"action": action, "_selected_action": chosen}, follow=True)
    return words_of(answer.content.decode())


def test_comparing_now_shows_the_difference_in_the_list_on_the_start_page_and_on_the_students(opened, site):
    support = person(role=roles.SUPPORT)
    site.by_hand("ani", is_active=False)
    assert "Differences in these courses: 1." in act(support, "check_now")
    told = "should be open, is closed there · changed by hand there"
    assert told in words_of(support.get(reverse(LIST)).content.decode())
    start = words_of(support.get(reverse("admin:index")).content.decode())
    assert "Differences with the LMS" in start
    assert told in start
    assert f"LMS: {told}" in words_of(read(support, opened.student))
    assert "Closed by hand in the LMS, although it should be open" in words_of(read(support, opened.student))


def test_sending_again_puts_it_right(opened, site):
    support = person(role=roles.SUPPORT)
    site.by_hand("ani", is_active=False)
    act(support, "check_now")
    assert "To be sent again: 1." in act(support, "send_again")
    sync.sweep()
    assert site.enrolments[0]["is_active"] == 1
    assert "Differences in these courses: 0." in act(support, "check_now")


def test_a_platform_that_does_not_answer_is_said_and_nothing_is_changed(opened, site):
    site.sandbox.fault("fault500", login=site.token)
    found = act(person(role=roles.SUPPORT), "check_now")
    assert "HTTP 500" in found
    assert AccessSync.objects.get().seen_at is None


def test_without_a_platform_the_actions_say_so(opened, settings):
    settings.LMS_KIND = ""
    for action in ("check_now", "send_again"):
        assert "No learning platform is set up." in act(person(role=roles.SUPPORT), action)


def test_who_may_only_look_finds_no_actions(opened, site):
    viewer = person(rights=["access.view_accesssync"])
    site.by_hand("ani", is_active=False)
    act(viewer, "check_now")
    assert AccessSync.objects.get().seen_at is None
    assert "check_now" not in viewer.get(reverse(LIST)).content.decode()
