"""The PostgreSQL server of one test run."""

import tempfile
from pathlib import Path

from config.local.postgres import Cluster


def start_test_cluster() -> Cluster:
    """Start an empty throwaway server in a temporary folder and return it, running.

    Call it once in the process that controls the test run and give the addresses to the others; end with
    `remove()`. The kernel stops the server when that process is killed.
    """
    cluster = Cluster(folder=Path(tempfile.mkdtemp(prefix="mutq-tests-")), throwaway=True)
    cluster.start()
    return cluster
