"""The OpenAPI schema: every address once, as the contract writes it.

Answers that say no are documented here for all views at once, from what the view asks
for: its permissions, its body, its rate. What the views' own rules refuse stands in
`shop.refusals`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.serializers import (
    BaseSerializer,
    CharField,
    DecimalField,
    JSONField,
    ListSerializer,
    Serializer,
)

from shop.api import StaffPermission
from shop.refusals import REFUSALS, Codes

Endpoint = tuple[str, str, str, Callable[..., Any]]
Schema = dict[str, Any]
JSON, MULTIPART = "application/json", "multipart/form-data"


def each_address_once(endpoints: list[Endpoint], **kwargs: Any) -> list[Endpoint]:
    """Leave out the twins: /auth/ stands for /api/auth/, /api/ for /api/v1/.

    What only /api/v1/ knows stays. A slash at the end is optional everywhere, and the
    schema shows the address without.
    """
    found: dict[tuple[str, str], Endpoint] = {}
    for path, regex, method, callback in endpoints:
        path = path.rstrip("/")
        twin = path.replace("/api/v1/", "/api/", 1).replace("/api/auth", "/auth", 1)
        endpoint = (path, regex, method, callback)
        known = found.get((twin, method))
        if known is None or len(path) < len(known[0]):
            found[twin, method] = endpoint
    return sorted(found.values(), key=lambda endpoint: endpoint[0])


# What is sent back when the shop says no. More keys stand beside these two where they
# help, so none is forbidden.
REFUSAL: Schema = {
    "type": "object",
    "description": "Why the shop refuses: a sentence for people, a word for programs.",
    "properties": {
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "retry_after": {"type": "integer", "description": "Seconds; with 429."},
        "available": {"type": "integer", "description": "Pieces left, in a cart."},
        "items": {
            "type": "array",
            "description": "The lines that there is not enough of, in an order.",
            "items": {"type": "object", "additionalProperties": True},
        },
    },
    "required": ["detail", "code"],
    "example": {"detail": "Not found.", "code": "not_found"},
}
_SENTENCES = {"type": "array", "items": {"type": "string"}}
FIELD_ERRORS: Schema = {
    "type": "object",
    "description": "What is wrong with which field; lists and objects nest.",
    "additionalProperties": {
        "anyOf": [
            _SENTENCES,
            {"type": "array", "items": {"$ref": "#/components/schemas/FieldErrors"}},
            {"$ref": "#/components/schemas/FieldErrors"},
        ]
    },
    "example": {"email": ["This field is required."]},
}
COMPONENTS = {"Refusal": REFUSAL, "FieldErrors": FIELD_ERRORS}
ACCEPT_LANGUAGE: Schema = {
    "in": "header",
    "name": "Accept-Language",
    "description": "The language of texts and sentences: `ru`, `kk` or `en`.",
    "schema": {"type": "string"},
    "example": "kk",
}

WORDS = {
    400: "Something in the request is wrong.",
    401: "No valid token.",
    403: "Not allowed.",
    404: "There is no such thing, or not for the caller.",
    406: "No answer of that media type.",
    409: "A rule of the shop refuses; nothing was changed.",
    411: "A body without its length.",
    413: "The body is too large.",
    415: "A body of that media type is not read.",
    429: "Too many calls.",
    503: "A part of the shop does not answer; trying again may help.",
}
HEADERS = {
    401: {"WWW-Authenticate": "How to sign in."},
    429: {"Retry-After": "Seconds to wait."},
}
BAD_TOKEN: Codes = ("token_not_valid", "authentication_failed")


class ShopSchema(AutoSchema):
    """drf-spectacular's, with the shop's own refusals and rights."""

    def get_auth(self) -> list[Schema]:
        """Open to visitors too where no permission asks who it is."""
        ways = super().get_auth()
        if ways and {} not in ways and not self._needs_sign_in():
            ways.append({})
        return ways

    def get_operation(self, *args: Any, **kwargs: Any) -> Schema | None:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            for name, schema in COMPONENTS.items():
                self._register(name, ResolvedComponent.SCHEMA, schema)
            for status, codes in sorted(self._refusals(operation).items()):
                answer = _refusal(status, codes)
                operation["responses"].setdefault(str(status), answer)
            self._register(
                "AcceptLanguage", ResolvedComponent.PARAMETER, ACCEPT_LANGUAGE
            )
            language = {"$ref": "#/components/parameters/AcceptLanguage"}
            operation.setdefault("parameters", []).append(language)
        return operation

    def _register(self, name: str, kind: str, schema: Schema) -> None:
        component = ResolvedComponent(name, kind, schema=schema, object=name)
        self.registry.register_on_missing(component)

    def map_parsers(self) -> list[Any]:
        """A form says no lists within lists: then it is JSON, or files beside texts."""
        taken = super().map_parsers()
        asked = force_instance(self.get_request_serializer())
        if not isinstance(asked, Serializer):
            return taken
        fields = asked.fields.values()
        if not any(isinstance(field, BaseSerializer | JSONField) for field in fields):
            return taken
        files = any(getattr(field, "takes_files", False) for field in fields)
        fits = {JSON, MULTIPART} if files else {JSON}
        return [media_type for media_type in taken if media_type in fits]

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> Schema:
        """With the rules of amounts, and of texts and lists that may not be empty."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, DecimalField) and schema.get("type") == "string":
            return {**schema, "pattern": _amount(field)}
        if direction != "request" or "$ref" in schema:
            return schema
        if isinstance(field, ListSerializer) and not field.allow_empty:
            return {**schema, "minItems": 1}
        plain = {"pattern", "format", "enum"}.isdisjoint(schema)
        if isinstance(field, CharField) and not field.allow_blank and plain:
            return {**schema, "pattern": r"\S"} if field.trim_whitespace else schema
        return schema

    def _refusals(self, operation: Schema) -> dict[int, Codes]:
        """Each status that can refuse this operation, with its codes."""
        found: dict[int, Codes] = {}
        for status, codes in self._general(operation):
            found[status] = found.get(status, ()) + codes
        for status, codes in REFUSALS.get(self.rule, {}).items():
            found[status] = tuple(dict.fromkeys((*codes, *found.get(status, ()))))
        return found

    @property
    def rule(self) -> str:
        """The name of the view's action: the key of `shop.refusals`."""
        action = getattr(self.view, "action", None) or self.method.lower()
        return f"{type(self.view).__name__}.{action}"

    def _general(self, operation: Schema) -> Iterator[tuple[int, Codes]]:
        """What refuses by the view's permissions, parameters, body and rate."""
        places = {parameter["in"] for parameter in operation.get("parameters", [])}
        body = "requestBody" in operation
        if body or places - {"path"}:
            yield 400, ("parse_error", "bad_request")
        if self.view.authentication_classes:
            yield 401, BAD_TOKEN
        if self._needs_sign_in():
            yield 401, ("not_authenticated",)
        if self._staff_only():
            yield 403, ("permission_denied",)
        if self.method not in SAFE_METHODS:
            yield 403, ("permission_denied", "csrf_failed")
        if "path" in places or (self._get_paginator() and self._is_list_view()):
            yield 404, ("not_found",)
        if self.view.content_negotiation_class is DefaultContentNegotiation:
            yield 406, ("not_acceptable",)
        if body:
            yield 411, ("length_required",)
            yield 413, ("body_too_large",)
            yield 415, ("unsupported_media_type",)
        if self.view.throttle_classes:
            yield 429, ("throttled",)
        yield 503, ("unavailable",)

    def _needs_sign_in(self) -> bool:
        asked = self.view.get_permissions()
        by_itself = any(isinstance(permission, IsAuthenticated) for permission in asked)
        return by_itself or self._staff_only()

    def _staff_only(self) -> bool:
        return any(
            isinstance(permission, StaffPermission)
            and permission.wanted(self.view, self.method) is not None
            for permission in self.view.get_permissions()
        )


def _amount(field: DecimalField) -> str:
    """The pattern of a decimal: digits on both sides of a point, if there is one."""
    sign = "" if field.min_value is not None and field.min_value >= 0 else "-?"
    whole = rf"\d{{1,{field.max_whole_digits}}}" if field.max_whole_digits else r"\d+"
    cents = rf"\d{{1,{field.decimal_places}}}" if field.decimal_places else r"\d+"
    return rf"^{sign}{whole}(\.{cents})?$"


def _refusal(status: int, codes: Codes) -> Schema:
    codes = tuple(dict.fromkeys(codes))
    schema: Schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Refusal"},
            {"type": "object", "properties": {"code": {"enum": list(codes)}}},
        ]
    }
    if status == 400:
        fields = {"$ref": "#/components/schemas/FieldErrors"}
        schema = {"anyOf": [fields, schema]}
    answer: Schema = {
        "description": WORDS[status],
        "content": {JSON: {"schema": schema}},
    }
    if status in HEADERS:
        answer["headers"] = {
            name: {"description": told, "schema": {"type": "string"}, "required": True}
            for name, told in HEADERS[status].items()
        }
    return answer
