"""What the fault tests share."""

from collections.abc import Callable

import pytest


@pytest.fixture
def time_passes(shift_clock) -> Callable[..., None]:
    """Move the clock of every process on; it never goes back within a test."""
    passed = 0.0

    def pass_time(*, seconds: float) -> None:
        nonlocal passed
        passed += seconds
        shift_clock(seconds=passed)

    return pass_time
