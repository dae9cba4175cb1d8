"""Slips of a day, of all that waits, or of chosen orders: as a page and as a PDF."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.admin.steps import problems
from orders.models import Order, OrderQuerySet
from orders.slip import slip_of, slips_pdf
from orders.slip.batches import MAX_SLIPS, Batch, next_batch
from orders.slip_views import pdf_answer
from shop.days import end_of_day, start_of_day, today

# Before and after these there are no orders, and hardly any calendars.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
MAX_NUMBER = 10**18


class SlipsForm(forms.Form):
    """Which slips: of a day (today), of all that waits, or of these numbers."""

    day = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )
    all = forms.BooleanField(required=False)
    orders = forms.RegexField(
        r"^[0-9]{1,18}(,[0-9]{1,18})*$", required=False, max_length=20 * MAX_SLIPS
    )
    after = forms.IntegerField(required=False, min_value=0, max_value=MAX_NUMBER)

    @property
    def day_shown(self) -> date:
        return self.cleaned_data["day"] or today()

    @property
    def numbers(self) -> list[int]:
        written = self.cleaned_data["orders"]
        return [int(number) for number in written.split(",")] if written else []

    def found(self) -> OrderQuerySet:
        """The orders whose slips are asked for; the form is valid."""
        if self.numbers:
            return Order.objects.filter(number__in=self.numbers[:MAX_SLIPS])
        waiting = Order.objects.to_pack()
        if self.cleaned_data["all"]:
            return waiting
        day = self.day_shown
        return waiting.filter(
            created_at__gte=start_of_day(day), created_at__lt=end_of_day(day)
        )

    def query(self, **changes: Any) -> str:
        """The address's query for the same slips, or for others."""
        asked = {name: self.data.get(name) for name in self.fields}
        return urlencode({k: v for k, v in (asked | changes).items() if v})


class SlipsMixin(admin.ModelAdmin):
    """Two addresses beside the list of orders."""

    def get_urls(self) -> list[URLPattern]:
        def own(address: str, view: Any, name: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(never_cache(require_safe(view)))
            return path(address, wrapped, name=f"orders_order_{name}")

        return [
            own("slips/", self.slips_view, "slips"),
            own("slips.pdf", self.slips_pdf_view, "slips_pdf"),
            *super().get_urls(),
        ]

    def slips_view(self, request: HttpRequest) -> HttpResponse:
        """The slips one after the other, each on paper of its own."""
        form = self._asked(request)
        if form is None:
            return redirect("admin:orders_order_changelist")
        batch = next_batch(form.found(), form.cleaned_data["after"] or 0)
        day, is_day = form.day_shown, not (form.numbers or form.cleaned_data["all"])
        context = {
            "title": self._title(form, day),
            "batch": batch,
            "slips": [slip_of(order) for order in batch.orders],
            "count": form.found().count(),
            "is_day": is_day,
            "day": day,
            "days": [("‹", day - timedelta(days=1)), ("›", day + timedelta(days=1))],
            "most": MAX_SLIPS,
            "query": form.query(),
            "next_query": form.query(after=batch.next_after),
        }
        return render(request, "orders/slips.html", context)

    def slips_pdf_view(self, request: HttpRequest) -> HttpResponse:
        form = self._asked(request)
        if form is None:
            return redirect("admin:orders_order_changelist")
        batch = next_batch(form.found(), form.cleaned_data["after"] or 0)
        if not batch.orders:
            messages.info(request, _("There is nothing to pack: no slips to print."))
            return redirect("admin:orders_order_changelist")
        self._tell_of_more(request, batch)
        return pdf_answer(slips_pdf(batch.orders), "order-slips.pdf")

    def _asked(self, request: HttpRequest) -> SlipsForm | None:
        """What was asked for, or None when that makes no sense and was said."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = SlipsForm(request.GET)
        if form.is_valid():
            return form
        messages.error(request, problems(form))
        return None

    def _title(self, form: SlipsForm, day: date) -> str:
        if form.numbers:
            return _("Slips of the chosen orders")
        if form.cleaned_data["all"]:
            return _("Slips of all orders to pack")
        shown = date_format(day, "DATE_FORMAT")
        return _("Slips of orders to pack, %(day)s") % {"day": shown}

    def _tell_of_more(self, request: HttpRequest, batch: Batch) -> None:
        """A file cannot say that there are more: the next page of the office does."""
        if batch.next_after is None:
            return
        text = _(
            "The PDF holds the slips up to order %(number)d, %(n)d at most. "
            "The others are on the page of slips."
        )
        told = {"number": batch.next_after, "n": MAX_SLIPS}
        messages.warning(request, text % told)


def slips_address(orders: list[Order]) -> str:
    """The page with the slips of these orders."""
    numbers = ",".join(str(order.number) for order in orders)
    return f"{reverse('admin:orders_order_slips')}?orders={numbers}"
