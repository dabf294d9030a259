"""`make test`: runs what the machine can, then lists what it could not run and why; with REQUIRE=all that list is a failure."""

import os
import sys
from collections import Counter

import pytest


class NotRun:
    """Collects the reason of every skipped test."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the reason a test gave for not running."""
        if report.skipped:
            self.reasons[str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not run as a whole."""
        if report.skipped:
            self.reasons[str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)] += 1


def main() -> int:
    """Run the tests; 1 when one fails, or when REQUIRE=all and one could not run."""
    collector = NotRun()
    workers = os.environ.get("WORKERS", "2")
    status = pytest.main(["-n", workers, "--dist", "loadfile", "--durations=10", *sys.argv[1:]], plugins=[collector])
    for reason, count in sorted(collector.reasons.items()):
        print(f"not run: {count} x {reason.removeprefix('Skipped: ')}")
    if collector.reasons and os.environ.get("REQUIRE") == "all":
        print("REQUIRE=all: a test that could not run is a failure.")
        return 1
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
