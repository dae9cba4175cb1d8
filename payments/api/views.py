"""The API of payments: faces over `payments.services`."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import signed_in
from orders.access import get_order, may_change
from payments import services
from payments.api.serializers import (
    PaymentSerializer,
    PaySerializer,
    RefundOrderSerializer,
    RefundSerializer,
    TakenSerializer,
)
from payments.models import Refund
from payments.providers.signing import CallbackSerializer
from shop.api import IDEMPOTENCY_KEY, BodyTooLarge, StaffPermission, idempotency

# Bytes. What a provider has to say fits into a few hundred.
MAX_CALLBACK = 64 * 1024


class PayView(APIView):
    permission_classes = []

    @extend_schema(request=PaySerializer, responses={201: PaymentSerializer})
    def post(self, request: Request) -> Response:
        """A payment waits at its provider; `redirect_url` is where the payer goes."""
        form = PaySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        order = get_order(request, asked["order_id"])
        if not may_change(request, order):
            raise PermissionDenied
        payment = services.start_payment(order.pk, asked.get("payment_method", ""))
        shown = PaymentSerializer(payment, context={"request": request})
        return Response(shown.data, status=status.HTTP_201_CREATED)


class JSONAlways(DefaultContentNegotiation):
    """Answers in JSON, whatever `Accept` says."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class CallbackView(APIView):
    """Providers speak here: no session, no token, no rate; a signature instead."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    # The signature is over the bytes as they came: nothing reads them before.
    parser_classes = []
    # Money is taken whatever the caller would like to read.
    renderer_classes = [JSONRenderer]
    content_negotiation_class = JSONAlways

    @extend_schema(
        request={"application/json": CallbackSerializer},
        responses={200: TakenSerializer},
        parameters=[
            OpenApiParameter(
                "X-Signature",
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="sha256=<hex HMAC-SHA256 of the raw body>",
            )
        ],
    )
    def post(self, request: Request, provider: str) -> Response:
        """A payment's provider tells what became of it; a repeat changes nothing."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MAX_CALLBACK:
            raise BodyTooLarge
        # Not DRF's `request.data`, which asks a parser; no longer than it said.
        body = request._request.body
        signature = request.headers.get("X-Signature", "")
        payment = services.take_callback(provider, body, signature)
        return Response(TakenSerializer(payment).data)


class RefundView(APIView):
    permission_classes = [StaffPermission]
    staff_permissions = {"POST": "payments.add_refund"}

    @extend_schema(
        request=RefundOrderSerializer,
        responses={200: RefundSerializer, 201: RefundSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, pk: str) -> Response:
        """Pay back these pieces, or all that is left; `stock` is for the goods."""
        order = get_order(request, pk)
        form = RefundOrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        key, fingerprint = idempotency(request)
        code: int = status.HTTP_200_OK
        lines = asked.get("items")
        refund = services.find_refund(order.pk, key, fingerprint)
        if refund is None:
            code = status.HTTP_201_CREATED
            refund = services.refund_order(
                order.pk,
                lines and {line["product_id"]: line["quantity"] for line in lines},
                stock=asked["stock"],
                note=asked["note"],
                actor=signed_in(request),
                key=key,
                fingerprint=fingerprint,
            )
        # As it is now: the provider may have answered already.
        fresh = Refund.objects.select_related("order").get(pk=refund.pk)
        return Response(RefundSerializer(fresh).data, status=code)
