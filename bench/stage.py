"""What benchmarks stand on: a PostgreSQL of their own with production's durability, migrated, served by the app role."""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config.local.postgres import Cluster  # noqa: E402 -- the path is set above


@contextlib.contextmanager
def database() -> Iterator[Cluster]:
    """Start a server that keeps every commit, migrate a database, and set the environment for it."""
    with tempfile.TemporaryDirectory(prefix="mutq-bench-") as folder:
        cluster = Cluster(folder=Path(folder) / "postgres")
        cluster.start()
        cluster.create_database("mutq")
        try:
            os.environ.update(
                DJANGO_SETTINGS_MODULE="config.settings",
                MUTQ_ENV="test",
                MUTQ_DATA=folder,
                SECRET_KEY="only-for-benchmarks-0123456789-0123456789",
                DATABASE_URL=cluster.app_url(),
                DATABASE_OWNER_URL=cluster.owner_url(),
                LOG_LEVEL="WARNING",
            )
            subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, check=True)
            yield cluster
        finally:
            cluster.stop()


def interleaved(rounds: int, **variants: Callable[[], int]) -> dict[str, float]:
    """Run the variants in turn, so that noise of the machine meets all of them; return the median seconds per unit of each."""
    seen: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, run in variants.items():
            started = time.perf_counter()
            units = run()
            seen[name].append((time.perf_counter() - started) / units)
    return {name: statistics.median(values) for name, values in seen.items()}


def verdict(name: str, *, floor: float, ours: float, unit: str = "ms") -> None:
    """Print the line that others read: how many times the floor we take."""
    scale = {"ms": 1000, "us": 1_000_000, "s": 1}[unit]
    print(f"{name} ratio={ours / floor:.2f} floor={floor * scale:.3f}{unit} ours={ours * scale:.3f}{unit}")
