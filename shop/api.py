"""What every API view shares: errors, pages, permissions."""

import hashlib
import json
import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, pagination, status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework_simplejwt.exceptions import InvalidToken

from shop.exceptions import DomainError
from shop.throttling import ApiRateThrottle

logger = logging.getLogger(__name__)


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The request is too large.")
    default_code = "body_too_large"


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into the contract's `{"detail", "code", …}`.

    Field errors keep DRF's shape. What is not handled here is a bug and stays loud.
    """
    if isinstance(exc, DomainError):
        headers = {}
        if "retry_after" in exc.extra:
            headers["Retry-After"] = str(exc.extra["retry_after"])
        if exc.status == status.HTTP_401_UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="api"'
        return Response(exc.as_dict(), status=exc.status, headers=headers)
    if isinstance(exc, OperationalError | InterfaceError):
        logger.error("database unavailable", exc_info=exc)
        data = {
            "detail": _("The shop is busy. Please try again."),
            "code": "unavailable",
        }
        return Response(data, status=status.HTTP_503_SERVICE_UNAVAILABLE)
    if isinstance(exc, RequestDataTooBig):
        exc = BodyTooLarge()
    elif isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(as_field_errors(exc))
    elif isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif _is_csrf(exc):
        exc = CsrfFailed()
    if isinstance(exc, REFUSALS):
        exc = _counted(exc, context)
    response = drf_exception_handler(exc, context)
    if response is None or isinstance(exc, exceptions.ValidationError):
        return response
    if not isinstance(exc, exceptions.APIException):
        return response
    code = exc.get_codes()
    if isinstance(exc, InvalidToken):
        code = "token_not_valid"
        response.data = {"detail": response.data["detail"]}
    response.data["code"] = code if isinstance(code, str) else exc.default_code
    return response


class CsrfFailed(exceptions.PermissionDenied):
    default_detail = _("The CSRF token is missing or wrong.")
    default_code = "csrf_failed"


def _is_csrf(exc: Exception) -> bool:
    """DRF refuses a missing token with a sentence, and no code of its own."""
    refused = isinstance(exc, exceptions.PermissionDenied)
    return refused and str(exc).startswith("CSRF Failed")


# What DRF refuses before it counts the call.
REFUSALS = (
    exceptions.AuthenticationFailed,
    exceptions.NotAuthenticated,
    exceptions.PermissionDenied,
)


def _counted(
    exc: exceptions.APIException, context: dict[str, Any]
) -> exceptions.APIException:
    """A refused call counts too, or guessing would be free."""
    request, view = context["request"], context["view"]
    if getattr(request, "is_counted", False) or not view.get_throttles():
        return exc
    throttle = ApiRateThrottle()
    if throttle.allow_request(request, view):
        return exc
    return exceptions.Throttled(wait=throttle.wait())


def as_field_errors(error: DjangoValidationError) -> dict[str, Any]:
    """What a service or a model refused, in DRF's `{"field": ["…"]}`."""
    if hasattr(error, "by_key"):  # one level deeper: attributes of a product
        return {"attributes": error.by_key}
    if hasattr(error, "error_dict"):
        return error.message_dict
    return {"non_field_errors": error.messages}


class Pagination(pagination.PageNumberPagination):
    """`?page=` and `?page_size=` (24 by default, at most 100)."""

    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key again answers with what it made the first time.",
)
MAX_KEY = 200


def idempotency(request: Request) -> tuple[str, str]:
    """The client's key for this call ("": none), and a fingerprint of its body."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > MAX_KEY or not key.isprintable():
        raise exceptions.ValidationError(
            {"Idempotency-Key": [_("A key is up to 200 printable characters.")]}
        )
    asked = json.dumps([request.method, request.data], sort_keys=True, default=str)
    return key, hashlib.sha256(asked.encode()).hexdigest()


class Router(SimpleRouter):
    """Routes that end with a slash or without one, as the caller likes."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


class StaffPermission(BasePermission):
    """A signed-in member of staff who holds the Django permission of the action.

    Views name it in `staff_permissions`: action or HTTP method → permission, or several
    of which one is enough. An action that is not named there is not guarded by this
    class.
    """

    def wanted(self, view: Any, method: str | None) -> str | tuple[str, ...] | None:
        """What the view asks for here; None where it asks for nothing."""
        named = view.staff_permissions
        return named.get(getattr(view, "action", None)) or named.get(method)

    def has_permission(self, request: Request, view: Any) -> bool:
        wanted = self.wanted(view, request.method)
        if wanted is None or isinstance(wanted, str):
            return wanted is None or may(request.user, wanted)
        return any(may(request.user, permission) for permission in wanted)


def may(user: Any, permission: str) -> bool:
    """Whether the user works here and holds the permission (superusers hold all)."""
    return bool(user.is_authenticated and user.is_staff and user.has_perm(permission))
