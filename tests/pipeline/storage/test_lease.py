"""The lock that expires: whoever lives keeps it, whoever died loses it, and no two write."""

import threading
import time
from contextlib import ExitStack

import pytest

from manifests.errors import Stop
from pipeline.storage import lease
from pipeline.storage.lease import Lease, Seen
from pipeline.store import Store


def checked(mine: Lease) -> None:
    """Ask for some seconds whether it is still ours."""
    for _ in range(500):
        time.sleep(0.02)
        mine.check()


class Cell:
    """A file in memory."""

    def __init__(self, age: float | None = None) -> None:
        self.data: bytes | None = None
        self.age = age
        self.door = threading.Lock()

    def see(self) -> Seen | None:
        return None if self.data is None else Seen(self.data, str(hash(self.data)), self.age)

    def swap(self, data: bytes, before: str | None) -> str | None:
        with self.door:
            seen = self.see()
            if (seen and seen.mark) != before:
                return None
            self.data = data
            return str(hash(data))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"TTL": 20.0, "BEAT": 0.1, "SURE": 20.0, "LOOK": 0.02}.items():
        monkeypatch.setattr(lease, name, seconds)


def held(cell: Cell, said: list[str] | None = None) -> ExitStack:
    """Hold it until the stack is closed."""
    stack = ExitStack()
    say = (said if said is not None else []).append
    stack.enter_context(lease.held(cell, "s3://x/out", say, lambda: None))
    return stack


def test_a_second_one_is_refused_and_told_who_holds_it_since_when() -> None:
    cell = Cell()
    said: list[str] = []
    with held(cell), pytest.raises(Stop, match=r"process \d+ since 20\d\d-") as told:
        held(cell, said)
    assert "choose another --out" in told.value.mend
    assert "taken over" in said[0]


def test_one_that_was_let_go_is_free_at_once() -> None:
    cell = Cell()
    held(cell).close()
    began = time.monotonic()
    held(cell).close()
    assert time.monotonic() - began < lease.SURE / 2


@pytest.mark.parametrize(("age", "least"), [(None, 0.75), (1e6, 0.45), (0.1, 0.65)])
def test_one_whose_holder_died_is_taken_over_never_before_it_was_watched(
    age: float | None, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "TTL", 0.8)
    monkeypatch.setattr(lease, "SURE", 0.5)
    cell = Cell(age)
    cell.data = b'{"who": "dead", "since": "then", "beat": 3}'
    began = time.monotonic()
    with held(cell):
        assert least <= time.monotonic() - began < least + 5


def test_a_watcher_with_a_wrong_clock_does_not_take_over_what_beats() -> None:
    """The place says that the lock is ages old: clocks of its parts differ."""
    cell = Cell(age=1e9)
    with held(cell), pytest.raises(Stop, match="Another build"):
        held(cell)


def test_who_was_stopped_and_overtaken_writes_nothing_any_more() -> None:
    cell = Cell()
    with ExitStack() as stack:
        mine = stack.enter_context(lease.held(cell, "s3://x/out", lambda said: None, lambda: None))
        mine.check()
        cell.data = b'{"who": "other", "beat": 0}'
        with pytest.raises(Stop, match="has taken over"):
            checked(mine)
    assert cell.data == b'{"who": "other", "beat": 0}'  # nor does he let go what is not his


def test_of_many_at_once_one_gets_it() -> None:
    cell = Cell()
    got: list[ExitStack] = []
    refused: list[Stop] = []

    def go() -> None:
        try:
            got.append(held(cell))
        except Stop as stop:
            refused.append(stop)

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for stack in got:
        stack.close()
    assert (len(got), len(refused)) == (1, 5)


def test_the_lock_of_a_bucket_and_of_an_unknown_store(
    s3: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.storage import foreign
    from pipeline.storage import s3 as objects

    monkeypatch.setattr(foreign, "SETTLE", 0.05)
    monkeypatch.setattr(objects, "SETTLE", 0.05)
    for place in (s3, f"local://{tmp_path}/out"):
        with Store(place).lock():
            Store(place).write_json("work/a.json", 1)
            with pytest.raises(Stop, match="Another build is writing"), Store(place).lock():
                pass
        with Store(place).lock():
            pass


def test_a_server_that_heeds_no_conditions_is_found_out(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.storage import s3 as objects
    from pipeline.storage.aws import Aws

    monkeypatch.setattr(objects, "SETTLE", 0.05)
    plain = Aws.once

    def heedless(self: Aws, what: str, told: dict[str, object], refused: object = None) -> object:
        return plain(self, what, {k: v for k, v in told.items() if k not in {"IfMatch", "IfNoneMatch"}}, refused)

    monkeypatch.setattr(Aws, "once", heedless)
    with Store(s3).lock(), pytest.raises(Stop, match="Another build is writing"), Store(s3).lock():
        pass
    with Store(s3).lock():
        pass
