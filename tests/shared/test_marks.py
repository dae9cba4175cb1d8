"""Marks: told of changes, or owed, and never silently lost."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.core.cache import cache
from django.db import transaction
from redis import Redis
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import OutOfMemoryError

from catalog import services
from catalog.caching import CONTENT, STOCK_MARKS, stock_mark
from catalog.models import Product
from shop import marks
from tests.pages import html
from tests.services.redis import start
from tests.shared.visitors import visitor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_owed() -> Iterator[None]:
    assert not is_owed()
    yield
    marks._owed = False


def values(*names: str) -> dict[str, Any]:
    return cache.get_many(names)


def state(*names: str) -> str:
    return marks.state(cache.get_many(names), names)


def is_owed() -> bool:
    return marks._owed


def refuse(*args: Any, **kwargs: Any) -> None:
    raise RedisDown("nobody is there")


def test_a_change_gives_marks_values_that_they_never_had() -> None:
    seen = set()
    for _ in range(3):
        marks.change("a", "b")
        found = values("a", "b")
        assert len(found) == 2
        seen |= set(found.values())
    assert len(seen) == 6
    assert all(time.time() - marks._made_at(value) < 60 for value in seen)


def test_only_what_changed_has_changed() -> None:
    marks.change("a", "b")
    before = values("a", "b")
    marks.change("b")
    assert values("a") == {"a": before["a"]}
    assert values("b")["b"] != before["b"]


@pytest.mark.redis  # without it the state also tells of everybody's commits
def test_a_state_lasts_until_one_of_its_marks_changes() -> None:
    first = state("a", "b")
    assert state("a", "b") == first
    marks.change("c")
    assert state("a", "b") == first
    marks.change("b")
    assert state("a", "b") != first


def test_a_mark_that_is_gone_has_changed() -> None:
    marks.change("a", "b")
    first = state("a", "b")
    cache.delete("b")
    assert state("a", "b") != first


def test_a_change_is_told_once_it_is_committed() -> None:
    marks.change("a")
    before = values("a")
    with transaction.atomic():
        marks.change("a")
        assert values("a") == before
    after = values("a")
    assert after != before
    with transaction.atomic():
        marks.change("a")
        transaction.set_rollback(True)
    assert values("a") == after


def test_readers_do_not_wait_for_what_else_follows_a_commit() -> None:
    """Pictures are drawn there, and a broker that is silent is waited for."""
    marks.change("a")
    before, seen = values("a"), []
    with transaction.atomic():
        transaction.on_commit(lambda: seen.append(values("a")))
        with transaction.atomic():
            transaction.on_commit(lambda: seen.append(values("a")))
            marks.change("a")
    assert len(seen) == 2 and before not in seen


@pytest.mark.redis
def test_a_redis_that_is_full_lets_go_of_what_changed(settings: Any) -> None:
    url = start("any")
    options = settings.CACHES["default"]
    settings.CACHES = {"default": {**options, "LOCATION": [url]}}
    marks.change("a", "b")
    before = values("a", "b")
    with Redis.from_url(url) as redis:
        redis.config_set("maxmemory", 1)
        with pytest.raises(OutOfMemoryError):
            redis.set("more", 1)
    marks.change("a")
    assert values("a", "b") == {"b": before["b"]}
    assert not is_owed()
    # A mark that is not there and cannot be: nothing is kept or taken.
    assert not marks.may_keep(state("a"))


def test_each_product_has_one_mark_of_its_stock(product: Product) -> None:
    names = {stock_mark(f"name-{n}") for n in range(20_000)}
    assert len(names) <= STOCK_MARKS
    assert len(names) > STOCK_MARKS * 0.98
    assert stock_mark(product.pk) == stock_mark(str(product.pk))
    assert stock_mark("kettle") == stock_mark("kettle") != stock_mark("lamp")


def test_what_the_cache_was_not_told_is_owed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    marks.change(marks.EPOCH, "a")
    before = values(marks.EPOCH, "a")
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(marks, "_set", refuse)
        marks.change("a")
        assert is_owed()
        # Still nobody there: it stays owed, and nothing old is taken meanwhile.
        marks.settle()
        assert is_owed()
        assert state("a") != state("a")
    assert "nobody is there" in caplog.text
    assert values(marks.EPOCH, "a") == before
    marks.settle()
    assert not is_owed()
    after = values(marks.EPOCH, "a")
    # Everything that was kept before is of another epoch.
    assert after["a"] == before["a"] and after[marks.EPOCH] != before[marks.EPOCH]
    marks.settle()
    assert values(marks.EPOCH, "a") == after


def test_who_reads_settles_what_is_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    marks.change(marks.EPOCH)
    before = values(marks.EPOCH)
    with monkeypatch.context() as patch:
        patch.setattr(marks, "_set", refuse)
        marks.change("a")
    state("a")
    assert not is_owed()
    assert values(marks.EPOCH) != before


def test_a_change_that_the_cache_missed_shows_at_once(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = ("/", "/catalog/", "/product/kettle/")
    for address in addresses:
        assert "Kettle" in html(visitor().get(address))
    with monkeypatch.context() as patch:
        patch.setattr(marks, "_set", refuse)
        # The write itself does not fail.
        services.update_product(product.pk, name_en="Pot")
        assert Product.objects.get().name_en == "Pot"
        for address in addresses:
            assert "Pot" in html(visitor().get(address))
    for address in addresses:
        for _ in range(2):
            assert "Pot" in html(visitor().get(address))


def test_a_failing_cache_undoes_no_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even what nobody has thought of: the write has happened by then."""

    def broken(values: dict[str, str]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(marks, "_set", broken)
    with transaction.atomic():
        marks.change(CONTENT)
        marks.change("a")


def test_a_renewed_epoch_means_that_nothing_is_known(product: Product) -> None:
    before = state(CONTENT, marks.EPOCH)
    marks.renew()
    assert state(CONTENT, marks.EPOCH) != before


@pytest.mark.parametrize(
    ("ages", "asks_primary"),
    [((3600,), False), ((3600, 1), True), ((0,), True), ((3600, 3600), False)],
)
def test_what_changed_lately_is_read_from_the_primary(
    monkeypatch: pytest.MonkeyPatch, ages: tuple[float, ...], asks_primary: bool
) -> None:
    """A replica may not have yet what the mark was changed for."""
    asked = MagicMock()
    monkeypatch.setattr(marks, "from_primary", asked)
    now = time.time()
    found = ":".join(f"{now - age:.3f}-abc" for age in ages)
    for state_of in (found, f"{found}|7.12"):
        with marks.making(state_of):
            pass
    assert asked.call_count == (2 if asks_primary else 0)


def test_a_mark_of_an_older_shop_counts_as_new() -> None:
    assert abs(marks._made_at("0123456789abcdef") - time.time()) < 60


@pytest.mark.embedded
def test_without_redis_any_write_renews_what_is_kept(product: Product) -> None:
    """Another process may have written; SQLite counts commits and not changes."""
    before = state("a")
    assert state("a") == before
    product.save()
    assert state("a") != before


@pytest.mark.embedded
def test_a_file_that_is_put_back_is_another_one(tmp_path: Path) -> None:
    seen = set()
    for name in ("one", "two"):
        with closing(sqlite3.connect(tmp_path / name)) as database:
            database.execute("CREATE TABLE things (id integer)")
    for name in ("one", "two"):
        (tmp_path / name).replace(tmp_path / "shop")
        seen |= {marks._commits(str(tmp_path / "shop")) for _ in range(2)}
    assert len(seen) == 2


@pytest.mark.postgres
def test_of_postgresql_without_redis_nothing_is_kept(settings: Any) -> None:
    """Each process would have marks of its own, and nothing tells of the others."""
    assert state("a") == state("a")
    settings.REDIS_URL = ""
    assert state("a") != state("a")
