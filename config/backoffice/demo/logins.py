"""One login for each role. They open only when the school is complete, which is how a later run knows that it is."""

import dataclasses

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractUser, Group
from django.db import transaction

from config.backoffice import roles

PASSWORD = "demo-password"  # noqa: S105 -- printed on the terminal; refused outside a demo
PEOPLE = {
    roles.MANAGER: ("Գայանե", "Տեր-Պողոսյան"),
    roles.CASHIER: ("Աշոտ", "Ներսիսյան"),
    roles.SUPPORT: ("Մարինե", "Ադամյան"),
    roles.ACCOUNTANT: ("Ռոբերտ", "Խաչիկյան"),
    roles.ADMINISTRATOR: ("Վարդան", "Սահակյան"),
}


@dataclasses.dataclass(frozen=True)
class Staff:
    """The people of the back office by their role."""

    by_role: dict[str, AbstractUser]

    def __getitem__(self, role: str) -> AbstractUser:
        return self.by_role[role]


def make_staff() -> Staff:
    """Make a person for each role that has none yet, who cannot log in so far. Safe to repeat."""
    users = get_user_model().objects
    staff: dict[str, AbstractUser] = {}
    for role, (first_name, last_name) in PEOPLE.items():
        with transaction.atomic():
            user, made = users.get_or_create(
                username=role,
                defaults={
                    "first_name": first_name,
                    "last_name": last_name,
                    "email": f"{role}@example.am",
                    "is_staff": True,
                },
            )
            if made:
                user.set_unusable_password()
                user.save(update_fields=["password"])
                user.groups.add(Group.objects.get(name=role))
        staff[role] = user
    return Staff(staff)


def open_logins(staff: Staff) -> None:
    """Let everybody in with the demo password, all at once. Safe to repeat; a password that is there stays."""
    password = make_password(PASSWORD)
    with transaction.atomic():
        for user in staff.by_role.values():
            if not user.has_usable_password():
                user.password = password
                user.save(update_fields=["password"])


def are_open() -> bool:
    """Say whether the school was loaded completely before."""
    users = list(get_user_model().objects.filter(username__in=PEOPLE))
    return len(users) == len(PEOPLE) and all(user.has_usable_password() for user in users)
