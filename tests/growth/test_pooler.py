"""The shop behind PgBouncer in transaction mode, with fewer sessions than threads."""

import subprocess
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, connections

from events.services.relaying import LOCK
from shop import locks
from tests.faults.shop import environment, manage
from tests.growth.conftest import Pair
from tests.growth.shops import Shop, rows, shop
from tests.services import pgbouncer

pytestmark = pytest.mark.postgres
SESSIONS, ORDERS = 2, 24


@pytest.fixture(scope="module")
def pooled(pair: Pair) -> Iterator[Shop]:
    with shop(
        DATABASE_URL=pgbouncer.start(pair.primary, SESSIONS),
        DATABASE_POOLER="transaction",
        DATABASE_DIRECT_URL=pair.primary,
    ) as found:
        yield found


def order(place: Shop) -> int:
    """The status of the answer to a guest who looks around and buys."""
    with place.client() as client:
        client.get("/catalog/").raise_for_status()
        body = {
            "items": [{"sku": "G-2", "quantity": 1}],
            "customer_email": "buyer@example.com",
        }
        return client.post("/api/orders", json=body).status_code


@pytest.mark.pgbouncer
def test_orders_at_once_share_the_sessions(pair, pooled):
    before = rows(pair.primary, "SELECT count(*) FROM orders_order")[0][0]

    with ThreadPoolExecutor(8) as buyers:
        placed = buyers.map(lambda _: order(pooled), range(ORDERS))
        assert list(placed) == [201] * ORDERS
    after = rows(pair.primary, "SELECT count(*) FROM orders_order")[0][0]
    assert after - before == ORDERS
    pooled.manage("check_stock")


@pytest.mark.pgbouncer
def test_commands_that_walk_and_count_work_through_the_pooler(pooled, tmp_path):
    goods = tmp_path / "goods.csv"
    pooled.manage("export_products", str(goods))
    said = pooled.manage("import_products", str(goods))
    last = said.strip().splitlines()[-1]
    assert last == "created 0, updated 0, unchanged 2, failed 0"


@pytest.mark.pgbouncer
def test_figures_of_one_moment(pooled):
    with pooled.client() as client:
        login = {"email": "boss@example.com", "password": "horse-39-x"}
        client.post("/auth/login", json=login).raise_for_status()
        assert client.get("/admin/stats/").status_code == 200
        assert client.get("/api/admin/stats").json()["products"]["total"] == 2


# `manage.py publish_outbox --once`, which waits no minute for another relay.
IMPATIENT = """
import django
django.setup()
from django.core.management import execute_from_command_line
from events.management.commands import publish_outbox
publish_outbox.PATIENCE = 1
execute_from_command_line(["manage.py", "publish_outbox", "--once"])
"""


def impatient_relay(shop: Shop) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", IMPATIENT],
        env=shop.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.pgbouncer
def test_the_relays_lock_is_a_session_of_its_own(pair, pooled):
    with psycopg.connect(pair.primary, autocommit=True) as other:
        key = zlib.crc32(LOCK.encode())
        other.execute("SELECT pg_advisory_lock(%s)", [key])
        # Whose commit wakes a relay, which finds the outbox taken.
        assert order(pooled) == 201
        refused = impatient_relay(pooled)
        assert refused.returncode == 1, refused.stdout
        waiting = "SELECT count(*) FROM outbox_messages WHERE status = 'pending'"
        pending = rows(pair.primary, waiting)[0][0]
        assert pending > 0, refused.stderr
    said = pooled.manage("publish_outbox", "--once")
    assert f"sent {pending}, parked 0, pending 0" in said
    left = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert rows(pair.primary, left) == [(0,)]


def test_without_a_direct_way_there_is_no_start():
    told = environment(
        DATABASE_URL="postgres://u@127.0.0.1:1/x", DATABASE_POOLER="transaction"
    )
    refused = manage(told, "check")
    assert refused.returncode != 0
    assert "DATABASE_POOLER=transaction needs DATABASE_DIRECT_URL" in refused.stderr


@pytest.mark.django_db(transaction=True)
def test_a_direct_session_that_ends_is_noticed(monkeypatch):
    connections[locks.DIRECT] = connections["default"].copy()
    monkeypatch.setitem(connections.settings, locks.DIRECT, {})
    try:
        with locks.try_lock("a") as check:
            assert check is not None
            check()
            session = connections[locks.DIRECT].connection
            with connection.cursor() as cursor:
                # The work goes by another session, which lives on.
                assert session is not connection.connection
                pid = session.info.backend_pid
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            with pytest.raises(locks.LockLost):
                check()
        with locks.try_lock("a") as again:
            assert again is not None
        assert connections[locks.DIRECT].connection is None
    finally:
        del connections[locks.DIRECT]
