"""One file, several who confirm and import it: it is imported once."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils.translation import override

from catalog.models import ImportRun, Product, StockEntry
from catalog.services import import_runs
from catalog.services.importing import import_products
from catalog.services.stock import stock_errors
from tests.catalog.runs import confirmed, ready
from tests.concurrency.helpers import Meeting, run_together
from tests.factories import make_product

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ROWS = "sku,name,price,stock\nA-1,Pan,1,3\nA-2,Pot,2,4\n"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture(autouse=True)
def _directory(settings: Any, tmp_path: Path) -> None:
    settings.IMPORT_DIR = tmp_path / "imports"


def test_of_many_clicks_on_confirm_one_counts() -> None:
    run = ready(ROWS)

    def confirm(number: int) -> bool:
        own = ImportRun.objects.get(pk=run.pk)
        return import_runs.confirm(own, user=run.user, skip_errors=bool(number))

    results = run_together(confirm, list(range(6)))
    assert sorted(results) == [False] * 5 + [True]


def test_without_the_conditional_update_all_of_them_count() -> None:
    """The twin that loses: it looks first and writes then."""
    run = ready(ROWS)
    meeting = Meeting(2)

    def confirm(number: int) -> bool:
        own = ImportRun.objects.get(pk=run.pk)
        if own.state != ImportRun.State.READY:
            return False
        meeting.wait()
        own.state = ImportRun.State.CONFIRMED
        own.save()
        return True

    assert run_together(confirm, [1, 2]) == [True, True]


class _Processes:
    """Each worker is a process of its own: none holds the other's thread lock."""

    def acquire(self, blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        """Nothing is held."""


def test_of_many_workers_one_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    make_product(sku="A-1", name="Pan", price=1, stock=1)
    run = confirmed(ROWS)
    monkeypatch.setattr(import_runs, "_at_work", _Processes())
    results = run_together(import_runs.perform, [run.pk] * 5)
    assert results == [None] * 5
    run.refresh_from_db()
    assert run.state == "done"
    assert run.result == {"created": 1, "updated": 1, "unchanged": 0, "failed": 0}
    assert LogEntry.objects.count() == 1
    assert StockEntry.objects.filter(reason="import").count() == 2
    assert stock_errors() == []


def test_without_the_row_lock_several_do() -> None:
    """The twin that loses: it reads that nobody has imported the file yet."""
    for sku in ("A-1", "A-2"):
        make_product(sku=sku, stock=1)
    run = confirmed(ROWS)
    meeting = Meeting(2)

    def perform(pk: Any) -> None:
        own = ImportRun.objects.get(pk=pk, state=ImportRun.State.CONFIRMED)
        meeting.wait()
        with own.file.open("rb") as file:
            counts = import_products(file, actor=own.user)
        own.state = ImportRun.State.DONE
        own.save()
        import_runs._log(own, counts)

    assert run_together(perform, [run.pk] * 2) == [None] * 2
    assert LogEntry.objects.count() == 2


def test_a_look_holds_nobody_up() -> None:
    """A preview takes no lock: an import of the same products goes on beside it."""
    make_product(sku="A-1", name="Pan", price=1, stock=1)
    first = confirmed("sku,stock\nA-1,5\n")
    done: list[str] = []

    def import_between(row: Any) -> None:
        if not done:
            done.append("")
            run_together(import_runs.perform, [first.pk])

    run = ready(ROWS)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(run.file.open("rb"))
        import_products(file, dry_run=True, on_row=import_between)
    first.refresh_from_db()
    assert first.state == "done"
    assert Product.objects.get().stock == 5
