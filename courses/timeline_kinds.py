"""What happens to an enrollment, as sentences."""

from django.utils.translation import gettext_lazy as _

from students import telling

KINDS = {
    "enrolled": telling.kind("enrollment", "group", _("Enrolled for %(period)s")),
    "enrollment_ended": telling.kind("enrollment", "flag", _("Enrollment ended")),
    "transferred": telling.kind(
        "enrollment",
        "swap",
        _(
            "Moved to another group: %(used)s used, %(carried)s taken along, %(price)s asked there, %(owed)s left to pay, "
            "%(credit)s kept as credit"
        ),
    ),
}
