"""A plan version that waits for a decision, in words: what it is, who decided what, and what comes next."""

from dashboard.data.judging import Judged
from dashboard.designs import state_words
from dashboard.formats import Formats
from dashboard.words import _, ngettext, plain


def lead(found: Judged) -> str:
    """What changes, against what, and where it stands (Markdown)."""
    title = f"*{plain(found.plan.title or found.plan.id)}*, {_('version {n}').format(n=found.plan.version)}."
    if found.before is None:
        told = _("**Nothing is in force before it.**")
    else:
        count = sum(each.pays for each in found.changed)
        words = ngettext("**{n} change to what it pays**", "**{n} changes to what it pays**", count).format(n=count)
        told = words + " " + _("against version {n}, in force before it.").format(n=found.before.version)
    return f"{title} {told} {state_words(found.state)}"


def taken_rows(write: Formats, found: Judged) -> list[list[str]]:
    """Every step that was taken: what, who, when, why."""
    words = {"reviewed": _("Reviewed"), "approved": _("Approved"), "active": _("Put into force")}
    return [[words[each.step], each.who, write.full_day(each.at.date()), each.reason or "–"] for each in found.taken]


def act_title(found: Judged) -> str:
    """The button of the next step."""
    return {
        "review": _("Ask for approval of version {n}"),
        "approve": _("Approve version {n}"),
        "activate": _("Put version {n} into force"),
    }[found.step].format(n=found.plan.version)


def act_about(found: Judged) -> str:
    """What the next step means, in a sentence."""
    return {
        "review": _("You say that you read it and that two people may approve it."),
        "approve": _("Two people approve it, neither paid by it; the approval binds every byte. Figures that are not ready refuse it."),
        "activate": _("HR puts it into force; the version before it holds until that day."),
    }[found.step]  # fmt: skip
