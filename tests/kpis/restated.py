"""A run that went through everything a run can: sent back, contested, restated, adjusted, held, released, closed four times."""

from datetime import timedelta

from kpis.workflows import disputes, payruns
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.approved import AUDIT, BOARD, HR, SECOND, approve, checked, token
from tests.kpis.small import NOW
from tests.kpis.test_runs import late


def restated(where: Workspace) -> str:
    """A run sent back, contested and granted, closed twice; restated on late data, adjusted by hand, released, closed twice: its id."""
    first, snapshot = checked(where), open_snapshot(where)
    payruns.send_back(snapshot, first.id, "The hours of E5.", BOARD, NOW, token())
    payruns.check(snapshot, first.id, AUDIT, HR, NOW, token())
    opened = disputes.open_(snapshot, first.id, "E1", "own", "Two cases are missing.", "E1", NOW, token())
    approve(where, first.id, AUDIT)
    payruns.close(snapshot, first.id, HR, NOW, token())
    disputes.decide(snapshot, opened.entry, True, "They were.", SECOND, NOW, token(), 1250)
    payruns.close(snapshot, first.id, HR, NOW, token())
    late(where)
    snapshot = open_snapshot(where)
    run, _ = payruns.restate(snapshot, first.id, HR, NOW + timedelta(days=1))
    payruns.decide(snapshot, run.id, 1, "adjust", "Half of the loss is ours.", SECOND, NOW, token(), ["E0"], 500)
    payruns.check(snapshot, run.id, AUDIT, HR, NOW, token())
    approve(where, run.id, AUDIT)
    payruns.close(snapshot, run.id, HR, NOW, token())
    held = next(each for each in payruns.looked(where, run.id).exceptions if "p_3" in each.people)
    payruns.decide(snapshot, run.id, held.number, "pay", "Agreed.", SECOND, NOW, token(), ["E3"])
    payruns.close(snapshot, run.id, HR, NOW, token())
    return run.id
