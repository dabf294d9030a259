import math
from decimal import Decimal, localcontext

from kpis.amounts import SURE
from kpis.buckets import EDGES


def test_below_the_sure_limit_no_integer_is_near_enough_to_an_edge_for_a_logarithm_to_miss_it() -> None:
    with localcontext(prec=40):
        base = (Decimal(51) / 49).ln()
        near = [value for edge in EDGES.tolist() for value in (edge, edge + 1) if 2 <= value < SURE]
        gaps = [abs(at - at.to_integral_value()) for value in near for at in [Decimal(value).ln() / base]]
        error = Decimal(math.log(SURE)) / base * Decimal(2) ** -51  # four units in the last place of the widest
        assert min(gaps) > 100 * error
