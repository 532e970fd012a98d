"""
The roles of people, one table: which right each has and why. A right that is not written here is not given.

The groups are made by a migration (`give_rights`); whoever changes the table adds a migration that calls it again, and a
test compares the table with the database. Programs carry a role too: an API key may do what its role may do.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.utils.translation import gettext_lazy as _

MANAGER = "manager"
CASHIER = "cashier"
SUPPORT = "support"
ACCOUNTANT = "accountant"
ADMINISTRATOR = "administrator"

# How people read the roles; the stored name is the key, so pages show `gettext(group.name)`.
NAMES = {
    MANAGER: _("manager"),
    CASHIER: _("cashier"),
    SUPPORT: _("support"),
    ACCOUNTANT: _("accountant"),
    ADMINISTRATOR: _("administrator"),
}

# What everybody in the back office sees to do any work at all: who studies what, and on which terms.
SEES_STUDIES = {
    "students.view_student": "find the student",
    "students.view_timeline": "see what happened",
    "students.view_crmnote": "see what colleagues wrote down",
    "students.view_payer": "see who pays",
    "courses.view_course": "see what is taught",
    "courses.view_module": "see the parts of a course",
    "courses.view_group": "see dates, places and price",
    "courses.view_lesson": "see when lessons are",
    "courses.view_enrollment": "see who is in which group",
    "courses.view_pause": "see who does not study for a while, and why",
    "courses.view_paymentplan": "see how a price is divided",
    "courses.view_paymentplanversion": "see the plan as it was when promised",
    "access.view_courseaccess": "see whether the course is open",
    "access.view_accessgrant": "see on which ground",
    "access.view_accesssync": "see what the LMS confirmed",
}

# What everybody who answers for money sees. Nobody changes money here: it changes by verbs alone.
SEES_MONEY = {
    "billing.view_invoice": "see what is asked",
    "billing.view_installment": "see what is due when",
    "billing.view_adjustment": "see discounts and credit notes",
    "billing.view_paymentlink": "see which requests are out",
    "billing.view_payment": "see attempts and outcomes",
    "billing.view_paymentlookup": "see what the provider answered",
    "billing.view_reminder": "see which reminders went out, and why not",
}

SEES_REFUNDS = {
    "refunds.view_refundrequest": "see what was asked for and who decided",
    "refunds.view_refund": "see how far the money is",
}

SEES_TERMS = {
    "courses.view_accessrule": "see when courses open and close",
    "courses.view_accessruleversion": "see the rule as it was when promised",
    "courses.view_refundpolicy": "see what is given back",
    "courses.view_refundpolicyversion": "see the policy as it was when promised",
}

WORKS_ON_TASKS = {
    "students.view_operatortask": "see what waits for a person",
    "students.change_operatortask": "take a task and decide it",
}

ROLES: dict[str, dict[str, str]] = {
    MANAGER: SEES_STUDIES
    | SEES_MONEY
    | SEES_REFUNDS
    | SEES_TERMS
    | WORKS_ON_TASKS
    | {
        "students.add_student": "register who wants to study",
        "students.change_student": "correct names and contacts",
        "students.import_students": "bring in a list",
        "students.export_personal_data": "give a student's data to the student, as a file",
        "students.erase_personal_data": "erase who a student was, with a reason, while the money rows stay",
        "students.add_crmnote": "write down what was agreed",
        "students.add_payer": "note who pays for the student",
        "students.change_payer": "correct who pays",
        "courses.add_course": "offer a course",
        "courses.change_course": "describe it, stop offering it",
        "courses.add_module": "divide a course",
        "courses.change_module": "name and price a part",
        "courses.delete_module": "take back a part that nothing refers to",
        "courses.add_group": "open a run",
        "courses.change_group": "set dates, places and price",
        "courses.add_lesson": "plan lessons",
        "courses.change_lesson": "move, hold or cancel a lesson",
        "courses.delete_lesson": "take back a lesson that was planned by mistake",
        "courses.add_enrollment": "enroll a student",
        "courses.transfer_student": "move a student to another group, with a reason",
        "courses.pause_student": "pause a student, end a pause earlier, with a reason",
        "courses.view_pauselimits": "see how long and how often a pause may be",
        "courses.change_pauselimits": "say how long and how often a pause may be",
        "courses.add_paymentplan": "make a plan",
        "courses.change_paymentplan": "rename it, stop offering it",
        "courses.add_paymentplanversion": "change its terms from now on",
        "courses.add_accessrule": "make a rule",
        "courses.change_accessrule": "rename it, stop offering it",
        "courses.add_accessruleversion": "change what payments open from now on",
        "courses.add_refundpolicy": "make a policy",
        "courses.change_refundpolicy": "rename it, stop offering it",
        "courses.add_refundpolicyversion": "change what is given back from now on",
        "courses.view_legalentity": "choose who sells a group's course",
        "billing.add_invoice": "bill an enrollment",
        "billing.move_due_date": "give a student more time, with a reason",
        "billing.give_discount": "lower what is owed, or take that back, with a reason",
        "billing.add_paymentlink": "ask a student to pay",
        "billing.send_paymentlink": "send the request by e-mail",
        "billing.cancel_paymentlink": "take a request back, with a reason",
        "billing.view_reminderstep": "see when students are reminded, and how",
        "billing.add_reminderstep": "remind once more",
        "billing.change_reminderstep": "remind on another day, in other words, or not at all",
        "billing.ask_provider": "settle a doubt about a payment at once",
        "billing.view_merchantaccount": "see why a bank is not offered",
        "billing.resolve_held_payment": "decide about money that differs, with a reason",
        "billing.allocate_credit": "let credit pay another installment",
        "billing.confirm_review": "let in whom the plan wants looked at",
        "access.add_accessgrant": "open a course by hand, with a reason",
        "access.change_accessgrant": "close what was opened by hand, with a reason",
        "access.give_free_place": "let a student study without paying, with a reason",
        "access.send_to_lms": "tell the LMS again",
        "refunds.request_refund": "ask for a refund",
        "refunds.approve_refund": "decide about a refund that a colleague asked for",
        "refunds.withdraw_refund": "take back an approved refund before it is sent",
        "reconciliation.download_reports": "see what is overdue, what went back and who was let in by hand",
    },
    CASHIER: SEES_STUDIES
    | SEES_MONEY
    | SEES_REFUNDS
    | WORKS_ON_TASKS
    | {
        "billing.add_paymentlink": "ask the student at the desk to pay",
        "billing.send_paymentlink": "send the request by e-mail",
        "billing.enter_manual_payment": "enter cash and transfers with their documents",
        "billing.ask_provider": "tell the waiting student whether it is paid",
        "billing.view_merchantaccount": "see why a bank is not offered",
        "refunds.enter_manual_refund": "pay a refund out and note its document",
    },
    # Helps and explains; changes no money, no access and no terms.
    SUPPORT: SEES_STUDIES
    | SEES_MONEY
    | SEES_REFUNDS
    | WORKS_ON_TASKS
    | {
        "students.add_crmnote": "write down what the student said",
        "access.send_to_lms": "tell the LMS again for a student who cannot get in",
        "billing.ask_provider": "settle a doubt about a payment at once",
        "billing.view_merchantaccount": "see why a bank is not offered",
        "refunds.request_refund": "ask for a refund for the student",
    },
    # Reads the books and proves them; may ask a provider because an unknown payment blocks the month.
    ACCOUNTANT: SEES_STUDIES
    | SEES_MONEY
    | SEES_REFUNDS
    | SEES_TERMS
    | WORKS_ON_TASKS
    | {
        "courses.view_legalentity": "tell whose money it is",
        "billing.view_merchantaccount": "tell over which contract it came",
        "billing.view_allocation": "see which money stands for what",
        "billing.view_ledgertransaction": "read the books",
        "billing.view_ledgerline": "read the books",
        "billing.ask_provider": "bring an unknown payment to its end",
        "billing.resolve_held_payment": "decide about money that differs, with a reason",
        "billing.allocate_credit": "let credit pay what is still owed",
        "refunds.enter_manual_refund": "send a refund by bank transfer and note its document",
        "refunds.conclude_refund": "decide about a refund that the bank says nothing of",
        "reconciliation.view_sourcefile": "see which statements came",
        "reconciliation.view_mappingprofile": "see how statements are read",
        "reconciliation.add_mappingprofile": "say how the files of a source are read",
        "reconciliation.load_sourcefile": "load statements and lists of the other sides",
        "reconciliation.view_run": "see what was compared",
        "reconciliation.start_run": "compare now, and be told of each month by e-mail",
        "reconciliation.view_discrepancy": "see what differs",
        "reconciliation.resolve_discrepancy": "decide about a difference, with a reason",
        "reconciliation.view_monthclose": "see which months are closed",
        "reconciliation.close_month": "review and close a month",
        "reconciliation.reopen_month": "open a month again that a colleague closed",
        "reconciliation.download_reports": "read the month's reports and take them as files",
    },
    # Sets the house up and gives rights; bills nobody and opens nothing.
    ADMINISTRATOR: SEES_STUDIES
    | SEES_MONEY
    | SEES_REFUNDS
    | SEES_TERMS
    | WORKS_ON_TASKS
    | {
        "courses.view_legalentity": "see who sells courses",
        "courses.add_legalentity": "set up who sells courses",
        "courses.change_legalentity": "correct its name and tax id",
        "billing.view_merchantaccount": "see contracts with providers",
        "billing.add_merchantaccount": "set up a contract; its secrets stay in the environment",
        "billing.change_merchantaccount": "offer it to students or not",
        "billing.view_webhookdelivery": "see what reached our doors",
        "billing.ask_provider": "see whether a connection works",
        "common.view_apikey": "see which programs come in",
        "common.add_apikey": "let a program in",
        "common.change_apikey": "lock a program out",
        "auth.view_user": "see who works here",
        "auth.add_user": "let a colleague in",
        "auth.change_user": "give roles, lock an account",
        "auth.view_group": "choose a role",
        "courses.pause_student": "pause a student, end a pause earlier, with a reason",
        "courses.backdate_pause": "let a pause begin on a day that is over",
        "refunds.approve_refund": "decide about a refund that a colleague asked for",
        "refunds.approve_large_refund": "approve what is above the policy's limit",
        "reconciliation.view_monthclose": "see which months are closed",
        "reconciliation.reopen_month": "open a month again that somebody else closed",
        "reconciliation.download_reports": "see what is overdue, what went back and who was let in by hand",
        "refunds.withdraw_refund": "take back an approved refund before it is sent",
    },
}


class UnknownRight(LookupError):  # noqa: N818 -- reads as the sentence it is
    """The table names a right that no model declares."""


def give_rights(apps: Any, editor: Any) -> None:
    """
    Make every right that a model declares known, then write the roles: what a migration runs when the table changed.

    All apps, because the table names rights of models whose own migrations may come later in the same run. Safe to repeat.
    """
    for config in installed.get_app_configs():
        create_permissions(config, verbosity=0, interactive=False, using=editor.connection.alias)
    write_roles(apps)


def write_roles(apps: Any) -> None:
    """
    Make the groups hold exactly what the table says, for a migration; `apps` is the migration's registry.

    Rights of an app that has none in the database yet are left to the migration that makes them and calls this again. Raises
    UnknownRight for a right that does not exist. Safe to repeat.
    """
    group_model = apps.get_model("auth", "Group")
    permissions = {
        f"{app_label}.{codename}": pk
        for pk, app_label, codename in apps.get_model("auth", "Permission").objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for role, rights in ROLES.items():
        group, _created = group_model.objects.get_or_create(name=role)
        group.permissions.set(list(_ids(rights, permissions)))


def _ids(rights: dict[str, str], permissions: dict[str, int]) -> Iterator[int]:
    there = {known.split(".")[0] for known in permissions}
    for right in rights:
        if right.split(".")[0] not in there:
            continue
        if right not in permissions:
            raise UnknownRight(f"No model declares the right {right!r}.")
        yield permissions[right]
