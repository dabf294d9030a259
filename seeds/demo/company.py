"""The demo company: Ardenmoor Home Energy, invented. Fourteen departments in three levels, regions, segments, channels."""

from dataclasses import dataclass
from datetime import date

NAME = "Ardenmoor Home Energy"
ROOT = "ardenmoor"


@dataclass(frozen=True)
class Unit:
    """One department: people per mille, the level of most of them, and the middle of their yearly pay in euro."""

    id: str
    name: str
    parent: str
    function: str
    people: int
    level: str
    salary: int


UNITS = (
    Unit(ROOT, "Ardenmoor", "", "board", 3, "director", 160_000),
    Unit("customers", "Customer division", ROOT, "division", 3, "manager", 82_000),
    Unit("operations", "Operations", ROOT, "division", 3, "manager", 82_000),
    Unit("corporate", "Corporate services", ROOT, "division", 3, "manager", 82_000),
    Unit("service", "Service desk", "customers", "service", 252, "agent", 38_000),
    Unit("complaints", "Complaints and recovery", "customers", "service", 56, "agent", 42_000),
    Unit("digital", "Digital channels", "customers", "digital", 58, "developer", 62_000),
    Unit("sales", "Sales and advice", "customers", "sales", 105, "adviser", 48_000),
    Unit("field_north", "Field service North", "operations", "field", 165, "engineer", 44_000),
    Unit("field_south", "Field service South", "operations", "field", 165, "engineer", 44_000),
    Unit("planning", "Planning and logistics", "operations", "planning", 62, "planner", 41_000),
    Unit("finance", "Finance and billing", "corporate", "finance", 55, "specialist", 56_000),
    Unit("hr", "People and culture", "corporate", "hr", 32, "hr", 54_000),
    Unit("it", "Information technology", "corporate", "it", 38, "developer", 66_000),
)
AT = {unit.id: at for at, unit in enumerate(UNITS)}
MOVES = {"service": "complaints", "complaints": "service", "field_north": "field_south", "field_south": "field_north"}
SPLITS = {"service": "complaints", "digital": "it", "field_south": "planning"}
REGIONS = {"north": "field_north", "east": "field_north", "south": "field_south", "coast": "field_south"}
REGION_SHARES = (0.29, 0.22, 0.30, 0.19)
SEGMENTS = ("household", "landlord", "small business", "social housing")
SEGMENT_SHARES = (0.64, 0.13, 0.12, 0.11)
CASE_CHANNELS = {"phone": 0.46, "email": 0.17, "chat": 0.18, "web": 0.10, "app": 0.06, "visit": 0.03}
REASONS = ("no heat", "bill", "appointment", "meter", "contract", "leak", "other")

# What is planted, and since when: seeds/demo/stories.py tells it, the generators follow it, the tests find it.
SLIP_REGION, SLIP_SINCE = "coast", date(2026, 8, 31)
PULL_SINCE = date(2026, 3, 2)
BURSTS = ((date(2026, 6, 26), date(2026, 6, 30)), (date(2026, 9, 26), date(2026, 9, 30)))
APP_SINCE = date(2026, 4, 13)
QUEUES_SINCE = date(2026, 7, 1)
LEFT_OUT_SINCE = date(2026, 6, 1)
