"""A primary with its standby for the whole run, and what tells them apart."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.events.proxy import Wire
from tests.faults.processes import wait_until
from tests.growth.shops import prepare, rows
from tests.services import postgresql

OLD, NEW = "Старое имя", "Новое имя"
PASSWORD = "horse-39-x"


class Pair(NamedTuple):
    primary: str
    standby: str
    # A copy that follows nobody.
    apart: str
    # Through here the shops reach the standby.
    wire: Wire

    def hold(self) -> None:
        """The standby has all there is, and gets no more of it."""
        (end,) = rows(self.primary, "SELECT pg_current_wal_lsn()::text")[0]
        has_it = "SELECT 1 WHERE pg_last_wal_replay_lsn() >= %s::pg_lsn"
        wait_until(lambda: rows(self.standby, has_it, end), "the standby is level")
        rows(self.standby, "SELECT pg_wal_replay_pause()")
        paused = "SELECT 1 WHERE pg_get_wal_replay_pause_state() = 'paused'"
        wait_until(lambda: rows(self.standby, paused), "the standby pauses")

    def rename(self, name: str) -> None:
        """By plain SQL, of which no cache hears."""
        change = "UPDATE catalog_product SET name_ru = %s WHERE sku = 'G-1'"
        rows(self.primary, change, name)

    def replica_url(self) -> str:
        return self.wire.url().replace("amqp://", "postgres://")


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    primary, standby = (f"{server}/duken" for server in postgresql.pair())
    prepare(primary, tmp_path_factory.mktemp("growth"))
    rows(primary.replace("/duken", "/postgres"), "CREATE DATABASE apart TEMPLATE duken")
    wire = Wire(standby)
    yield Pair(primary, standby, primary.replace("/duken", "/apart"), wire)
    wire.close()
