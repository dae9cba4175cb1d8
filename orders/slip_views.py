"""The order slip as a page to print, and as a PDF."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.access import get_order
from orders.slip import slip_of, slips_pdf


@never_cache
@require_safe
def order_slip(request: HttpRequest, pk: UUID) -> HttpResponse:
    order = get_order(request, pk)
    context = {"order": order, "slip": slip_of(order)}
    return render(request, "orders/slip.html", context)


@never_cache
@require_safe
def order_slip_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    order = get_order(request, pk)
    return pdf_answer(slips_pdf([order]), f"order-{order.number}.pdf")


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """A file that the browser shows, and that search engines leave alone."""
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        # A file cannot say so in its head, as a page does.
        "X-Robots-Tag": "noindex",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)
