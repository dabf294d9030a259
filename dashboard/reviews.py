"""A week's courses as the sentences, cards and rows of the review: formatted once, no formula."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from dashboard import asking, shapes
from dashboard.formats import Formats, spelled
from dashboard.words import _, ngettext, plain
from kpis.workflows import measure, review
from kpis.workflows.review import Course, attained

CARDS = 4
Hangs = Mapping[str, int | None]


def cards(courses: Sequence[Course], hangs: Hangs) -> list[Course]:
    """The signals, those first on which most pay hangs: four at most."""
    found = [each for each in courses if shapes.signal(each)]
    return sorted(found, key=lambda each: -(hangs.get(each.kpi.id) or 0))[:CARDS]


def lead(write: Formats, courses: Sequence[Course], hangs: Hangs | None) -> str:
    """The week in one paragraph of Markdown: signals, noise, what is too thin, chance, and money."""
    found = [each for each in courses if shapes.signal(each)]
    window = courses[0].windows[-1]
    span = write.span(window.start, window.end - timedelta(days=1))
    told = f"{write.period(window.name)}, {span}. **{_counted(courses, found)}**"
    return " ".join(each for each in (told, chance(write, courses), _money(write, found, hangs)) if each)


def _counted(courses: Sequence[Course], found: Sequence[Course]) -> str:
    few = sum(each.now.state == "too few" for each in courses)
    hidden = sum(each.now.state == "suppressed" for each in courses)
    usual = sum(each.signal.signal == "usual" for each in courses)
    young = len(courses) - len(found) - few - hidden - usual
    parts = [ngettext("{n} signal", "{n} signals", len(found)).format(n=spelled(len(found)))]
    if usual:
        text = ngettext(
            "{n} KPI moved no more than it usually does", "{n} KPIs moved no more than they usually do", usual
        )
        parts.append(text.format(n=spelled(usual)))
    if few:
        parts.append(ngettext("{n} has too few answers", "{n} have too few answers", few).format(n=spelled(few)))
    if hidden:
        text = ngettext("{n} is not shown, to protect people", "{n} are not shown, to protect people", hidden)
        parts.append(text.format(n=spelled(hidden)))
    if young:
        text = ngettext("{n} cannot be judged yet", "{n} cannot be judged yet", young)
        parts.append(text.format(n=spelled(young)))
    told = "; ".join(parts)
    return f"{told[:1].upper()}{told[1:]}."


def chance(write: Formats, courses: Sequence[Course]) -> str:
    """How many signals chance alone would give, and how so many charts are read together."""
    judged = sum(each.signal.mean == each.signal.mean for each in courses)
    if not judged:
        return ""
    told = ngettext(
        "Chance alone would give {expected} signals in {n} chart.",
        "Chance alone would give {expected} signals in {n} charts.",
        judged,
    )
    return told.format(expected=write.number(review.expected(courses), 1), n=judged)


def _money(write: Formats, found: Sequence[Course], hangs: Hangs | None) -> str:
    if hangs is None or not found:
        return ""
    amounts = [hangs.get(each.kpi.id, 0) for each in found]
    known = sum(each or 0 for each in amounts)
    if not known and None in amounts:
        return _("What hangs on them is not shown, to protect people.")
    text = ngettext(
        "{amount} of this year’s variable pay hangs on the signal.",
        "{amount} of this year’s variable pay hangs on the signals.",
        len(found),
    )
    return text.format(amount=write.money_headline(known)) if known else _("No variable pay hangs on that.")


def below(write: Formats, course: Course, hangs: Hangs | None, owner: str) -> str:
    """What hangs on a signal and whose it is, as Markdown."""
    whose = _("Owner: {owner}.").format(owner=plain(owner)) if owner else _("Nobody owns it.")
    if hangs is None:
        return whose
    amount = hangs.get(course.kpi.id, 0)
    if amount is None:
        return f"{_('What hangs on it is not shown, to protect people.')} {whose}"
    told = _("**{amount}** of this year’s pay hangs on it.").format(amount=write.money_headline(amount))
    return f"{told if amount else _('No pay hangs on it.')} {whose}"


def rest_title(rest: Sequence[Course], cards: Sequence[Course]) -> str:
    """The heading of everything that is not on a card."""
    judged = all(not shapes.signal(each) for each in rest)
    if not cards:
        return _("Nothing left its usual range") if judged else _("All KPIs")
    return _("Everything else stayed within its usual range") if judged else _("All other KPIs")


def warnings(write: Formats, courses: Sequence[Course], refused: Sequence[str]) -> list[str]:
    """What to know before deciding, as Markdown sentences."""
    told = [
        _("**{dataset}**: its newest delivery was refused; figures after it wait.").format(dataset=plain(each))
        for each in refused
    ]
    told += [
        f"**{plain(each.kpi.title)}**: {plain(each.now.reason)}"
        for each in courses
        if each.now.state not in ("ok", *_waiting())
    ]
    told += [_together(head, courses, state) for state, head in _waiting().items() if _titles(courses, state)]
    told += who_was_asked(write, courses)
    weak = weakest(courses)
    return [*told, _weak(write, *weak)] if weak else told


def who_was_asked(write: Formats, courses: Sequence[Course]) -> list[str]:
    """Who is behind the survey figures of a week, those with the same invitations together, as Markdown sentences."""
    by_id, named = {each.kpi.id: each for each in courses}, defaultdict[tuple[str, str], list[Course]](list)
    for each in (each for each in courses if each.kpi.surveyed and each.now.state != "no data"):
        response = each.kpi.response
        known = response and {response.asked, response.answered} <= by_id.keys()
        named[(response.asked, response.answered) if response and known else ("", "")].append(each)
    return [_asked(write, by_id, pair, each) for pair, each in sorted(named.items(), reverse=True)]


def _asked(write: Formats, by_id: Mapping[str, Course], pair: tuple[str, str], found: Sequence[Course]) -> str:
    titles = ", ".join(plain(each.kpi.title) for each in found)
    who = measure.behind(*(by_id[name].now for name in pair)) if all(pair) else None
    return f"**{titles}**: {plain(asking.line(write, found[0].kpi, who))}"


def _waiting() -> dict[str, str]:
    """States that many KPIs share every week, each told once."""
    return {
        "ripening": _("Not ripe yet"),
        "no data": _("No answers this week"),
        "suppressed": _("Not shown to protect people"),
    }


def _titles(courses: Sequence[Course], state: str) -> list[str]:
    return [plain(each.kpi.title) for each in courses if each.now.state == state]


def _together(head: str, courses: Sequence[Course], state: str) -> str:
    return f"**{head}**: {', '.join(_titles(courses, state))}."


def weakest(courses: Sequence[Course]) -> tuple[Course, float] | None:
    """The KPI that is least far on its way to target, with its attainment."""
    found = [(attained(each.target, each.now, each.kpi)[0], each) for each in courses if each.target]
    held = [(at, each) for at, each in found if at is not None]
    if not held:
        return None
    at, each = min(held, key=lambda pair: pair[0])
    return each, at


def _weak(write: Formats, course: Course, at: float) -> str:
    head = _("**Weakest area: {kpi}**").format(kpi=plain(course.kpi.title))
    if at < 0:
        return _("{head}, below its threshold.").format(head=head)
    return _("{head}, {share} of the way from threshold to stretch.").format(
        head=head, share=write.percent(min(at, 200) / 200)
    )
