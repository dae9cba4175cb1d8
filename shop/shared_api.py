"""API answers that everybody may read are made once (`shop.shared`)."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.encoding import force_bytes
from django.utils.http import parse_etags
from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response

from shop.http import counted_address
from shop.shared import Kept, Store, has_plain_address, is_nobody
from shop.throttling import passes


class SharedReads:
    """For view sets whose GETs answer everybody but staff with the same bytes.

    `shared_of` names for each such action the marks of what it shows; it is called
    with what the address names. The action itself asks `self.shared(…)`, once it knows
    that whoever reads is no staff. Who brings nothing that tells who they are is
    answered before REST framework begins: what it would find out is known.
    """

    shared_of: dict[str, Callable[..., list[str]]] = {}
    # What addresses may name for the answer to be kept.
    shared_known: Sequence[str] = ()

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        self._store: Store | None = None
        actions = getattr(self, "action_map", {})
        action = actions.get((request.method or "").lower())
        known = self.shared_known
        if (
            action in self.shared_of
            and _is_anybody(request)
            and _may_keep(request, known)
        ):
            self._store = self._look(request, action)
            if self._store.found and _may_pass(request):
                return self._told(request, self._store.found)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def shared(
        self, request: Request, make: Callable[[], Response]
    ) -> HttpResponseBase:
        """The answer to this address, as it is kept or as `make` makes it."""
        asked = request._request
        # Other media types, and one with a wish for its shape, are rare.
        plain = request.accepted_media_type == "application/json"
        if not plain or not _may_keep(asked, self.shared_known):
            return make()
        store = self._store or self._look(asked, getattr(self, "action", ""))

        def kept() -> Kept:
            # As bytes, since that is what most of the time goes into.
            rendered = request.accepted_renderer.render(
                make().data, request.accepted_media_type, {}
            )
            body = force_bytes(rendered)
            # Weak: packed it is the same answer.
            etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
            return Kept([body], {"Content-Type": "application/json", "ETag": etag})

        found = store.make(kept)
        if found is None:
            raise AssertionError("what is made is kept")
        return self._told(asked, found)

    def _look(self, request: HttpRequest, action: str) -> Store:
        named = getattr(self, "kwargs", {})
        address = (request.scheme, request.get_host(), request.get_full_path())
        name = ["api", *address, get_language()]
        return Store(name, self.shared_of[action](**named))

    def _told(self, request: HttpRequest, kept: Kept) -> HttpResponse:
        etag = kept.headers["ETag"]
        known = request.META.get("HTTP_IF_NONE_MATCH", "")
        if known and (known == "*" or etag in map(_weak, parse_etags(known))):
            response = HttpResponse(status=304, headers={"ETag": etag})
            del response.headers["Content-Type"]
        else:
            response = HttpResponse(kept.parts[0], headers=kept.headers)
        response.headers["Allow"] = ", ".join(self.allowed_methods)  # type: ignore[attr-defined]
        patch_vary_headers(response, ["Accept", "Cookie"])
        return response


def _weak(etag: str) -> str:
    return etag if etag.startswith("W/") else f"W/{etag}"


def _may_keep(request: HttpRequest, known: Sequence[str]) -> bool:
    # Inside a transaction nothing is kept: what it reads may never come true.
    in_transaction = transaction.get_connection().in_atomic_block
    return not in_transaction and has_plain_address(request, *known)


def _is_anybody(request: HttpRequest) -> bool:
    """Whether nothing tells who asks, and JSON is what they want."""
    if "HTTP_AUTHORIZATION" in request.META or not is_nobody(request):
        return False
    wanted = request.META.get("HTTP_ACCEPT", "")
    return wanted in {"", "*/*", "application/json"}


def _may_pass(request: HttpRequest) -> bool:
    """Counted as REST framework would; who may not is left to it, and told so."""
    rate = settings.API_RATE_ANON
    return not rate or not passes(rate, f"addr:{counted_address(request)}")
