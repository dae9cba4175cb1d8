"""Answers that many visitors share: made once, kept until what they show changes.

A page is made for nobody in particular. Where somebody's own things stand (their name,
their cart, what they were just told) it has places, which are filled for each visitor;
the token of its forms is one of them. What is kept has never seen a visitor.
"""

import functools
import hashlib
import pickle  # nosec B403
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import astuple, dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.core.signals import setting_changed
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from shop import marks

SECONDS = 60
# Of what is stored: another number, and nobody takes what an older shop stored.
FORMAT = 1
# More addresses can be asked for than any memory holds: each has its place among so
# many, and a later one may take it. At some 10 KB they take 40 MB of Redis; what is
# larger than any page of ours, as an address full of choices makes it, is not kept.
PLACES = 4096
LARGEST = 24_000
# What pages say without asking anybody.
SETTINGS = (
    "SHOP_NAME", "SHOP_CURRENCY", "SHOP_PRICE_STYLE", "SHOP_PRIVACY_URL", "SHOP_URL",
    "SHOP_SELLER_NAME", "SHOP_SELLER_ADDRESS", "SHOP_SELLER_PHONE", "SHOP_SELLER_EMAIL",
    "LOW_STOCK_THRESHOLD", "MEDIA_URL", "STATIC_URL", "IMAGE_PROXY_ENABLED",
    "IMAGE_PROXY_ALLOWED_HOSTS", "ADMIN_PATH", "LANGUAGE_CODE", "TIME_ZONE", "DEBUG",
)  # fmt: skip
# Seconds that a thread waits for another one of its process that makes the same.
PATIENCE = 10
View = Callable[..., HttpResponse]


@dataclass
class Kept:
    """One answer in parts: every second one is a place, with the template that fills
    it and what it says to whoever is nobody here."""

    parts: list[Any]
    headers: dict[str, str] = field(default_factory=dict)
    # What the view has to know again of what is shown.
    about: Any = None
    has_forms: bool = False

    def packed(self) -> bytes:
        """As it is stored: a page of 60 KB is 8 then."""
        return zlib.compress(pickle.dumps(astuple(self)), level=1)

    @classmethod
    def unpacked(cls, stored: bytes) -> "Kept":
        # It is what this shop has stored itself, like all that the cache holds.
        return cls(*pickle.loads(zlib.decompress(stored)))  # noqa: S301  # nosec B301


class Store:
    """Where one answer is kept, as it is now; made for one request."""

    # What this process is making, by name and state.
    _on_their_way: dict[tuple[str, str], "Future[Kept | None]"] = {}
    _guard = threading.Lock()

    def __init__(self, name: Sequence[Any], of: Sequence[str]) -> None:
        """The same name means the same answer while none of the marks `of` changes."""
        known = [*of, marks.EPOCH]
        whole = repr((release(), name)).encode("utf-8", "surrogatepass")
        self._name = hashlib.sha256(whole).hexdigest()
        self._key = f"shared:{FORMAT}:{int(self._name, 16) % PLACES}"
        found = cache.get_many([*known, self._key]) or {}
        self._state = marks.state(found, known)
        self.found = self._read(found.get(self._key))

    def _read(self, entry: Any) -> Kept | None:
        """What was stored under this name and state."""
        if not isinstance(entry, tuple) or entry[:2] != (self._name, self._state):
            return None
        return Kept.unpacked(entry[2])

    def make(self, make: Callable[[], Kept | None]) -> Kept | None:
        """What is found, or made by now: once for all threads that want the same.

        None is kept nowhere. What `make` raises is raised.
        """
        if self.found is not None:
            return self.found
        name = (self._name, self._state)
        with self._guard:
            other = self._on_their_way.get(name)
            if other is None:
                mine = self._on_their_way[name] = Future()
        if other is not None:
            # Whoever has waited for too long, or for nothing, makes it alone.
            return _waited(other) or make()
        made = None
        try:
            # Another may have finished since this one looked.
            if made := self._read(cache.get(self._key)):
                return made
            with marks.making(self._state):
                made = make()
            if made is not None and marks.may_keep(self._state):
                packed = made.packed()
                if len(packed) <= LARGEST:
                    entry = (self._name, self._state, packed)
                    cache.set(self._key, entry, timeout=SECONDS)
            return made
        finally:
            with self._guard:
                del self._on_their_way[name]
            mine.set_result(made)


@lru_cache(maxsize=1)
def release() -> str:
    """What another version of the shop, or one with other settings, has otherwise."""
    shown = [
        FORMAT,
        getattr(staticfiles_storage, "manifest_hash", ""),
        _texts(),
        *(str(getattr(settings, name)) for name in SETTINGS),
    ]
    return salted_hmac("shop.shared", repr(shown)).hexdigest()


def _texts() -> str:
    """A digest of all templates and translations."""
    digest = hashlib.sha256()
    for kind, files in (("templates", "**/*.*"), ("locale", "**/*.mo")):
        for file in sorted((settings.BASE_DIR / kind).glob(files)):
            digest.update(file.read_bytes())
    return digest.hexdigest()


setting_changed.connect(lambda **kwargs: release.cache_clear(), weak=False)


def _waited(other: "Future[Kept | None]") -> Kept | None:
    try:
        return other.result(PATIENCE)
    except TimeoutError:
        return None


# --- Pages ------------------------------------------------------------------------

# Stand for a form's token and around a place. Nobody can write them into a product's
# text: they follow from the secret key.
_TOKEN = salted_hmac("shop.shared", "token").hexdigest()
_PLACE = salted_hmac("shop.shared", "place").hexdigest()


class _Made(HttpResponse):
    """A page for nobody in particular."""

    about: Any = None


def shared_page(
    of: Callable[..., Sequence[str]],
    own: Callable[[HttpRequest, Any], Mapping[str, str]] | None = None,
    *,
    known: Sequence[str] = (),
) -> Callable[[View], View]:
    """The page of this address is made once, until one of the marks `of` it changes.

    An address that names what is not `known` has its page made for it alone.

    The view shows it by `render_page` and looks at nothing that is a visitor's own.
    `of` is called as the view is. `own` tells more places of this page than the ones
    that all pages have: it is given the request and what `render_page` was told
    `about` the page, and answers with their HTML by template.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = given(request, *args, **kwargs)
            # Staff see more than others, in parts without any form as well.
            patch_vary_headers(response, ["Cookie"])
            return response

        def given(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not _may_share(request, known):
                return view(request, *args, **kwargs)
            others: list[HttpResponse] = []

            def make() -> Kept | None:
                request.is_shared = True  # type: ignore[attr-defined]
                try:
                    response = view(request, *args, **kwargs)
                finally:
                    request.is_shared = False  # type: ignore[attr-defined]
                if not isinstance(response, _Made):
                    others.append(response)
                    return None
                return _kept(response)

            store = Store(_name(request), of(request, *args, **kwargs))
            kept = store.make(make)
            if kept is None:
                return others[0]
            more = own(request, kept.about) if own else {}
            response = HttpResponse(_filled(request, kept, more), headers=kept.headers)
            response.about = kept.about  # type: ignore[attr-defined]
            return response

        return answer

    return decorate


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], about: Any = None
) -> HttpResponse:
    """The page as this visitor sees it, or as it is kept for all of them."""
    if not getattr(request, "is_shared", False):
        response = render(request, template, context)
        response.about = about  # type: ignore[attr-defined]
        return response
    nobody = {
        "csrf_token": _TOKEN,
        "user": AnonymousUser(),
        "cart_count": 0,
        "messages": (),
        "is_shared": True,
    }
    made = _Made(render_to_string(template, {**context, **nobody}, request))
    made.about = about
    return made


def place(template: str, html: str) -> str:
    """What stands in a page that is made for all, where this template's text is."""
    return f"{_PLACE}{template}\n{html}{_PLACE}"


def is_nobody(request: HttpRequest) -> bool:
    """Whether no cookie could tell anything of the visitor: nothing here is theirs."""
    known = (settings.SESSION_COOKIE_NAME, settings.ACCESS_TOKEN_COOKIE, "messages")
    return not any(name in request.COOKIES for name in known)


def has_plain_address(request: HttpRequest, *known: str) -> bool:
    """Whether its query names but these, and is one that has one meaning only.

    What is known and ends with a point is the beginning of names.
    Who makes up addresses without an end shall not fill the cache with their pages.
    """
    query = request.META.get("QUERY_STRING", "")
    beginnings = tuple(name for name in known if name.endswith("."))
    return query.isascii() and all(
        name in known or name.startswith(beginnings) for name in request.GET
    )


# By these `is_part` decides; an answer that asks it varies by them.
PART_HEADERS = ("HX-Request", "HX-Target", "HX-History-Restore-Request")


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for what changes with the filters alone."""
    htmx: Any = getattr(request, "htmx", None)
    part = bool(htmx) and htmx.target == "results"
    return part and not htmx.history_restore_request


def _may_share(request: HttpRequest, known: Sequence[str]) -> bool:
    # Inside a transaction nothing is kept: what it reads may never come true.
    if transaction.get_connection().in_atomic_block:
        return False
    if not has_plain_address(request, *known):
        return False
    # Staff see more than others.
    return is_nobody(request) or not getattr(request.user, "is_staff", False)


def _name(request: HttpRequest) -> list[Any]:
    address = (request.scheme, request.get_host(), request.get_full_path())
    htmx = bool(getattr(request, "htmx", None))
    return ["page", *address, get_language(), htmx, is_part(request)]


def _kept(made: _Made) -> Kept:
    text = made.content.decode()
    parts: list[Any] = []
    for number, part in enumerate(text.split(_PLACE)):
        if number % 2:
            template, _line, html = part.partition("\n")
            parts.append((template, html.encode()))
        else:
            parts.append(part.encode())
    return Kept(parts, dict(made.items()), made.about, _TOKEN in text)


def _filled(request: HttpRequest, kept: Kept, more: Mapping[str, str]) -> bytes:
    nobody = is_nobody(request)
    parts = []
    for part in kept.parts:
        if isinstance(part, bytes):
            parts.append(part)
            continue
        template, html = part
        if template in more:
            html = more[template].encode()
        elif not nobody:
            html = render_to_string(template, {}, request).encode()
        parts.append(html)
    body = b"".join(parts)
    if not kept.has_forms:
        return body
    return body.replace(_TOKEN.encode(), get_token(request).encode())
