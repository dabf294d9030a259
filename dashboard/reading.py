"""What statements are told with, for pages and paper alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.formats import Formats


@dataclass(frozen=True)
class Reader:
    """What statements are told with: how to write, the zone of days, what scopes are called, the names of people."""

    write: Formats
    zone: ZoneInfo
    named: Callable[[str], str]
    names: Mapping[str, str]

    def name(self, key: str) -> str:
        """Who a key stands for, or the key itself."""
        return self.names.get(key, key)

    def day(self, moment: datetime) -> str:
        """The day of a moment where the company is."""
        return self.write.full_day(moment.astimezone(self.zone).date())
