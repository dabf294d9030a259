"""Charts: pure functions from small frames and texts to a `Picture`."""

from dashboard.charts.bars import bars, contributions
from dashboard.charts.bullet import bullet_rows
from dashboard.charts.change import change
from dashboard.charts.curve import curve
from dashboard.charts.deliveries import deliveries
from dashboard.charts.grammar import Picture
from dashboard.charts.groups import dots
from dashboard.charts.matrix import matrix
from dashboard.charts.outlook import equally_likely, histogram
from dashboard.charts.review import review_rows
from dashboard.charts.thread import PICK, thread
from dashboard.charts.trend import xmr

__all__ = [
    "PICK",
    "Picture",
    "bars",
    "bullet_rows",
    "change",
    "contributions",
    "curve",
    "deliveries",
    "dots",
    "equally_likely",
    "histogram",
    "matrix",
    "review_rows",
    "thread",
    "xmr",
]
