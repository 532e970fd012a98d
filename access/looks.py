"""How a state of access looks on a page: its word, tone and icon."""

from access.models import CourseAccess
from common import state_look


def look_of(state: str) -> dict[str, str]:
    """Return word, tone and icon of a state that the rules evaluated, in the active language."""
    look = state_look.look_of(model="courseaccess", value=state)
    word = dict(CourseAccess.State.choices).get(state, state)
    return {"word": str(word), "tone": look.tone, "icon": look.icon}
