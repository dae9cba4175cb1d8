"""Reading pages in tests."""

import re
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def html(response: Any) -> str:
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def text(response: Any) -> str:
    """What a reader sees of the content: no tags, single spaces."""
    main = re.search(r"<main.*</main>", html(response), re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", main[0] if main else "").split())


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)
