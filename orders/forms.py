"""The forms of a purchase. What the delivery demands is said by the services."""

import hashlib
import json
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from orders.models import DeliveryMethod, Order
from orders.quick import parse_lines
from orders.services import Checkout
from shop.ids import new_id

KEY_LENGTH = 64


def _text(label: Any, autocomplete: str, **kwargs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, required=False, widget=widget, **kwargs)


class CheckoutForm(forms.Form):
    """Who orders, and how the goods and the money travel."""

    # What a page says about itself is no part of what it asks for.
    not_asked = {"idempotency_key"}

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("We write to it about this order."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    full_name = _text(_("Full name"), "name", max_length=150)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    delivery_method = forms.ChoiceField(
        label=_("Delivery"), required=False, widget=forms.RadioSelect
    )
    address = _text(
        _("Address"), "street-address", max_length=500, strip=True,
        help_text=_("City, street, house, flat."),
    )  # fmt: skip
    payment_method = forms.ChoiceField(
        label=_("Payment"),
        required=False,
        choices=Order.PaymentMethod.choices,
        initial=Order.PaymentMethod.CASH,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("Comment"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    # New in every page that is drawn: sent twice, it is still one purchase.
    idempotency_key = forms.CharField(
        max_length=KEY_LENGTH,
        required=False,
        initial=lambda: new_id().hex,
        widget=forms.HiddenInput,
    )

    def __init__(
        self, user: User | AnonymousUser, data: Any = None, **kwargs: Any
    ) -> None:
        self.user = user if isinstance(user, User) else None
        if self.user:
            initial = kwargs.get("initial", {})
            names = ("email", "full_name", "phone")
            own = {name: getattr(self.user, name) for name in names}
            kwargs["initial"] = own | initial
        super().__init__(data, **kwargs)
        # An account has an address to fall back to.
        self.fields["email"].required = self.user is None
        delivery = cast(forms.ChoiceField, self.fields["delivery_method"])
        delivery.choices = [(method.code, method.name) for method in self.methods]
        if self.methods:
            delivery.initial = self.methods[0].code

    @cached_property
    def methods(self) -> list[DeliveryMethod]:
        return list(DeliveryMethod.objects.filter(is_active=True))

    @property
    def method(self) -> DeliveryMethod | None:
        """The delivery chosen so far, by whose price the total is shown."""
        chosen = self["delivery_method"].value()
        offered = {m.code: m for m in self.methods}
        return offered.get(chosen) or next(iter(self.methods), None)

    def renew_key(self) -> None:
        """Drawn again, the page is about another purchase than the one it sent."""
        self.data = dict(self.data.items()) | {"idempotency_key": new_id().hex}

    def checkout(self, goods: Any = None, **more: Any) -> Checkout:
        """The purchase in the services' words; the form is valid.

        `goods` are what else was asked for, as far as JSON can say it.
        """
        data = self.cleaned_data
        asked = {k: v for k, v in data.items() if k not in self.not_asked}
        body = json.dumps([asked, goods], sort_keys=True)
        names = ("full_name", "phone", "address", "comment", "delivery_method")
        return Checkout(
            email=data["email"] or (self.user.email if self.user else ""),
            payment_method=data["payment_method"] or Order.PaymentMethod.CASH,
            idempotency_key=data["idempotency_key"],
            fingerprint=hashlib.sha256(body.encode()).hexdigest(),
            **{name: data[name] for name in names},
            **more,
        )


class CartCheckoutForm(CheckoutForm):
    """The cart's checkout also says which total it showed."""

    not_asked = CheckoutForm.not_asked | {"goods_total"}

    # As large as any cart comes to, and no larger than what can be written as money.
    goods_total = forms.DecimalField(
        max_digits=24, decimal_places=2, required=False, widget=forms.HiddenInput
    )

    def checkout(self, goods: Any = None, **more: Any) -> Checkout:
        seen: Decimal | None = self.cleaned_data["goods_total"]
        return super().checkout(goods, goods_total=seen, **more)


class QuickLinesForm(forms.Form):
    """The products of a quick order, as text; cleaned, they are parsed."""

    items = forms.CharField(
        label=_("Products and quantities"),
        max_length=20_000,
        help_text=_(
            "One a line, or separated by commas: SKU:quantity, or number:quantity."
        ),
        error_messages={"required": _("Write at least one product.")},
        widget=forms.Textarea(
            attrs={"rows": 5, "spellcheck": "false", "autocapitalize": "off"}
        ),
    )

    def clean_items(self) -> list[dict[str, Any]]:
        return parse_lines(self.cleaned_data["items"])
