"""What happens to an enrollment, as sentences."""

from django.utils.translation import gettext_lazy as _

from students import telling

KINDS = {
    "enrolled": telling.kind("enrollment", "group", _("Enrolled for %(period)s")),
    "enrollment_ended": telling.kind("enrollment", "flag", _("Enrollment ended")),
    "pause_made": telling.kind(
        "enrollment",
        "pause",
        _("Learning pause from %(first_day)s to %(last_day)s; everything after it moves"),
    ),
    "pause_shortened": telling.kind(
        "enrollment", "pause", _("Learning pause shortened: it ends on %(last_day)s")
    ),
    "pause_cancelled": telling.kind(
        "enrollment", "pause", _("Learning pause cancelled: all days are where they were")
    ),
    "pause_began": telling.kind("enrollment", "pause", _("The learning pause has begun")),
    "pause_over": telling.kind("enrollment", "open", _("The learning pause is over")),
    "transferred": telling.kind(
        "enrollment",
        "swap",
        _(
            "Moved to another group: %(used)s used, %(carried)s taken along, %(price)s asked there, %(owed)s left to pay, "
            "%(credit)s kept as credit"
        ),
    ),
}
