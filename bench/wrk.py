"""`wrk` as the bench calls it: requests by a list, figures as numbers."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.errors import Wrong
from bench.servers import CLIENTS, FLOOR, settle

# Requests are written out before the clock starts. What is asked when a list that must
# not begin again is at its end is the floor. The last function tells the figures
# as JSON: counts, and times in microseconds.
SCRIPT = """
local requests, again, at = {{}}, {again}, 0
function init(args)
  for line in io.lines("{asked}") do
    local method, path, headers, body = line:match("^(%S+)\\t(%S+)\\t(.-)\\t(.*)$")
    local set = {{}}
    for name, value in headers:gmatch("([^\\1]+)\\2([^\\1]+)") do set[name] = value end
    if body == "" then body = nil end
    requests[#requests + 1] = wrk.format(method, path, set, body)
  end
  spare = wrk.format("GET", "{spare}")
end
function request()
  at = at + 1
  if at > #requests then
    if not again then return spare end
    at = 1
  end
  return requests[at]
end
function done(summary, latency, asked)
  local wrong = summary.errors
  io.write("\\nfigures ", string.format(
    '{{"requests": %d, "took": %d, "p50": %d, "p99": %d, "refused": %d, "lost": %d}}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    wrong.status, wrong.connect + wrong.read + wrong.write + wrong.timeout), "\\n")
end
"""


@dataclass(frozen=True)
class Ask:
    """One request. `path` is percent-encoded, the body has no line breaks."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class Figures:
    """Requests per second, and milliseconds that half and all but 1 % took at most."""

    rps: float
    p50_ms: float
    p99_ms: float
    requests: int


def found() -> bool:
    return shutil.which("wrk") is not None


def load(
    port: int, asks: Sequence[Ask], seconds: int, *, once: bool = False
) -> Figures:
    """Ask over 16 connections for so long, the list again and again.

    With `once` no request is sent twice: when the list ends, the floor is asked, so it
    has to be long enough. Raises Wrong if an answer was not 2xx or 3xx, or none came.
    """
    settle(port)
    with tempfile.TemporaryDirectory() as directory:
        asked, script = Path(directory, "asked"), Path(directory, "load.lua")
        asked.write_text("".join(map(_line, asks)), encoding="utf-8")
        again = "false" if once else "true"
        script.write_text(SCRIPT.format(asked=asked, again=again, spare=FLOOR))
        command = ["wrk", "--threads", "1", "--connections", str(CLIENTS)]
        command += ["--duration", f"{seconds}s", "--timeout", "30s"]
        command += ["--script", str(script), f"http://127.0.0.1:{port}"]
        said = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, check=True
        ).stdout
    told = json.loads(said.rpartition("figures ")[2])
    if told["refused"] or told["lost"]:
        raise Wrong(f"{asks[0].path}: {told['refused']} refused, {told['lost']} lost")
    if once and told["requests"] > len(asks):
        raise Wrong(f"{asks[0].path}: the list of {len(asks)} was too short")
    return Figures(
        told["requests"] / (told["took"] / 1e6),
        told["p50"] / 1e3,
        told["p99"] / 1e3,
        told["requests"],
    )


def _line(ask: Ask) -> str:
    headers = "\1".join(f"{name}\2{value}" for name, value in ask.headers.items())
    return f"{ask.method}\t{ask.path}\t{headers}\t{ask.body}\n"
