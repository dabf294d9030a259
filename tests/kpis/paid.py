"""A company whose third quarter is paid, whose fourth has figures, and whose payouts are mapped for payroll and finance."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from kpis.payroll import mapping
from kpis.workflows.build import build
from kpis.workspace import open_workspace
from tests.kpis.approved import ACCESS, activate, closed
from tests.kpis.small import NOW, company, fill, set_targets

MAPPING = """
[wage_codes]
service = "4010"
"service/own" = "4020"
[cost_centres]
all = "900"
north = "100"
[accounts]
debit = "6020"
credit = "3790"
[layouts.datev]
consultant = "1234567"
client = "123"
"""
RUN = "service.2026-Q3.1"


def close(folder: Path) -> None:
    """Put the plan into force and take its run of the third quarter through every step to its closing."""
    file = folder / "goldenthread.toml"
    file.write_text(file.read_text() + ACCESS)
    where = open_workspace(folder, NOW)
    activate(where)
    assert closed(where).id == RUN


def paid_company(folder: Path) -> Path:
    """The company's folder."""
    where = company(folder)
    close(folder)
    cases = [(place, at, at % 4 < 3) for place in ("north", "south") for at in range(60)]
    rows = [
        {
            "case_id": f"q4{place}{at}", "opened_at": datetime(2026, 10, 5, 9, tzinfo=UTC) + timedelta(days=at % 40),
            "first_contact_resolved": good, "contacts": 1, "department": place, "channel": "phone",
        }
        for place, at, good in cases
    ]  # fmt: skip
    fill(where, "service_cases", rows, "d2")
    build(where)
    (where.root / mapping.FILE).write_text(MAPPING)
    lines = "".join(
        f"  - {{id: q4_{name}, kpi: fcr, scope: '{scope}', period: 2026-Q4, threshold: 60, target: 70, stretch: 80}}\n"
        for name, scope in (("north", "department:north"), ("south", "department:south"))
    )
    set_targets(where, "targets:\n" + lines)
    return where.root
