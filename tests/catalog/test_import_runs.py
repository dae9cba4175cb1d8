"""Imports that nobody waits for: found again, given up, forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.translation import override

from catalog import tasks
from catalog.exceptions import ImportNotReady
from catalog.models import ImportRun, Product
from catalog.services import import_runs
from catalog.services.importing import import_products
from catalog.services.stock import stock_errors
from tests.backoffice import office
from tests.catalog.imports import row_counts
from tests.catalog.runs import confirmed, ready, received
from tests.factories import make_product

pytestmark = pytest.mark.django_db

NEW = "sku,name,price,stock\nA-1,Pan,1,3\nA-2,Pot,2,4\n"
IMPORT = "/admin/catalog/product/import/"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture(autouse=True)
def directory(settings: Any, tmp_path: Path) -> Path:
    settings.IMPORT_DIR = tmp_path / "imports"
    return settings.IMPORT_DIR


def state(run: ImportRun) -> str:
    run.refresh_from_db()
    return run.state


def upload(name: str = "file.csv", text: str = NEW) -> Any:
    file = SimpleUploadedFile(name, text.encode())
    data = {"resource": "0", "import_file": file}
    return office().post(IMPORT, data, follow=True)


def test_a_large_file_is_left_to_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_runs, "SMALL", 1)
    page = upload()
    run = ImportRun.objects.get()
    assert run.state == "new"
    assert page["Refresh"] == "3"
    tasks.run_imports()
    assert state(run) == "ready"
    client = office()
    page = client.get(run.get_absolute_url())
    assert "Refresh" not in page
    client.post(f"{run.get_absolute_url()}confirm/")
    assert state(run) == "confirmed"
    assert not Product.objects.exists()
    tasks.run_imports()
    assert state(run) == "done"
    assert Product.objects.count() == 2
    tasks.run_imports()
    assert LogEntry.objects.count() == 1


def test_a_worker_is_told_where_there_is_a_broker(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    told: list[str] = []
    monkeypatch.setattr(import_runs, "SMALL", 1)
    monkeypatch.setattr(tasks.run_import, "delay", told.append)
    settings.RABBITMQ_URL = "amqp://broker"
    upload()
    run = ImportRun.objects.get()
    assert told == [str(run.pk)]
    tasks.run_imports()
    assert state(run) == "new", "a worker has it"
    tasks.run_import(str(run.pk))
    assert state(run) == "ready"


def test_a_message_that_was_lost_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def refuse(run_id: str) -> None:
        raise ConnectionError

    monkeypatch.setattr(import_runs, "SMALL", 1)
    monkeypatch.setattr(tasks.run_import, "delay", refuse)
    settings.RABBITMQ_URL = "amqp://broker"
    assert upload().status_code == 200
    run = ImportRun.objects.get()
    earlier = timezone.now() - import_runs.LOST
    ImportRun.objects.update(created_at=earlier)
    tasks.run_imports()
    assert state(run) == "ready"
    import_runs.confirm(run, user=run.user, skip_errors=False)
    tasks.run_imports()
    assert state(run) == "confirmed"
    ImportRun.objects.update(confirmed_at=earlier)
    tasks.run_imports()
    assert state(run) == "done"


def test_a_worker_that_dies_leaves_nothing_half_done() -> None:
    run = confirmed(NEW)
    before = row_counts()
    # What is undone below is this test's own.
    monkeypatch = pytest.MonkeyPatch()

    def die(*args: Any, **kwargs: Any) -> Any:
        import_products(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(import_runs, "import_products", die)
    with pytest.raises(KeyboardInterrupt):
        tasks.run_import(str(run.pk))
    monkeypatch.undo()
    assert state(run) == "confirmed"
    assert row_counts() == before
    # The broker gives the same task to another worker; a third one is late.
    tasks.run_import(str(run.pk))
    tasks.run_import(str(run.pk))
    assert state(run) == "done"
    assert (Product.objects.count(), LogEntry.objects.count()) == (2, 1)
    assert stock_errors() == []


def test_a_dead_look_is_taken_over_after_a_minute() -> None:
    run = received(NEW)
    ImportRun.objects.update(checked_at=timezone.now())
    tasks.run_imports()
    tasks.run_import(str(run.pk))
    assert state(run) == "new"
    ImportRun.objects.update(checked_at=timezone.now() - timedelta(seconds=61))
    tasks.run_imports()
    assert state(run) == "ready"


@pytest.mark.parametrize("make", [received, confirmed])
def test_what_breaks_again_and_again_is_given_up(
    monkeypatch: pytest.MonkeyPatch, make: Any
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a bug")

    run = make(NEW)
    first = run.state
    before = row_counts()
    monkeypatch.setattr(import_runs, "import_products", fail)
    for _ in range(2):
        tasks.run_imports()
        assert state(run) == first
    tasks.run_imports()
    assert (state(run), run.error) == ("refused", "Something broke on our side.")
    assert row_counts() == before


def test_what_others_create_meanwhile_is_said() -> None:
    """A row that was new is an update when the import itself comes."""
    run = confirmed(NEW)
    make_product(sku="A-1", name="Pan", price=1, stock=0)
    import_runs.perform(run.pk)
    assert state(run) == "done"
    assert not run.is_as_previewed
    assert run.result == {"created": 1, "updated": 1, "unchanged": 0, "failed": 0}


def test_a_row_that_has_become_bad_refuses_the_file() -> None:
    make_product(sku="A-1", name="Pan", price=1)
    run = confirmed("sku,price,stock\nA-1,2,3\n")
    Product.objects.all().delete()
    before = row_counts()
    import_runs.perform(run.pk)
    assert state(run) == "refused"
    assert run.error == "Nothing was changed: 1 row is bad."
    assert run.result == {"created": 0, "updated": 0, "unchanged": 0, "failed": 1}
    assert row_counts() == before
    page = office().get(run.get_absolute_url())
    (row,) = page.context["result"].rows
    assert row.validation_error == "name: a new product needs it"


@pytest.mark.parametrize("make", [received, confirmed])
def test_a_file_that_is_gone(make: Any) -> None:
    run = make(NEW)
    run.file.unlink()
    tasks.run_import(str(run.pk))
    assert (state(run), run.error) == ("refused", "The file is not there any more.")
    assert office().get(f"{run.get_absolute_url()}file/").status_code == 404
    assert not Product.objects.exists()


def test_reasons_are_in_the_language_of_whoever_asked() -> None:
    with override("ru"):
        run = received("sku,name,price\nA-1,Pan,\n")
    tasks.run_imports()
    page = office().get(f"{run.get_absolute_url()}?kind=failed")
    (row,) = page.context["result"].rows
    assert row.validation_error == "price: у нового товара это должно быть"


def test_what_is_not_ready_is_not_confirmed() -> None:
    run = received(NEW)
    with pytest.raises(ImportNotReady):
        import_runs.confirm(run, user=run.user, skip_errors=True)
    run = ready(NEW)
    assert import_runs.confirm(run, user=run.user, skip_errors=False)
    assert not import_runs.confirm(run, user=run.user, skip_errors=False)


def test_a_file_discarded_while_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, directory: Path
) -> None:
    run = received(NEW)

    def discard_first(*args: Any, **kwargs: Any) -> Any:
        assert import_runs.discard(run)
        return import_products(*args, **kwargs)

    monkeypatch.setattr(import_runs, "import_products", discard_first)
    import_runs.look(ImportRun.objects.get().pk)
    assert not ImportRun.objects.exists()
    assert list(directory.iterdir()) == []


def test_old_runs_and_their_files_are_forgotten(directory: Path) -> None:
    old, waiting, fresh = confirmed(NEW), ready(NEW), ready(NEW)
    import_runs.perform(old.pk)
    long_ago = timezone.now() - timedelta(days=15)
    ImportRun.objects.exclude(pk=fresh.pk).update(created_at=long_ago)
    (directory / f"{old.pk}.dead.part").touch()
    at_work = confirmed("sku,price\nA-1,9\n")
    ImportRun.objects.filter(pk=at_work.pk).update(created_at=long_ago)
    tasks.forget_imports()
    assert {*ImportRun.objects.all()} == {fresh, at_work}
    assert {path.name.split(".")[0] for path in directory.iterdir()} == {
        str(fresh.pk),
        str(at_work.pk),
    }
    assert not waiting.file.exists()
    assert Product.objects.count() == 2


def test_how_far_a_run_is_can_be_seen_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    run = confirmed(NEW)

    def watched(*args: Any, on_progress: Any, **kwargs: Any) -> Any:
        def note(done: int, total: int) -> None:
            on_progress(done, total)
            page = office().get(run.get_absolute_url())
            seen.append(page.context["progress"])
            assert "2 of 2 rows." in page.content.decode()

        return import_products(*args, on_progress=note, **kwargs)

    monkeypatch.setattr(import_runs, "import_products", watched)
    import_runs.perform(run.pk)
    assert seen == [(2, 2)]
    assert import_runs.progress(run) is None


def test_a_file_that_kills_its_workers_is_given_up() -> None:
    run = confirmed(NEW)
    monkeypatch = pytest.MonkeyPatch()

    def die(*args: Any, **kwargs: Any) -> Any:
        # Nothing of ours is called any more when a process is killed.
        raise SystemExit

    monkeypatch.setattr(import_runs, "import_products", die)
    for _ in range(import_runs.ATTEMPTS):
        with pytest.raises(SystemExit):
            import_runs.perform(run.pk)
        assert state(run) == "confirmed"
    monkeypatch.undo()
    import_runs.perform(run.pk)
    assert (state(run), run.error) == ("refused", "Something broke on our side.")
    assert Product.objects.count() == 0
