"""A run's own evidence: everything a payout needs, as plain JSON, and its recomputation from that alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

import rfc8785

from data_contracts.problems import Problem, Problems
from kpis.exact import number, shown
from kpis.incentives.curves import NoResultError
from kpis.incentives.paid import Frame, Part, Participant, Pooled, Ratio, Reading, Segment, Values, mixed
from kpis.incentives.paid import Run as Run
from kpis.incentives.plan import from_normal_form, normal_form
from kpis.incentives.pool import settle
from kpis.incentives.reckon import Work, reckon
from kpis.incentives.statement import digest as steps_digest
from kpis.incentives.statement import statement

FORMAT = "golden-thread-run/1"
FIGURES = ("own", "team", "before", "baseline")
BALANCES = ("paid_before", "carried", "draw_balance")


@dataclass
class _Tables:
    """Figures and targets, each written once and named by its order."""

    figures: dict[Ratio, str] = field(default_factory=dict)
    targets: dict[tuple[Values, str, tuple[Part, ...]], str] = field(default_factory=dict)

    def figure(self, ratio: Ratio) -> str:
        """The name of a figure."""
        return self.figures.setdefault(ratio, f"f{len(self.figures) + 1}")

    def target(self, reading: Reading, values: Values) -> str:
        """The name of a target's values, and of what they are mixed from."""
        return self.targets.setdefault((values, reading.target_id, reading.parts), f"t{len(self.targets) + 1}")

    def told(self, values: Values, of: str, parts: Sequence[Part]) -> dict[str, Any]:
        """A target; each of its parts names the figure whose answers weigh it."""
        told = {"of": of, "values": [shown(each) for each in values]}
        mixture = [{"figure": self.figure(weight), "values": [shown(one) for one in each]} for weight, each in parts]
        return told | ({"parts": mixture} if mixture else {})


def evidence(run: Run) -> dict[str, Any]:
    """The run as plain JSON values.

    Plan in normal form, figures as exact ratios, targets, pay basis and days of everyone.
    """
    tables = _Tables()
    people, frame = [_participant(each, tables) for each in run.participants], run.frame
    targets = {name: tables.told(*key) for key, name in tables.targets.items()}
    period = {"name": frame.period, "days": frame.days, "year_days": frame.year_days, "last": frame.last}
    pool = {"pool": _pool(frame.pool)} if frame.pool else {}
    return {
        "format": FORMAT,
        "period": period,
        "plan": normal_form(run.plan),
        "figures": {name: _ratio(ratio) for ratio, name in tables.figures.items()},
        "targets": targets,
        "participants": people,
        **pool,
    }


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of evidence or outcome."""
    return sha256(rfc8785.dumps(dict(content))).hexdigest()


def _ratio(ratio: Ratio) -> dict[str, str]:
    told = {"of": ratio.of, "numerator": str(ratio.numerator), "denominator": str(ratio.denominator)}
    return told if ratio.n is None else told | {"n": shown(ratio.n)}


def _pool(pool: Pooled) -> dict[str, str]:
    return {"total": str(pool.total), "sum": shown(pool.sum), "key": pool.key}


def _participant(each: Participant, tables: _Tables) -> dict[str, Any]:
    told = {
        "person": each.person,
        "segments": [_segment(segment, tables) for segment in each.segments],
        "readings": _readings(each.readings, tables),
    }
    told |= {name: str(amount) for name in BALANCES if (amount := getattr(each, name))}
    return told if each.share is None else told | {"share": str(each.share)}


def _segment(segment: Segment, tables: _Tables) -> dict[str, Any]:
    return {
        "annual": str(segment.annual),
        "days": segment.days,
        "fte": shown(segment.fte),
        "share": shown(segment.share),
        "amount_is": segment.amount_is,
        "department": segment.department,
        "level": segment.level,
        "because": segment.because,
        "start": segment.start.isoformat() if segment.start else "",
        "end": segment.end.isoformat() if segment.end else "",
        "readings": _readings(segment.readings, tables),
    }


def _readings(readings: Mapping[str, Reading], tables: _Tables) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, reading in readings.items():
        ratios = {part: getattr(reading, part) for part in FIGURES}
        told[name] = {part: tables.figure(ratio) for part, ratio in ratios.items() if ratio}
        if reading.transactions:
            told[name]["transactions"] = [tables.figure(each) for each in reading.transactions]
        if reading.target:
            told[name]["target"] = tables.target(reading, reading.target)
    return told


def read(content: Mapping[str, Any]) -> Run:
    """The run of its evidence.

    Raises Problems for a plan that is none, KeyError or ValueError for evidence that was damaged.
    """
    figures = {
        name: Ratio(
            int(each["numerator"]), int(each["denominator"]), number(each["n"]) if "n" in each else None, each["of"]
        )
        for name, each in content["figures"].items()
    }
    targets = {name: _read_target(each, figures) for name, each in content["targets"].items()}

    def readings(told: Mapping[str, Any]) -> dict[str, Reading]:
        """The readings, their figures and targets looked up."""
        return {name: _read_reading(each, figures, targets) for name, each in told.items()}

    people = tuple(
        Participant(
            each["person"],
            tuple(_read_segment(part, readings(part["readings"])) for part in each["segments"]),
            readings(each["readings"]),
            paid_before=int(each.get("paid_before", 0)),
            carried=int(each.get("carried", 0)),
            draw_balance=int(each.get("draw_balance", 0)),
            share=int(each["share"]) if "share" in each else None,
        )
        for each in content["participants"]
    )
    return Run(from_normal_form(content["plan"]), _read_frame(content), people)


def _read_target(told: Mapping[str, Any], figures: Mapping[str, Ratio]) -> tuple[Values, str, tuple[Part, ...]]:
    """A target's values, its id and its parts; raises ValueError where its parts do not give its values."""
    values = _values(told["values"])
    parts = tuple((figures[each["figure"]], _values(each["values"])) for each in told.get("parts", ()))
    if parts and mixed(parts) != values:
        raise ValueError(f"target {told['of']} is not what its parts give")
    return values, told["of"], parts


def _values(told: Sequence[str]) -> Values:
    low, middle, high = map(number, told)
    return low, middle, high


def _read_frame(content: Mapping[str, Any]) -> Frame:
    period, told = content["period"], content.get("pool")
    pool = Pooled(int(told["total"]), number(told["sum"]), told["key"]) if told else None
    return Frame(period["name"], period["days"], period["year_days"], period.get("last", False), pool)


def _read_reading(told: Mapping[str, Any], figures: Mapping[str, Ratio], targets: Mapping[str, Any]) -> Reading:
    own, team, before, baseline = (figures[told[part]] if part in told else None for part in FIGURES)
    values, of, parts = targets[told["target"]] if "target" in told else (None, "", ())
    several = tuple(figures[name] for name in told.get("transactions", ()))
    return Reading(own, team, before, several, values, of, baseline, parts)


def _read_segment(told: Mapping[str, Any], readings: Mapping[str, Reading]) -> Segment:
    start, end = (date.fromisoformat(told[part]) if told[part] else None for part in ("start", "end"))
    return Segment(
        int(told["annual"]),
        told["days"],
        number(told["fte"]),
        number(told["share"]),
        told["amount_is"],
        told["department"],
        start,
        end,
        readings,
        told.get("level", ""),
        told.get("because", ""),
    )


def recompute(content: Mapping[str, Any]) -> tuple[Work, ...]:
    """Every payout of a run from its evidence alone, in its order, by the row-wise rules."""
    run = read(content)
    return tuple(reckon(run.plan, each, run.frame) for each in run.participants)


def line_order(plan: Mapping[str, Any]) -> list[str]:
    """The order of the lines of one segment, from a plan's normal form: components, then kickers, then a draw."""
    return [*(each["id"] for part in ("components", "kickers") for each in plan.get(part, ())), "draw"]


def outcome(run: Run, works: Sequence[Work]) -> dict[str, Any]:
    """What a run pays, as plain JSON: each payout, its lines and the hash of its steps.

    Lines sum to payouts, payouts to the total.
    """
    payouts, rank = [], {name: at for at, name in enumerate(line_order(normal_form(run.plan)))}
    for participant, work in zip(run.participants, works, strict=True):
        amounts = sorted(work.amounts, key=lambda each: (each[0], rank[each[1]]))
        lines = [{"segment": segment, "component": name, "amount": amount} for segment, name, amount in amounts]
        steps = steps_digest(statement(run.plan, participant, run.frame, work))
        payouts.append({"person": work.person, "payout": work.payout, "lines": lines, "steps": steps})
    return {"currency": run.plan.currency, "payouts": payouts, "total": sum(work.payout for work in works)}


def differences(content: Mapping[str, Any], stored: Mapping[str, Any]) -> list[Problem]:
    """Every payout whose stored outcome is not what its evidence gives; none means that the run is confirmed."""
    try:
        run = read(content)
        again, pool = outcome(run, recompute(content)), _pool_differs(run)
    except (Problems, NoResultError, LookupError, ValueError, TypeError, ZeroDivisionError) as error:
        step = "The evidence was changed after the run."
        return [Problem("evidence of the run", "evidence that can be read", f"{type(error).__name__}: {error}", step)]
    mine = {each["person"]: each for each in again["payouts"]}
    theirs = {each["person"]: each for each in stored["payouts"]}
    step = "The evidence or the stored payout was changed after the run."
    found = [
        Problem(f"payout of {person}", _told(mine.get(person)), _told(theirs.get(person)), step)
        for person in sorted(mine.keys() | theirs.keys())
        if mine.get(person) != theirs.get(person)
    ]
    found += pool
    if again["total"] != stored["total"] or len(theirs) != len(stored["payouts"]):
        found.append(Problem("total of the run", str(again["total"]), str(stored["total"]), step))
    return found


def _pool_differs(run: Run) -> list[Problem]:
    """The pool of a run, where everyone's payouts do not give it or their shares."""
    if run.plan.pool is None and run.frame.pool is None:
        return []
    again = settle(run, run.frame.pool.key if run.frame.pool else "")
    if again == run and run.plan.pool:
        return []
    step = "The evidence was changed after the run, or its pool was never settled."
    return [Problem("pool of the run", str(again.frame.pool), str(run.frame.pool), step)]


def _told(payout: Mapping[str, Any] | None) -> str:
    if payout is None:
        return "no payout"
    lines = ", ".join(f"{line['component']} {line['amount']}" for line in payout["lines"])
    return f"{payout['payout']} ({lines}; steps {payout['steps'][:12]}…)"
