"""When a host is asked again: a table of what it did and what follows."""

import pytest

from pipeline.crawl.delay import after_answer, next_delay, retry_after

NOW = 1_445_412_480.0  # Wed, 21 Oct 2015 07:28:00 GMT


@pytest.mark.parametrize(
    ("previous", "latency", "fine", "least", "most", "expected"),
    [
        (2.0, 0.1, True, 2.0, 60.0, 2.0),  # fast: no faster than asked for
        (2.0, 10.0, True, 2.0, 60.0, 10.0),  # slow: at once as slow as it is
        (10.0, 2.0, True, 2.0, 60.0, 6.0),  # fast again: half of the way back
        (6.0, 2.0, True, 2.0, 60.0, 4.0),
        (2.0, 300.0, True, 2.0, 60.0, 60.0),  # slowness alone asks for no more than the most
        (5.0, 300.0, True, 120.0, 60.0, 120.0),  # but robots.txt may
        (10.0, 0.0, False, 2.0, 60.0, 10.0),  # an error page comes quickly, and is no reason to hurry
        (10.0, 20.0, False, 2.0, 60.0, 20.0),
        (0.0, 0.0, True, 0.0, 60.0, 0.0),
    ],
)
def test_delay(previous, latency, fine, least, most, expected):
    assert next_delay(previous, latency, fine, least, most) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Wed, 21 Oct 2015 07:29:00 GMT", 60.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),  # has passed
        ("Wednesday, 21-Oct-15 07:29:00 GMT", 60.0),
        ("99999999999999999999", 999_999_999.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("٣", None),  # a digit, of Arabic
        ("Wed, 99 Oct 2015 07:29:00 GMT", None),
    ],
)
def test_retry_after(told, expected):
    assert retry_after(told, NOW) == expected


@pytest.mark.parametrize(
    ("status", "asked", "failures", "delay", "pause"),
    [
        (200, None, 0, 2.0, 2.0),
        (404, None, 0, 2.0, 2.0),
        (200, 90.0, 0, 2.0, 90.0),  # obeyed whatever the status
        (301, 10.0, 0, 2.0, 10.0),
        (429, None, 1, 4.0, 30.0),
        (429, None, 2, 4.0, 60.0),
        (429, 5.0, 1, 4.0, 5.0),  # who says how long is taken at its word
        (429, 1.0, 1, 4.0, 4.0),  # but the delay holds
        (503, 3600.0, 3, 4.0, 3600.0),
        (500, None, 1, 2.0, 30.0),
        (502, None, 4, 2.0, 240.0),
        (0, None, 1, 2.0, 30.0),
        (0, None, 50, 2.0, 3600.0),  # an hour at most
    ],
)
def test_what_follows_an_answer(status, asked, failures, delay, pause):
    assert after_answer(2.0, 0.1, status, asked, failures, least=2.0, most=60.0) == (delay, pause)


def test_a_host_that_says_429_again_and_again_is_asked_less_and_less():
    delay, pauses = 1.0, []
    for failures in range(1, 9):
        wait = after_answer(delay, 0.1, 429, None, failures, least=1.0, most=60.0)
        delay = wait.delay
        pauses.append(wait.pause)
    assert pauses == sorted(pauses)
    assert delay == 60.0
