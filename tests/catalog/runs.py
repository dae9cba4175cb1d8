"""Runs of imports as their tests make them."""

from catalog.models import ImportRun
from catalog.services import import_runs
from tests.factories import make_admin


def received(text: str, **fields: str) -> ImportRun:
    """A file that has come in and was not looked at."""
    user = make_admin()
    run = import_runs.receive([text.encode()], name="file.csv", user=user)
    for name, value in fields.items():
        setattr(run, name, value)
    run.save()
    return run


def ready(text: str) -> ImportRun:
    run = received(text)
    import_runs.look(run.pk)
    run.refresh_from_db()
    assert run.state == "ready"
    return run


def confirmed(text: str, *, skip_errors: bool = False) -> ImportRun:
    run = ready(text)
    assert import_runs.confirm(run, user=run.user, skip_errors=skip_errors)
    run.refresh_from_db()
    return run
