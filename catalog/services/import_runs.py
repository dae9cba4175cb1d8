"""Files that the back office imports: kept, looked at, confirmed, imported once.

A run is imported in the transaction that also marks it done. Whoever dies on the way
leaves it confirmed, and whoever takes it next finds nothing half done.
"""

import hashlib
import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.exceptions import ImportNotReady
from catalog.importing import reports
from catalog.importing.columns import Columns
from catalog.importing.exceptions import BadFile, ImportRefused
from catalog.importing.tables import open_table
from catalog.models import ImportRun
from catalog.rights import Rights
from catalog.services.importing import Counts, import_products
from shop.exceptions import DomainError

logger = logging.getLogger(__name__)

# Rows that a request judges and imports itself; more are left to a task.
SMALL = 2000
# Without news for so long, whoever was checking a file is dead.
SILENCE = timedelta(minutes=1)
# A message to a worker that has not been taken for so long is lost.
LOST = timedelta(seconds=30)
ATTEMPTS = 3
State = ImportRun.State
# One import at a time in a process: on SQLite nobody else could write anyway.
_at_work = threading.Lock()


def receive(chunks: Iterable[bytes], *, name: str, user: User | None) -> ImportRun:
    """Keep a file to look at. BadFile when it cannot be one of products."""
    run = ImportRun(file_name=name[-255:], user=user, language=get_language() or "en")
    run.file.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with run.file.open("wb") as kept:
            for chunk in chunks:
                digest.update(chunk)
                kept.write(chunk)
            run.size = kept.tell()
        run.sha256 = digest.hexdigest()
        with run.file.open("rb") as file, open_table(file, "sku") as table:
            Columns.of(table.header)
        run.save()
    except BaseException:
        run.file.unlink(missing_ok=True)
        raise
    return run


def is_small(run: ImportRun) -> bool:
    """So few rows that a request can wait for them."""
    if run.preview:
        return sum(run.preview.values()) <= SMALL
    try:
        with run.file.open("rb") as file, open_table(file, "sku") as table:
            return all(number < SMALL for number, _row in enumerate(table.rows()))
    except BadFile:
        # It breaks off further down, which `look` says in the run.
        return True


def look(run_id: UUID) -> None:
    """Say of every row what it would do. Nothing is changed; repeating is harmless."""
    now = timezone.now()
    silent = Q(checked_at=None) | Q(checked_at__lt=now - SILENCE)
    unchecked = ImportRun.objects.filter(pk=run_id, state=State.NEW)
    if _give_up(unchecked.filter(silent)):
        return
    begun = {"checked_at": now, "attempts": F("attempts") + 1}
    if not unchecked.filter(silent).update(**begun):
        return
    run = ImportRun.objects.get(pk=run_id)
    with override(run.language), _repeatable(run, State.NEW):
        # The import's report has the same name: a late look must not replace it.
        preview = run.report.with_suffix(".preview")
        try:
            with _file_of(run) as file, reports.writer(preview) as add_row:
                counts = import_products(
                    file,
                    dry_run=True,
                    skip_errors=True,
                    rights=Rights.of(run.user),
                    on_row=add_row,
                    on_progress=_Progress(run, renew=True),
                )
        except DomainError as error:
            changes: dict[str, Any] = {"state": State.REFUSED, "error": str(error)}
            changes["finished_at"] = timezone.now()
        else:
            changes = {"state": State.READY, "preview": asdict(counts)}
        if unchecked.exists() and preview.exists():
            preview.replace(run.report)
        if not unchecked.update(**changes) and not _exists(run):
            # Discarded meanwhile.
            _remove_files(run)
    _Progress.forget(run)


def confirm(run: ImportRun, *, user: User, skip_errors: bool) -> bool:
    """From now on the run will be imported; False when somebody was quicker.

    Raises ImportNotReady while there is nothing to confirm: the preview is not there,
    no row would change, or bad rows would refuse the file.
    """
    counts = Counts(**run.preview)
    if not (counts.created or counts.updated) or (counts.failed and not skip_errors):
        raise ImportNotReady
    ready = ImportRun.objects.filter(pk=run.pk, state=State.READY)
    return bool(
        ready.update(
            state=State.CONFIRMED,
            skip_errors=skip_errors,
            user=user,
            confirmed_at=timezone.now(),
            attempts=0,
        )
    )


def discard(run: ImportRun) -> bool:
    """Forget a file that nobody has confirmed; False when somebody has."""
    waiting = ImportRun.objects.filter(pk=run.pk, state__in=[State.NEW, State.READY])
    deleted, _each = waiting.delete()
    if deleted:
        _remove_files(run)
    return bool(deleted)


def perform(run_id: UUID) -> None:
    """Import a confirmed run, and mark it done in the same transaction.

    Whoever comes while another does it, or after, does nothing.
    """
    if not _at_work.acquire(blocking=False):
        return
    try:
        run = _begin(run_id)
        if run is None:
            return
        with override(run.language), _repeatable(run, State.CONFIRMED):
            _perform(run_id)
        _Progress.forget(run)
    finally:
        _at_work.release()


def _begin(run_id: UUID) -> ImportRun | None:
    """The confirmed run, unless somebody is at it or it broke too often.

    Each beginning counts, whatever comes of it: a file may kill who reads it.
    """
    with transaction.atomic():
        confirmed = ImportRun.objects.filter(pk=run_id, state=State.CONFIRMED)
        run = confirmed.select_for_update(skip_locked=True).first()
        if run is None or _give_up(confirmed):
            return None
        confirmed.update(attempts=F("attempts") + 1)
    return run


def _perform(run_id: UUID) -> None:
    with transaction.atomic():
        confirmed = ImportRun.objects.select_for_update(skip_locked=True)
        run = confirmed.filter(pk=run_id, state=State.CONFIRMED).first()
        if run is None:
            return
        try:
            with _file_of(run) as file, reports.writer(run.report) as add_row:
                try:
                    counts = import_products(
                        file,
                        skip_errors=run.skip_errors,
                        actor=run.user,
                        rights=Rights.of(run.user),
                        on_row=add_row,
                        on_progress=_Progress(run),
                    )
                    run.state = State.DONE
                except ImportRefused as error:
                    counts = error.counts
                    run.state, run.error = State.REFUSED, str(error)
            run.result = asdict(counts)
        except DomainError as error:
            run.state, run.error = State.REFUSED, str(error)
        run.finished_at = timezone.now()
        run.save()
        if run.state == State.DONE:
            _log(run, counts)


def run_waiting() -> None:
    """Do what waits: messages get lost, workers die, and some shops have neither."""
    now = timezone.now()
    # With a broker a worker has been told already.
    told = now - LOST if settings.RABBITMQ_URL else now
    silent = Q(checked_at=None) | Q(checked_at__lt=now - SILENCE)
    new = ImportRun.objects.filter(silent, state=State.NEW, created_at__lte=told)
    confirmed = ImportRun.objects.filter(state=State.CONFIRMED, confirmed_at__lte=told)
    for pk in list(new.order_by("created_at").values_list("pk", flat=True)):
        look(pk)
    for pk in list(confirmed.order_by("confirmed_at").values_list("pk", flat=True)):
        perform(pk)


def forget_old() -> None:
    """Remove runs that ended, or were never confirmed, with all their files."""
    limit = timezone.now() - timedelta(days=settings.IMPORT_KEEP_DAYS)
    old = ImportRun.objects.filter(created_at__lt=limit)
    for run in old.exclude(state=State.CONFIRMED):
        # Somebody may have confirmed it just now.
        row = ImportRun.objects.filter(pk=run.pk).exclude(state=State.CONFIRMED)
        if row.delete()[0]:
            _remove_files(run)


def progress(run: ImportRun) -> tuple[int, int] | None:
    """(rows done, rows in the file) of a run at work, if that is known here."""
    return cache.get(_Progress.key(run))


class _Progress:
    """Tells how far a run is, by the cache: its transaction is not over."""

    def __init__(self, run: ImportRun, *, renew: bool = False) -> None:
        self.run = run
        self.renew = renew

    def __call__(self, done: int, total: int) -> None:
        cache.set(self.key(self.run), (done, total), timeout=3600)
        if self.renew:
            ImportRun.objects.filter(pk=self.run.pk).update(checked_at=timezone.now())

    @staticmethod
    def key(run: ImportRun) -> str:
        return f"import:{run.pk}"

    @classmethod
    def forget(cls, run: ImportRun) -> None:
        cache.delete(cls.key(run))


@contextmanager
def _file_of(run: ImportRun) -> Iterator[BinaryIO]:
    """The very bytes that were uploaded."""
    try:
        file = run.file.open("rb")
    except OSError as error:
        raise BadFile(_("The file is not there any more.")) from error
    with file:
        if hashlib.file_digest(file, "sha256").hexdigest() != run.sha256:
            raise BadFile(_("The file is not the one that was uploaded."))
        file.seek(0)
        yield file


@contextmanager
def _repeatable(run: ImportRun, state: str) -> Iterator[None]:
    """What breaks is tried again by the schedule, and not for ever."""
    at_work = ImportRun.objects.filter(pk=run.pk, state=state)
    try:
        yield
    except Exception:
        at_work.update(checked_at=None)
        given_up = _give_up(at_work)
        logger.exception("import %s failed%s", run.pk, ", given up" * given_up)


def _give_up(runs: QuerySet[ImportRun]) -> int:
    """Those that were begun too often are refused; how many."""
    return runs.filter(attempts__gte=ATTEMPTS).update(
        state=State.REFUSED,
        error=_("Something broke on our side."),
        finished_at=timezone.now(),
    )


def _log(run: ImportRun, counts: Counts) -> None:
    """One entry in the back office's history, and not one for each product."""
    if run.user:
        LogEntry.objects.create(
            user=run.user,
            content_type=ContentType.objects.get_for_model(ImportRun),
            object_id=str(run.pk),
            object_repr=run.file_name[:200],
            action_flag=CHANGE,
            change_message=str(counts),
        )


def _exists(run: ImportRun) -> bool:
    return ImportRun.objects.filter(pk=run.pk).exists()


def _remove_files(run: ImportRun) -> None:
    """What a worker left half written too."""
    for path in run.file.parent.glob(f"{run.pk}.*"):
        path.unlink(missing_ok=True)
