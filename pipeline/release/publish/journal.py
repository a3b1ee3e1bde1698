"""What we have sent to one place, a line for each event: what a later run need not send, and what it may remove there.

OUT/publish/NAME.jsonl holds {"begin": file} before a file is sent, {"put": file, sha256, mark} when it lies there, and
{"gone": file} when it was removed. It is kept: without it nothing is ever removed there.
"""

import contextlib
import fcntl
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from manifests.errors import Stop
from pipeline.settings import digest
from pipeline.store import Store


@dataclass(slots=True)
class Journal:
    """The events so far; new ones are added to the file at once."""

    begun: set[str] = field(default_factory=set)
    """Files that we began to send, ever, and that were not removed since."""
    put: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of files that were sent: SHA-256, and what the place calls its copy."""
    _stream: io.TextIOWrapper | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def began(self, name: str) -> None:
        """A file is about to be sent."""
        self._add({"begin": name})

    def sent(self, name: str, sha256: str, mark: str) -> None:
        """A file lies there."""
        self._add({"put": name, "sha256": sha256, "mark": mark})

    def removed(self, name: str) -> None:
        """A file was removed there."""
        self._add({"gone": name})

    def _add(self, event: dict[str, str]) -> None:
        with self._lock:
            self._note(event)
            if self._stream is not None:
                self._stream.write(json.dumps(event, ensure_ascii=False) + "\n")
                self._stream.flush()

    def _note(self, event: dict[str, str]) -> None:
        match event:
            case {"begin": name}:
                self.begun.add(name)
            case {"put": name, "sha256": sha256, "mark": mark}:
                self.begun.add(name)
                self.put[name] = (sha256, mark)
            case {"gone": name}:
                self.begun.discard(name)
                self.put.pop(name, None)

    def read(self, text: str) -> None:
        """Take in the lines of a file; a torn one, of a run that was killed, tells nothing."""
        for line in text.splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                told = json.loads(line)
                if isinstance(told, dict):
                    self._note(told)


def place(to: str) -> str:
    """Where the journal of a destination lies in OUT."""
    return f"publish/{digest(to)[:16]}.jsonl"


def seen(store: Store, to: str) -> Journal:
    """The journal as it is; it is not written to."""
    found = Journal()
    path = store.path(place(to))
    if path.exists():
        found.read(path.read_text(encoding="utf-8", errors="replace"))
    return found


@contextlib.contextmanager
def held(store: Store, to: str) -> Iterator[Journal]:
    """The journal, for this process alone."""
    path = store.path(place(to))
    path.parent.mkdir(parents=True, exist_ok=True)
    found = seen(store, to)
    with path.open("a", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop(f"Another run is publishing {store.name} to {to}.", "Wait for it.", 1) from None
        if stream.tell() and not path.read_bytes().endswith(b"\n"):
            stream.write("\n")
        if not stream.tell():
            stream.write(json.dumps({"to": to}) + "\n")
        found._stream = stream
        yield found
