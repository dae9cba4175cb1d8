"""The shop with a fault built in; FAULTS names those that it has. Only tests start it.

`die_…` ends the process at that moment, once: what comes after meets a healthy worker.
`without_…` takes a guard away. Such a twin of the shop does damage, which the auditor
has to find: one who finds nothing wrong there would prove nothing here.
"""

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.db import transaction

from shop.wsgi import application as healthy

# Settings are loaded by now.
from orders.services import placing  # isort: skip

DIRECTORY = Path(os.environ["FAULTS_DIRECTORY"])
FAULTS = os.environ["FAULTS"].split(",")


def die_once() -> None:
    """As by kill -9: nothing is tidied up. The file is the memory of all workers."""
    try:
        DIRECTORY.joinpath("died").touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def replace(name: str, function: Callable[..., Any]) -> None:
    """Whoever places an order calls this instead."""
    patch.object(placing, name, function).start()


def die_before_clearing() -> None:
    """The order is committed, and its cart is still full."""
    settle = placing._settle

    def settle_or_die(*args: Any) -> None:
        die_once()
        settle(*args)

    replace("_settle", settle_or_die)


def die_before_answering() -> None:
    """All is done, and nobody was told."""
    global application

    def answer_or_die(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        answer = healthy(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST" and "order" in environ["PATH_INFO"]:
            die_once()
        return answer

    application = answer_or_die


def without_claims() -> None:
    """A repeated key is a new order."""
    replace("_claim", lambda *args: None)


def without_one_transaction() -> None:
    """Stock is taken after the order's commit; the process dies in between."""
    take = placing.move_stock

    def take_later(*args: Any, **kwargs: Any) -> None:
        def take_now() -> None:
            die_once()
            with transaction.atomic():
                take(*args, **kwargs)

        transaction.on_commit(take_now)

    replace("move_stock", take_later)


def without_outbox() -> None:
    """The event is written after the commit; the process dies in between."""
    tell = placing.emit_created

    def tell_later(*args: Any) -> None:
        def tell_now() -> None:
            die_once()
            with transaction.atomic():
                tell(*args)

        transaction.on_commit(tell_now)

    replace("emit_created", tell_later)


application: Any = healthy
for fault in FAULTS:
    globals()[fault]()
