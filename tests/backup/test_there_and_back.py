"""What was saved is what is there afterwards: rows, pictures, search and numbers."""

import json
import stat
import threading
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from catalog.models import Product
from orders.models import Order
from shop.backup.making import backups_in
from shop.backup.postgresql import PostgreSQL
from shop.locks import DIRECT
from tests.backup.conftest import Places
from tests.backup.places import Elsewhere, Saved, files, tables
from tests.backup.running import restore
from tests.backup.tars import parts_of
from tests.factories import make_order, make_product, make_user

pytestmark = pytest.mark.django_db

CLEAN = [
    "Every product's stock is the sum of its ledger.",
    "Every order adds up.",
]


def test_every_row_and_picture_is_there_again(
    saved: Saved, places: Places, settings: Any
) -> None:
    with places().used():
        said = restore(saved.path)
        assert tables() == saved.tables
    assert files(settings.MEDIA_ROOT) == saved.pictures
    rows = sum(count for count, _digest in saved.tables.values())
    assert said == [
        f"{rows} rows in {len(saved.tables)} tables are there again.",
        "0 migrations were applied.",
        *CLEAN,
        "The backup is restored, 0 files are missing.",
    ]
    assert len(saved.pictures) == 8
    assert rows > 500


def test_a_backup_is_one_moment_of_a_shop_that_sells(
    saved: Saved, places: Places
) -> None:
    placed: list[Any] = []
    begun, enough = threading.Event(), threading.Event()
    with places(saved.place).used():
        product, buyer = make_product(stock=1000), make_user()

        def sell() -> None:
            try:
                while not enough.is_set():
                    placed.append(make_order(buyer, (product, 1)).pk)
                    begun.set()
            finally:
                connections.close_all()

        seller = threading.Thread(target=sell)
        seller.start()
        try:
            assert begun.wait(60)
            at_least = len(placed)
            call_command("backup", "--no-media")
            at_most = len(placed) + 1
        finally:
            enough.set()
            seller.join(60)
    (path,) = backups_in(shop_settings.BACKUP_DIR)
    with places().used():
        said = restore(path)
        kept = set(Order.objects.values_list("pk", flat=True))
        left = Product.objects.get(pk=product.pk).stock
    sold = [pk for pk in placed if pk in kept]
    # A beginning of what was sold, without a gap, and the stock that belongs to it.
    assert sold == placed[: len(sold)]
    assert at_least <= len(sold) <= at_most
    assert left == 1000 - len(sold)
    assert said[-3:-1] == CLEAN


@pytest.mark.postgres
def test_what_is_sold_after_the_snapshot_is_not_in_it(
    saved: Saved, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = PostgreSQL._run

    def sell_first(self: PostgreSQL, *command: str) -> None:
        def sell() -> None:
            make_order()
            connections.close_all()

        seller = threading.Thread(target=sell)
        seller.start()
        seller.join(60)
        run(self, *command)

    with places(saved.place).used(), monkeypatch.context() as patch:
        patch.setattr(PostgreSQL, "_run", sell_first)
        call_command("backup")
        orders = saved.tables["orders_order"][0]
        assert Order.objects.count() == orders + 1
    (path,) = backups_in(shop_settings.BACKUP_DIR)
    with places().used():
        restore(path)
        assert tables() == saved.tables


@pytest.mark.postgres
def test_all_of_a_restore_goes_past_a_pooler(
    saved: Saved,
    places: Places,
    nowhere: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its migrations and checks too: the default connection leads elsewhere here."""
    place = places()
    way_past = {**connections.settings["default"], "NAME": place.name}
    with nowhere.used():
        monkeypatch.setitem(connections.settings, DIRECT, way_past)
        # Tests may connect by the name of the default one only.
        connections[DIRECT] = connections["default"].copy()
        connections[DIRECT].settings_dict = way_past
        usual = connection.settings_dict
        try:
            said = restore(saved.path)
        finally:
            connections[DIRECT].close()
            del connections[DIRECT]
        assert said[1:] == [
            "0 migrations were applied.",
            *CLEAN,
            "The backup is restored, 0 files are missing.",
        ]
        # As it was, and still empty.
        assert connection.settings_dict is usual
        assert tables() == {}
    with place.used():
        assert tables() == saved.tables


@pytest.mark.postgres
def test_search_numbers_and_schema_go_on_where_they_were(
    saved: Saved, places: Places, client: Client
) -> None:
    with places(saved.place).used():
        schema = _schema()
        next_number = make_order().number + 1
    with places().used():
        restore(saved.path)
        assert _schema() == schema
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_tsvector('catalog_kazakh', 'көйлек')::text")
            assert cursor.fetchone() == ("'көйлек':1",)
        found = {
            query: [
                product["sku"]
                for product in client.get("/api/products", {"q": query}).json()[
                    "results"
                ]
            ]
            for query in ("кроссовок зелен", "красовки")
        }
        assert found == {"кроссовок зелен": ["BK-1"], "красовки": ["BK-1"]}
        assert make_order().number == next_number - 1


def _schema() -> dict[str, list[Any]]:
    """Names and kinds of what PostgreSQL knows beside tables, and what guards them."""
    queries = {
        "indexes": "SELECT tablename, indexname FROM pg_indexes"
        " WHERE schemaname = 'public'",
        "constraints": "SELECT conrelid::regclass::text, conname, contype"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "functions": "SELECT proname, prosrc, provolatile FROM pg_proc"
        " WHERE proname LIKE 'catalog%'",
        "triggers": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
        " WHERE NOT tgisinternal",
        "extensions": "SELECT extname FROM pg_extension",
        "searches": "SELECT cfgname FROM pg_ts_config"
        " WHERE cfgnamespace = 'public'::regnamespace",
        "storage": "SELECT relname, reloptions FROM pg_class"
        " WHERE reloptions IS NOT NULL AND relnamespace = 'public'::regnamespace",
    }
    found = {}
    with connection.cursor() as cursor:
        for name, query in queries.items():
            cursor.execute(query)
            found[name] = sorted(cursor.fetchall(), key=repr)
    return found


def test_the_manifest_says_what_is_in_the_file(saved: Saved) -> None:
    parts = parts_of(saved.path)
    manifest = json.loads(parts["manifest.json"])
    names = {"postgresql": "database.dump", "sqlite": "database.sqlite3.gz"}
    database = names[connection.vendor]
    assert list(parts) == [
        "READ-ME.txt",
        database,
        *(f"media/{name}" for name in sorted(saved.pictures)),
        "manifest.json",
        "SHA256SUMS",
    ]
    assert manifest["engine"] == connection.vendor
    assert manifest["database"]["size"] == len(parts[database])
    assert manifest["media"] == {
        "files": len(saved.pictures),
        "bytes": sum(map(len, saved.pictures.values())),
        "left_out": "",
    }
    assert ["catalog", "0001_initial"] in manifest["migrations"]
    counted = {
        name.removeprefix("public."): rows for name, rows in manifest["tables"].items()
    }
    assert counted == {name: rows for name, (rows, _digest) in saved.tables.items()}


def test_only_its_owner_reads_a_backup_and_no_key_is_in_it(saved: Saved) -> None:
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(saved.path.parent.stat().st_mode) == 0o700
    assert shop_settings.SECRET_KEY.encode() not in saved.path.read_bytes()
