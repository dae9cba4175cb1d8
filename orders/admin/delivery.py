"""Ways for goods to reach the shopper."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from orders.models import DeliveryMethod
from shop.admin_history import HistoryMixin
from shop.admin_lists import ChosenMixin
from shop.admin_seen import SeenAdmin
from shop.money import format_price
from shop.seen import SeenMixin


class DeliveryMethodForm(SeenMixin, forms.ModelForm):
    """Two who change a method at once are told of each other."""


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(HistoryMixin, ChosenMixin, SeenAdmin):
    form = DeliveryMethodForm
    list_display = [
        "name", "code", "price_shown", "free_from_shown", "needs_address",
        "is_active", "position",
    ]  # fmt: skip
    fields = [
        *(f"name_{language}" for language in settings.MODELTRANSLATION_LANGUAGES),
        "code", "price", "free_from", "needs_address", "is_active", "position",
    ]  # fmt: skip

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> DeliveryMethod | None:
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            # From here to the save, which is in the same transaction.
            rows = DeliveryMethod.objects.select_for_update()
            found = rows.filter(pk=found.pk).first()
        return found

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == f"name_{settings.LANGUAGE_CODE}":
            field.required = True
        return field

    @admin.display(description=gettext_lazy("price"), ordering="price")
    def price_shown(self, method: DeliveryMethod) -> str:
        return format_price(method.price)

    @admin.display(description=gettext_lazy("free from"), ordering="free_from")
    def free_from_shown(self, method: DeliveryMethod) -> str:
        return "—" if method.free_from is None else format_price(method.free_from)
