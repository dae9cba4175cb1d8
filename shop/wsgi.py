"""The WSGI entry point: `gunicorn shop.wsgi`."""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

# Nothing that is loaded is garbage: looking for some meanwhile takes a fifth of it.
gc.disable()
_answer = get_wsgi_application()
# After the settings are loaded.
from shop import probes, urls  # noqa: E402, F401 - else the first visitor loads them

gc.freeze()
gc.enable()


def application(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """The answer of a process that knows of its parts whether they answer."""
    probes.keep()
    return _answer(environ, start_response)
