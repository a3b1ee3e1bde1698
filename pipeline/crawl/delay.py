"""When a host may be asked next: arithmetic alone, in seconds.

The rule is AutoThrottle's: aim at one request under way, so wait about as long as the host took to answer; move half of
the way there at once; never hurry because of an error page, which is quickly made. ``least`` is the greater of what the
user and what robots.txt asks for, and is counted from the end of an answer to the next request.
"""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import NamedTuple

STOP_STATUSES = frozenset({429, 503})
"""Answers that ask for less."""

LONGEST_WAIT = 86_400.0
"""Nobody is waited for longer than a day: the page is left to a later run."""


class Wait(NamedTuple):
    """``delay``: between two requests from now on. ``pause``: until the next one."""

    delay: float
    pause: float


def next_delay(previous: float, latency: float, fine: bool, least: float, most: float) -> float:
    """The delay after an answer that took ``latency``; ``fine`` where it was no error.

    ``most`` bounds what slowness alone may ask for; ``least`` goes beyond it where robots.txt says so.
    """
    target = max(latency, (previous + latency) / 2)
    if not fine:
        target = max(target, previous)
    return max(least, min(target, most))


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a Retry-After header asks for: a number or a date of HTTP; None where it says neither.

    ``now`` is in seconds since 1970.
    """
    told = (value or "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        date = parsedate_to_datetime(told)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    try:
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def after_answer(
    previous: float,
    latency: float,
    status: int,
    asked: float | None,
    failures: int,
    least: float,
    most: float,
    patience: float = 30.0,
) -> Wait:
    """What follows an answer of ``status``, the ``failures``-th in a row that was none (0 where all is well).

    ``asked`` is what Retry-After says, which is obeyed whatever the status. A host that asks for less (429, 503) or
    fails (other 5xx; status 0 is no answer at all) is left alone twice as long each time, from ``patience`` on or from
    its delay where that is longer; who asks for less gets twice the delay, too.
    """
    troubled = status in STOP_STATUSES or status == 0 or status >= 500
    delay = next_delay(previous, latency, status < 400 and not troubled, least, most)
    if not troubled:
        return Wait(delay, max(delay, asked or 0.0))
    if status in STOP_STATUSES:
        delay = max(least, min(max(delay, 2 * previous), most))
    backoff = min(max(patience, delay) * 2.0 ** max(0, failures - 1), 3_600.0)
    # Who tells how long to wait is taken at its word, also where that is less than we would have waited.
    return Wait(delay, max(delay, backoff if asked is None else asked))
