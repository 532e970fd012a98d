"""What a process does in the races of the own page."""

from billing import own_link, wishes
from common.errors import DomainError
from students import entering, entry_mail


def pay(*, student_id, installment_id):
    found = own_link.link_to_pay(student_id=student_id, installment_id=installment_id)
    return found.link.pk if found.link else None


def press(*, token):
    try:
        return entering.open_entry(token=token).pk
    except entering.EntryRefused:
        return None


def wish(**facts):
    try:
        return wishes.ask(**facts).pk
    except DomainError:
        return None


def mail_links():
    return entry_mail.mail_links()
