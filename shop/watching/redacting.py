"""No personal data and no secrets in what is written down.

Own log calls name ids and numbers, never people. What is left is what others say:
exceptions quote values (`Key (email)=(…) already exists`), drivers quote addresses. So

- an exception is its class and its sentence, with quoted values taken out, and of a
  database's answer without its details, which are rows; frames never carry locals;
- whatever the visitor has sent with this request is taken out wherever it appears;
- what looks like an address, a phone number, a token or a password is taken out too,
  and so are the shop's own secrets.
"""

import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError
from psycopg import Error as DriverError

from shop.watching.context import current_request

MASK = "•••"
LONGEST_SENTENCE = 500
# Shorter values are words of everyday ("cash"): taking them out spoils the rest.
SHORTEST_VALUE = 4
SHORTEST_SECRET = 10
MOST_VALUES = 500

_PATTERNS: list[tuple[re.Pattern[str], str]] = [
    # user:password@ of an address
    (re.compile(r"(://)[^/\s@'\"]+@"), rf"\1{MASK}@"),
    # e-mail addresses, in any alphabet
    (re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[\w.~+/=-]{6,}"), rf"\1 {MASK}"),
    # Telegram's tokens, and tokens of Django's reset links
    (re.compile(r"\b(?:bot)?\d{6,}:[\w-]{20,}"), MASK),
    (re.compile(r"\b[a-z0-9]{4,8}-[a-f0-9]{32,64}\b"), MASK),
    (
        re.compile(
            r"(?i)([\"']?[\w-]*(?:password|passwd|secret|token|authorization|cookie"
            r"|session_?id|signature|api_?key|dsn)[\"']?\s*[=:]\s*)"
            r"(\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)"
        ),
        rf"\1{MASK}",
    ),
    # what stands behind the question mark of an address
    (re.compile(r"((?:https?:/|\s|^)/[^\s?'\"]*)\?[^\s'\"]+"), rf"\1?{MASK}"),
    (re.compile(r"\bip=[\w.:]*\w"), f"ip={MASK}"),
    (
        re.compile(
            r"(?<![\w.:-])(?:\+\d{1,3}|8|7)[\s(-]{0,2}\d{3}[\s)-]{0,2}\d{3}[\s-]?\d{2}"
            r"[\s-]?\d{2}(?![\w-])"
        ),
        MASK,
    ),
]
# In a sentence of a database, what stands after one of these words is a part of the
# schema; of Python's, what stands beside one of those is a part of the code.
_SCHEMA = r"(?:constraint|column|relation|table|index|function|role|database|server at)"
_CODE = r"(?:attribute|argument|arguments:|module named|name|type|method|key)"
_QUOTED = re.compile(
    rf"(?P<before>\b(?:{_SCHEMA}|{_CODE})\s+)?"
    r"(?P<quoted>\"[^\"]*\"|(?<!\w)'(?:[^'\\]|\\.)*'|«[^»]*»|“[^”]*”)"
    r"(?P<after>\s+object\b)?"
)
_IDENTIFIER = re.compile(r"[\"'][A-Za-z_][\w.]{0,80}[\"']", re.ASCII)
_ADDRESS = re.compile(r"[\"'][\w.:/-]{1,80}[\"']", re.ASCII)


def redact(text: str) -> str:
    """The text without what this request sent, what looks personal, and secrets."""
    for value in _sent():
        text = text.replace(value, MASK)
    # The server above the workers has no settings, and so nothing of theirs to tell.
    if settings.configured and (secrets := _secrets()):
        text = secrets.sub(MASK, text)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def describe(error: BaseException) -> str:
    """The class of an exception, and what of its sentence may be written down."""
    kind = type(error).__qualname__
    if isinstance(error, ValidationError):
        # Its sentences are for whoever filled the form in, and quote them.
        return kind
    sentence = str(error).strip()
    if isinstance(error, DatabaseError | DriverError):
        # DETAIL and CONTEXT are rows and parameters.
        sentence = re.split(r"\n\s*(?:DETAIL|CONTEXT|HINT|LINE \d+):?", sentence)[0]
    sentence = " ".join(redact(_unquoted(sentence)).split())[:LONGEST_SENTENCE]
    return f"{kind}: {sentence}" if sentence else kind


def _unquoted(sentence: str) -> str:
    """Quoted values are taken out; names of the schema and of the code stay."""

    def instead(found: re.Match[str]) -> str:
        before, quoted, after = found["before"], found["quoted"], found["after"]
        named = (before or after) and _IDENTIFIER.fullmatch(quoted)
        server = (before or "").startswith("server at") and _ADDRESS.fullmatch(quoted)
        kept = quoted if named or server else MASK
        return f"{before or ''}{kept}{after or ''}"

    return _QUOTED.sub(instead, sentence)


def trace(error: BaseException) -> str:
    """Where an exception came from, and what caused it, without any local."""
    return "\n".join(_trace(error, set()))


def _trace(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__
    words = "… caused:"
    if before is None and not error.__suppress_context__:
        before, words = error.__context__, "… and while that was handled:"
    if before is not None and id(before) not in seen:
        yield from _trace(before, seen)
        yield words
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield describe(error)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _trace(one, seen)


def note_sent(request: Any, data: Any) -> None:
    """The parsed body of a call; its values are not written down by this request."""
    request.sent_data = data


def _sent() -> list[str]:
    """What the visitor has sent, the longest first, as far as it has been read."""
    request = current_request.get()
    if request is None:
        return []
    known = request.__dict__
    post: Any = known.get("_post") or {}
    values: set[str] = set()
    headers = (
        request.META.get("HTTP_AUTHORIZATION", ""),
        request.META.get("HTTP_COOKIE", ""),
        request.META.get("QUERY_STRING", ""),
    )
    sources = (
        headers,
        [value for name in post for value in post.getlist(name)],
        [value for _, got in request.GET.lists() for value in got],
        list(request.COOKIES.values()),
        known.get("sent_data"),
    )
    for value in _strings(sources):
        if len(value) >= SHORTEST_VALUE:
            values.add(value)
            if len(values) >= MOST_VALUES:
                break
    return sorted(values, key=len, reverse=True)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for inner in value:
            yield from _strings(inner)


@cache
def _secrets() -> re.Pattern[str] | None:
    """The shop's own secrets, word for word."""
    names = (
        "SECRET_KEY", "ADMIN_PASSWORD", "EMAIL_HOST_PASSWORD", "TELEGRAM_BOT_TOKEN",
        "TELEGRAM_WEBHOOK_SECRET", "PAYMENT_CALLBACK_SECRET", "METRICS_TOKEN",
        "SENTRY_DSN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
    )  # fmt: skip
    found = [getattr(settings, name, "") for name in names]
    found += [settings.SIMPLE_JWT["SIGNING_KEY"]]
    found += [one.get("PASSWORD", "") for one in settings.DATABASES.values()]
    servers = (settings.REDIS_URL, settings.RABBITMQ_URL)
    found += [urlsplit(url).password for url in servers]
    long = {value for value in found if value and len(value) >= SHORTEST_SECRET}
    if not long:
        return None
    return re.compile("|".join(re.escape(value) for value in sorted(long)))
