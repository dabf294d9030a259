"""A payout run as texts and rows: every amount formatted once, no formula."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.data.payouts import PayoutRun, approver_name
from dashboard.formats import Formats, spelled
from dashboard.words import _, ngettext
from kpis.incentives.owed import by_person
from kpis.workflows.exceptional import people_of
from kpis.workflows.kept import Statement
from kpis.workflows.looked import APPROVED, CALCULATED, CHECKED, CLOSED

BATCH = 20  # payouts that are opened at once, each drawn with all its steps
NEXT = {CALCULATED: CHECKED, CHECKED: APPROVED, APPROVED: CLOSED}


@dataclass(frozen=True)
class Stage:
    """One of the four steps: its title, who took it and when or what it waits for, and whether it is done or next."""

    title: str
    who: str
    state: str


def lead(write: Formats, found: PayoutRun) -> str:
    """The sentence that holds the page's answer (Markdown)."""
    at = found.at
    total, people = at.pays + sum(at.waiting.values()) + sum(at.paid.values()), len(at.payouts)
    held = len({place[0] for place in at.waiting})
    kept = ngettext("{n} payout is held in part or whole", "{n} payouts are held in part or whole", held).format(
        n=spelled(held)
    )
    amount = _("{amount} for {n} people").format(amount=write.money(total), n=people)
    waits = {
        CALCULATED: _("Waiting to be checked."), CHECKED: _("Waiting for a second person."),
        APPROVED: _("Approved; waiting to be closed."), CLOSED: _("Closed."),
    }[at.state]  # fmt: skip
    return f"{write.period(at.run.period)}. **{amount}; {kept}.** {waits} {budget(write, found, total)}".rstrip()


def budget(write: Formats, found: PayoutRun, total: int) -> str:
    """What is left of the plan's budget, or what is paid above it; empty where it keeps none."""
    if found.budget is None:
        return ""
    left = found.budget - total
    told = (
        _("{left} of the budget of {budget} are left.") if left >= 0 else _("**{left} above the budget of {budget}.**")
    )
    return told.format(left=write.money(abs(left)), budget=write.money(found.budget))


def stages(write: Formats, found: PayoutRun) -> list[Stage]:
    """Calculated, checked, approved, closed: who and when."""
    at, waiting = found.at, NEXT.get(found.at.state)
    told = [Stage(_("1 Calculated"), _by(write, found, at.run.made_at, at.run.made_by), "done")]
    titles = {CHECKED: _("2 Checked"), APPROVED: _("3 Approved"), CLOSED: _("4 Closed")}
    for name, title in titles.items():
        step, asked = at.step(name), at.step(CHECKED)
        if step:
            told.append(Stage(title, _by(write, found, step.at, step.by), "done"))
        elif name == waiting:
            who = approver_name(found, asked.asked) if asked and name == APPROVED else _("a person")
            who = _("you") if asked and name == APPROVED and asked.asked == found.me else who
            told.append(Stage(title, _("waiting for {who}").format(who=who), "next"))
        else:
            told.append(Stage(title, _("needs two people") if name == CLOSED else "", "later"))
    return told


def _by(write: Formats, found: PayoutRun, when: datetime, who: str) -> str:
    return f"{write.short_day(when.date())} {when:%H:%M}, {approver_name(found, who)}"


def to_open(found: PayoutRun, by: str) -> list[str]:
    """What somebody has still to open, the largest amounts that wait first."""
    waits = by_person(found.at.waiting)
    return sorted(found.at.unopened(by), key=lambda person: (-abs(waits.get(person, 0)), person))


def opened_head(write: Formats, found: PayoutRun, shown: Statement) -> str:
    """Whose opened payout it is, what was calculated, what waits, and every adjustment with its cause."""
    person, at = shown.work.person, found.at
    waits = by_person(at.waiting).get(person, 0)
    told = [_("{name}: {amount}").format(name=found.names.get(person, person), amount=write.money(shown.work.payout))]
    told += [_("{amount} is held").format(amount=write.money(waits))] if waits else []
    told += [f"{write.money(e.amount)}: {e.cause}" for e in at.adjustments if (e.person, e.run) == (person, at.run.id)]
    return "; ".join(told)


def held(write: Formats, found: PayoutRun) -> list[tuple[str, ...]]:
    """Held payouts: whose, why, how much, and whether somebody has decided."""
    at, rows = found.at, []
    for row in at.exceptions:
        if not row.held and at.choice(row) != "hold":
            continue
        whose = set(people_of(row))
        amount = sum(
            a for (person, _s, line), a in at.waiting.items() if person in whose and row.component in ("", line)
        )
        state = {"hold": _("open"), "pay": _("released"), "adjust": _("answered")}[at.choice(row)]
        rows.append((_names(found, people_of(row)), row.told, write.amount(amount), state))
    for dispute, decided in at.disputes:
        if decided is None:
            amount = sum(
                a for (who, _s, line), a in at.waiting.items() if (who, line) == (dispute.person, dispute.component)
            )
            rows.append(
                (
                    _names(found, [dispute.person]),
                    _("Contested, see below: {text}").format(text=dispute.text),
                    write.amount(amount),
                    _("open"),
                )
            )
    return rows


def _names(found: PayoutRun, people: Sequence[str]) -> str:
    if len(people) == 1:
        return found.names.get(people[0], people[0])
    return ngettext("{n} person", "{n} people", len(people)).format(n=len(people))


def exceptions(write: Formats, found: PayoutRun) -> list[tuple[str, ...]]:
    """Every exception: how many people, what is to be paid on its lines, what was decided, and why."""
    words = {"open": _("open"), "pay": _("pay"), "hold": _("hold"), "adjust": _("adjust")}
    at = found.at
    return [
        (
            str(row.number),
            _names(found, people_of(row)),
            row.told,
            write.amount(at.amount(row)),
            words[at.choice(row)],
            decided.reason if decided else "",
        )
        for row in at.exceptions
        for decided in [at.decisions.get(row.number)]
    ]


def people(found: PayoutRun, number: int) -> dict[str, str]:
    """The people of an exception by name."""
    whose = [person for row in found.at.exceptions if row.number == number for person in people_of(row)]
    return {person: found.names.get(person, person) for person in whose}


def approves(write: Formats, found: PayoutRun) -> tuple[list[tuple[str, str]], frozenset[int]]:
    """What one approves: payouts, what is held, corrections, the total, and pay at target; which rows are bold."""
    at = found.at
    beside = sum(amount for (_p, segment, _c), amount in at.due.items() if segment < 0)
    now, waiting, before = sum(at.due.values()), sum(at.waiting.values()), sum(at.paid.values())
    off = [(_("Set off against accepted claims at closing"), at.pays - now)] if at.setting_off else []
    rows = [
        (_("Payouts"), now - beside), (_("Held, paid when released"), waiting), (_("Adjustments, each with its reason"), beside),
        *off, (_("Paid before for this period"), before), (_("Total"), at.pays + waiting + before),
        (_("Pay at target"), sum(found.opportunity.values())),
        *([(_("Budget of the plan"), found.budget)] if found.budget is not None else []),
    ]  # fmt: skip
    bold = frozenset(at for at, (title, _amount) in enumerate(rows) if title == _("Total"))
    return [(title, write.amount(amount)) for title, amount in rows], bold


def ledger(write: Formats, found: PayoutRun) -> list[tuple[str, ...]]:
    """Everybody's payout: opportunity, payout, what changed beside the calculation, state."""
    at = found.at
    whole, due, waiting = by_person(at.whole), by_person(at.due), by_person(at.waiting)
    return [
        (
            found.names.get(person, person), at.run.plan, write.amount(found.opportunity.get(person, 0)),
            write.amount(amount), write.amount(whole.get(person, amount) - amount),
            _("held") if waiting.get(person) else _("ready") if due.get(person) else _("paid") if at.ever_closed else _("ready"),
        )
        for person, amount in sorted(at.payouts.items(), key=lambda each: found.names.get(each[0], each[0]))
    ]  # fmt: skip


def pinned(found: PayoutRun) -> str:
    """What is bound by an approval, in small grey."""
    run = found.at.run
    return _("Pinned: evidence {evidence}, plan version {version}, content {content}. Ledger {head}.").format(
        evidence=run.evidence[:8], version=run.plan_version, content=found.at.content[:8], head=found.head
    )
