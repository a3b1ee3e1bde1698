"""The process in which pages are parsed: the kernel ends it when a page takes too much, and nothing else dies.

    python -P -m pipeline.extract.child MODULE:FUNCTION CPU_SECONDS MEMORY_BYTES PARENT_PID

It reads batches from standard input and answers page by page on standard output (frames.py), until its input ends.
"""

import contextlib
import ctypes
import importlib
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from manifests.errors import Skip
from pipeline.extract import frames
from pipeline.extract.media import MEDIA, Conversion, Convert

OUT_OF_MEMORY = 71
"""Exit status when the memory limit was reached."""

_PR_SET_PDEATHSIG = 1


def main(function: str, cpu_seconds: float, memory_bytes: int, parent: int) -> None:
    """Answer batches until standard input ends."""
    _die_with(parent)
    _limit_memory(memory_bytes)
    logging.disable(logging.CRITICAL)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is not an answer
    extract = _function(function)
    extract("<html><head><title>.</title></head><body><p>.</p></body></html>")  # imports what it needs
    ways = _Ways(extract)
    _send(answers, frames.answer(frames.READY, ""))
    while body := _batch(sys.stdin.buffer):
        for way, page in frames.pages(body):
            _limit_cpu(cpu_seconds)
            _send(answers, _answer(ways[way], page))


class _Ways(dict[str, Callable[[bytes], Conversion]]):
    """What makes text of a page, by its way; a module is imported with the first page that needs it."""

    def __init__(self, html: Convert) -> None:
        self[""] = lambda page: html(page.decode("utf-8", "replace"))

    def __missing__(self, way: str) -> Callable[[bytes], Conversion]:
        row = MEDIA[way]
        convert = _function(row.function)
        self[way] = convert if row.takes == "bytes" else lambda page: convert(page.decode("utf-8", "replace"))
        return self[way]


def _function(named: str) -> Convert:
    module, _, name = named.partition(":")
    found: Convert = getattr(importlib.import_module(module), name)
    return found


def _answer(convert: Callable[[bytes], Conversion], page: bytes) -> bytes:
    try:
        made = convert(page)
        text, about = (made, None) if isinstance(made, str) else made
        said = json.dumps({name: value for name, value in about._asdict().items() if value}) if about else ""
        return frames.answer(frames.TEXT, text, said)
    except Skip as skip:
        return frames.answer(frames.SKIPPED, skip.detail[:500], skip.reason)
    except MemoryError:
        # What is left of the process cannot be relied on, and earlier pages may have had their part in it.
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # whatever a library raises on a page is the page's failure, told to the worker
        return frames.answer(frames.FAILED, f"{type(error).__name__}: {error}"[:500])


def _batch(stream: BinaryIO) -> bytes:
    """The next batch, or nothing at the end, also where the worker died in the middle of one."""
    head = stream.read(frames.LENGTH.size)
    if len(head) < frames.LENGTH.size:
        return b""
    (length,) = frames.LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else b""


def _send(stream: BinaryIO, answer: bytes) -> None:
    try:
        stream.write(answer)
        stream.flush()
    except BrokenPipeError:
        os._exit(0)  # the worker is gone


def _die_with(parent: int) -> None:
    """Let the kernel kill this process when its worker ends, however it ends; without Linux, the end of input does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the worker's to answer
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)  # it ended before we asked


def _limit_memory(memory_bytes: int) -> None:
    with contextlib.suppress(ValueError, OSError):  # macOS refuses a limit on addresses
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _limit_cpu(seconds: float) -> None:
    """Give the next page its seconds: SIGXCPU, which nobody here handles, ends the process when they are used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
