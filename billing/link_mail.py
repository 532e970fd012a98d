"""A payment link by e-mail, in the student's language."""

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from billing import link_words, links
from billing.models import PaymentLink
from students import timeline


def send_payment_link(*, link_id: int, actor: timeline.Actor, is_ending: bool = False) -> None:
    """
    Send an active link to the student, or to a minor's representative, and say so in the timeline (without the address).

    With `is_ending` the subject says that its time is nearly over. The mail is sent outside any transaction. Raises LinkRefused
    when the link is not active or there is no address. Repeating sends again.
    """
    link = PaymentLink.objects.select_related("student", "course", "group", "invoice").get(pk=link_id)
    if link.state != PaymentLink.State.ACTIVE:
        raise links.LinkRefused(_("Only an active link can be sent."))
    if not link.student.letter_address:
        raise links.LinkRefused(
            _("The student has no e-mail address. Write it down first, or copy the link."), field="email"
        )
    language = link.student.language
    with translation.override(language):
        text = render_to_string(
            "mail/payment_link.txt",
            link_words.words_of(link, language),
        )
        subject = (
            _("Your link to pay for %(course)s ends soon") if is_ending else _("Payment for %(course)s")
        ) % {"course": link.course.title}
    EmailMessage(subject=subject, body=text, to=[link.student.letter_address]).send()
    timeline.record(
        [links.event(link, "link_end_told" if is_ending else "link_sent", actor, channel="email")]
    )
