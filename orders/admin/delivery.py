"""Ways for goods to reach the shopper."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from orders.models import DeliveryMethod
from shop.money import format_price


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(admin.ModelAdmin):
    list_display = [
        "name", "code", "price_shown", "free_from_shown", "needs_address",
        "is_active", "position",
    ]  # fmt: skip
    list_editable = ["is_active", "position"]
    fields = [
        *(f"name_{language}" for language in settings.MODELTRANSLATION_LANGUAGES),
        "code", "price", "free_from", "needs_address", "is_active", "position",
    ]  # fmt: skip

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
