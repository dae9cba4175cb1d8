"""A function in a process of its own, with its time and its peak of memory.

Nothing of Django is imported here: the process sets it up by itself.
"""

import multiprocessing
import re
import resource
import sys
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import django

STATUS = Path("/proc/self/status")


class Failed(Exception):
    """What the function raised, as text."""


def measure(module: str, function: str, *args: Any) -> tuple[float, float]:
    """(seconds of the call, MB at the peak of its process)."""
    # A fork would share the parent's connections, and its memory.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, module, function, args))
    process.start()
    there.close()
    try:
        answer = here.recv()
    except EOFError:
        raise Failed("the process died") from None
    finally:
        process.join()
    if isinstance(answer, str):
        raise Failed(answer)
    return answer


def _work(line: Connection, module: str, function: str, args: tuple[Any, ...]) -> None:
    django.setup()
    call = getattr(import_module(module), function)
    started = perf_counter()
    try:
        call(*args)
    except Exception as error:
        line.send(repr(error))
        return
    seconds = perf_counter() - started
    line.send((seconds, peak_memory()))


def peak_memory() -> float:
    """MB that this process has held at most."""
    if STATUS.exists():
        # getrusage would count the parent in, whose memory a child begins with.
        found = re.search(r"^VmHWM:\s*(\d+) kB", STATUS.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) / 1024
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # KB, on macOS bytes.
    return usage / (1024 * 1024 if sys.platform == "darwin" else 1024)
