"""The demo company's departments: Ardenmoor, an invented home-energy and repair service."""

from dataclasses import dataclass

COMPANY = "Ardenmoor Home Energy"
ROOT = "ardenmoor"


@dataclass(frozen=True)
class Unit:
    """One department: its share of the people (per mille), the level of most of them, and the middle of their pay."""

    id: str
    name: str
    parent: str
    function: str
    people: int
    level: str = "director"
    salary: int = 120_000


UNITS = (
    Unit(ROOT, "Ardenmoor", "", "board", 2, salary=190_000),
    Unit("customers", "Customer division", ROOT, "division", 2),
    Unit("operations", "Operations", ROOT, "division", 2),
    Unit("corporate", "Corporate services", ROOT, "division", 2),
    Unit("service", "Service desk", "customers", "service", 250, "agent", 38_000),
    Unit("complaints", "Complaints and recovery", "customers", "service", 52, "agent", 42_000),
    Unit("digital", "Digital channels", "customers", "digital", 58, "specialist", 62_000),
    Unit("sales", "Sales and advice", "customers", "sales", 105, "adviser", 48_000),
    Unit("field_north", "Field service North", "operations", "field", 165, "engineer", 44_000),
    Unit("field_south", "Field service South", "operations", "field", 165, "engineer", 44_000),
    Unit("planning", "Planning and logistics", "operations", "planning", 72, "planner", 41_000),
    Unit("finance", "Finance and billing", "corporate", "finance", 55, "specialist", 56_000),
    Unit("hr", "People and culture", "corporate", "hr", 32, "specialist", 54_000),
    Unit("it", "Information technology", "corporate", "it", 38, "specialist", 66_000),
)
AT = {unit.id: at for at, unit in enumerate(UNITS)}
PARENT = tuple(AT.get(unit.parent, -1) for unit in UNITS)
MOVES = {"service": "complaints", "complaints": "service", "field_north": "field_south", "field_south": "field_north"}
SPLITS = {"service": "complaints", "digital": "it", "field_north": "field_south"}
REGIONS = {"north": "field_north", "east": "field_north", "south": "field_south", "coast": "field_south"}
SEGMENTS = {"home": 0.62, "landlord": 0.18, "small business": 0.14, "key account": 0.06}
