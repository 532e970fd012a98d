"""The one way in which local commands say no."""

import sys
from typing import NoReturn


class Refusal(Exception):  # noqa: N818 -- an answer, not a failure of ours
    """One sentence that names the thing in the way and the remedy; shown without a traceback."""


def refuse(refusal: Refusal) -> NoReturn:
    """End this process with exit code 1 and the refusal's sentence on standard error."""
    sys.stderr.write(f"{refusal}\n")
    raise SystemExit(1)
