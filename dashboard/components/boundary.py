"""No page shows a stack trace: what people can mend is told, what they cannot gets a reference in the log."""

import functools
import secrets
import traceback
from collections.abc import Callable

import structlog

from dashboard.components.states import problem, state
from dashboard.words import _
from data_contracts.problems import Problems

log = structlog.get_logger("dashboard")


def guarded(view: Callable[[], None]) -> Callable[[], None]:
    """The view with its errors caught: Problems are listed, anything else is logged and named by a reference."""

    @functools.wraps(view)
    def drawn() -> None:
        try:
            view()
        except Problems as found:
            problem(found.problems)
        except Exception:  # Streamlit's own control flow derives from BaseException and passes
            reference = secrets.token_hex(2).upper()
            # The trace without values of variables: a log keeps no figures of people.
            log.error("page failed", view=view.__name__, reference=reference, trace=traceback.format_exc())
            then = _("Tell the people who run this workspace the reference {reference}.").format(reference=reference)
            state("error", _("This page could not be drawn."), _("Nothing was changed."), then)

    return drawn
