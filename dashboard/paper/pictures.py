"""Charts on paper: the same pictures as on pages, in the light theme, as SVG."""

import json
from dataclasses import dataclass
from functools import lru_cache

import vl_convert

from dashboard.charts import Picture

WIDTH = 470  # the text width of an upright page, in points
FONT = "Libertinus Serif"
ROLES = (
    "#33475B", "#8A6100", "#00639C", "#9E2E37", "#7A838D", "#EFECE3", "#E2DDCF", "#55606E", "#1F2A37", "#FFFFFF",
)  # fmt: skip
THEME = {"background": None, "font": FONT, "text": {"font": FONT}, "range": {"category": list(ROLES)}}


@dataclass(frozen=True)
class Sized:
    """A picture with its size on paper in points; the height its own where none is named."""

    picture: Picture
    width: int = WIDTH
    height: int = 0


def svg(each: Sized) -> str:
    """The picture at its size; each distinct one is drawn once a process."""
    rows = {name: [dict(row) for row in held] for name, held in each.picture.rows.items()}
    size = {"width": each.width, "height": each.height or each.picture.height}
    return _drawn(json.dumps({**each.picture.spec, **size, "datasets": rows}, sort_keys=True))


@lru_cache(512)
def _drawn(spec: str) -> str:
    return str(vl_convert.vegalite_to_svg(spec, config=THEME, allowed_base_urls=[]))
