"""What chance does to one's own payout: a sentence, and 20 dots."""

from collections.abc import Mapping

from dashboard import charts, data, forecasts, money
from dashboard.components import draw, small
from dashboard.words import _, plain
from kpis.workflows.chances import Chance


def draw_chance(slip: money.Slip, likely: Mapping[str, Chance]) -> None:
    """The chance range beside an amount; nothing where a figure is not known of."""
    found, write = likely.get(slip.key), data.formats()
    if found is None or found.range is None or slip.minor is None:
        return
    told = forecasts.chance_sentence(write, found)
    small(plain(told))
    now_is = _("this payout {amount}").format(amount=write.money_headline(slip.minor))
    say = forecasts.say_money(write)
    draw(charts.equally_likely(found.range.dots, slip.minor, title=told, say=say, now_is=now_is))
