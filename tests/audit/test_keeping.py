"""The history is kept for so many days, and no longer."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.utils.timezone import now

from catalog.models import StockEntry
from shop import audit
from shop.tasks import forget_history
from tests.audit.books import Statements
from tests.factories import make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def ages() -> list[int]:
    """Entries so many days old."""
    days = [0, 29, 31, 400]
    for age in days:
        product = make_product()
        entries = LogEntry.objects.filter(object_pk=str(product.pk))
        assert entries.update(timestamp=now() - timedelta(days=age)) == 1
    return days


@pytest.mark.parametrize(("keep", "left"), [(30, 2), (365, 3), (0, 4)])
def test_older_entries_go(keep: int, left: int, ages: list[int], settings: Any) -> None:
    settings.AUDIT_KEEP_DAYS = keep
    forget_history()
    assert LogEntry.objects.count() == left
    # Books that sums are proved by stay.
    assert StockEntry.objects.count() == len(ages)
    assert audit.forget_old() == 0


def test_they_go_in_parts(
    ages: list[int], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUDIT_KEEP_DAYS = 1
    monkeypatch.setattr(audit, "BATCH", 2)
    with Statements() as asked:
        assert audit.forget_old() == 3
    deletions = [sql for sql in asked.of_the_history if sql.startswith("DELETE")]
    assert len(deletions) == 2
    assert LogEntry.objects.count() == 1


def test_the_schedule_knows_of_it() -> None:
    task = settings.CELERY_BEAT_SCHEDULE["forget-history"]["task"]
    assert task == forget_history.name
