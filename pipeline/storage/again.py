"""Asking again: a server that is busy or broken is given time, as much as it says or twice as much as before."""

import email.utils
import random
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from manifests.errors import Stop

TRIES = 10
FIRST, LONGEST = 0.5, 60.0
"""Seconds of the first and of the longest pause of our own; a server may ask for more, up to PATIENCE."""
PATIENCE = 600.0
HEEDED = 3
"""Tries after which a pause that the server asks for is not less than one of our own."""
Answer = TypeVar("Answer")


class Busy(Exception):
    """The server asks for patience, or did not answer. ``after`` is for how many seconds, where it says so."""

    def __init__(self, said: str, after: float | None = None) -> None:
        super().__init__(said)
        self.after = after


def passing(status: int) -> bool:
    """True of an answer that may be another one later."""
    return status in {408, 429} or status >= 500


def retry_after(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """Seconds that a server asks for: it tells a number or a date."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - now())
    except ValueError:
        return None


def pause(tried: int, after: float | None, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many tries: what was asked for, and else about twice as long each time.

    A server that goes on asking for less than it needs, as one that is being started again, is given more all the same.
    """
    if after is not None:
        own = FIRST * 2.0 ** (tried - HEEDED) if tried > HEEDED else 0.0
        return max(min(after, PATIENCE), min(own, LONGEST)) + chance() * FIRST
    return float(min(FIRST * 2.0 ** (tried - 1), LONGEST)) * (0.5 + chance() / 2)


def until(ask: Callable[[], Answer], sleep: Callable[[float], None] | None = None, tries: int = TRIES) -> Answer:
    """Ask until the server is not busy; Stop where it is so often."""
    for tried in range(1, tries + 1):
        try:
            return ask()
        except Busy as busy:
            if tried == tries:
                raise Stop(
                    f"The server did not do it in {tries} tries: {busy}.",
                    "Run the same command again later: it goes on from here.",
                    1,
                ) from None
            (sleep or time.sleep)(pause(tried, busy.after))
    raise AssertionError
