"""One commit point, completed after a crash; receipts that can be recomputed; and no connection to anywhere."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from data_contracts.commit import complete_all
from data_contracts.contract import parse_contract
from data_contracts.receipts import read_receipts
from data_contracts.verification import verify_receipts
from tests.conftest import ROOT
from tests.data_contracts.conftest import Desk
from tests.data_contracts.test_contract import PLAIN

ANSWERS = "survey_responses"
Answers = Callable[..., str]


class Crash(BaseException):
    """The machine stops here."""


@pytest.mark.parametrize("point", ["validated", "prepared", "committed", "quarantined", "stored"])
def test_a_crash_at_any_point_is_completed_or_never_was(desk: Desk, answers: Answers, point: str) -> None:
    text = answers({}, {"nps": "99"}, {}, {"nps": "5"})

    def crash(reached: str) -> None:
        if reached == point:
            raise Crash(point)

    with pytest.raises(Crash):
        desk.admit(ANSWERS, text, hook=crash)
    complete_all(desk.lake)
    counts = point not in ("validated", "prepared")
    assert len(read_receipts(desk.lake.root)) == counts
    assert len(desk.rows(ANSWERS) if desk.lake.exists(ANSWERS) else []) == 3 * counts
    assert verify_receipts(desk.lake, desk.contracts) == []
    again = desk.admit(ANSWERS, text)
    assert again.state == ("already admitted" if counts else "admitted")
    assert (again.received, again.admitted, again.quarantined) == (4, 3, 1)
    assert len(desk.rows("quarantine/survey_responses")) == 1
    assert verify_receipts(desk.lake, desk.contracts) == []


def test_two_writers_of_one_delivery_admit_it_once(desk: Desk, answers: Answers) -> None:
    path = desk.write(answers({}, {}))
    with ThreadPoolExecutor(4) as pool:
        states = [future.result().state for future in [pool.submit(desk.admit, ANSWERS, path) for _ in range(4)]]
    assert sorted(states) == ["admitted", *["already admitted"] * 3]
    assert len(desk.rows(ANSWERS)) == 2


def test_verify_finds_what_was_changed_behind_the_receipts(desk: Desk, answers: Answers) -> None:
    desk.admit(ANSWERS, answers({}, {"nps": "1"}))
    assert verify_receipts(desk.lake, desk.contracts) == []
    receipt = next((desk.lake.root / "receipts").glob("*.json"))
    receipt.write_text(receipt.read_text().replace('"digest": "', '"digest": "1'))
    assert "rows of digest" in verify_receipts(desk.lake, desk.contracts)[0].expected
    receipt.unlink()
    assert verify_receipts(desk.lake, desk.contracts)[0].expected == "a receipt"


def test_the_digest_does_not_depend_on_the_order_of_rows(desk: Desk, answers: Answers, tmp_path: Path) -> None:
    other = replace(desk, lake=replace(desk.lake, root=tmp_path / "other"))
    rows = [{"response_id": f"x{n}", "nps": str(n)} for n in range(9)]
    assert desk.admit(ANSWERS, answers(*rows)).digest == other.admit(ANSWERS, answers(*reversed(rows))).digest


OFFLINE = """
import sys
seen = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request", "http.client.connect"):
        seen.append(event)
        raise OSError("no network: " + event)
sys.addaudithook(hook)
from datetime import UTC, datetime
from pathlib import Path
from data_contracts.admission import admit
from data_contracts.contract import parse_contract, shipped
from data_contracts.lake import Lake
from tests.data_contracts.keyring import Keyring
folder = Path(sys.argv[1])
(folder / "c.csv").write_text("customer,segment,region,since,key_user,value\\nc1,a,,,,1.5\\nc2,a,,,maybe,1.5\\n")
receipt = admit(Lake(folder / "lake"), parse_contract(shipped()["customers"]), folder / "c.csv", keys=Keyring(), now=datetime.now(UTC))
import atexit
atexit.register(lambda: print(receipt.state, receipt.admitted, receipt.quarantined, seen))
"""


def test_admission_opens_no_connection(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "admitted 1 1 []", done.stderr


def test_a_column_that_a_contract_gains_is_empty_before_and_receipts_stay_true(desk: Desk) -> None:
    head = "visit_id,seconds,began,ended"
    desk.admit(parse_contract(PLAIN), f"{head}\nv1,5,,\nv2,6,,\n")
    wider = parse_contract(PLAIN + "      - {name: page, logicalType: string}\n")
    receipt = desk.admit(wider, f"{head},page\nv1,5,,,\nv2,6,,,home\nv3,7,,,home\n")
    assert (receipt.repeats, receipt.quarantined, receipt.admitted) == (1, 1, 1)
    assert verify_receipts(desk.lake, {"visits": wider}) == []


def test_a_column_that_a_contract_loses_is_refused(desk: Desk) -> None:
    desk.admit(parse_contract(PLAIN), "visit_id,seconds,began,ended\nv1,5,,\n")
    narrower = parse_contract(PLAIN.replace("      - {name: ended, logicalType: timestamp}\n", ""))
    receipt = desk.admit(narrower, "visit_id,seconds,began\nv2,5,\n")
    assert (receipt.state, receipt.problems[0].where) == ("refused", "visits: ended")
