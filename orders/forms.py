"""The forms of a purchase. What the delivery demands is said by the services."""

import hashlib
import json
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, User
from orders.delivery import offered_methods
from orders.models import DeliveryMethod, Order
from orders.quick import parse_lines
from orders.services import Checkout
from shop.forms import PhoneField
from shop.ids import new_id
from shop.phones import usable_phone

KEY_LENGTH = 64


def _text(label: Any, autocomplete: str, **kwargs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, required=False, widget=widget, **kwargs)


class CheckoutForm(forms.Form):
    """Who orders, and how the goods and the money travel."""

    # What a page says about itself is no part of what it asks for; nor is what the
    # shopper agrees to, or wants kept.
    not_asked = {
        "idempotency_key",
        "saved_address",
        "filled_from",
        "save_address",
        "consent",
        "consent_asked",
    }

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("We write to it about this order."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    full_name = _text(_("Full name"), "name", max_length=150)
    phone = PhoneField()
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
        initial=Order.PaymentMethod.CASH,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("Comment"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    # The saved address that is chosen (empty: another one), and the one that the page
    # filled its fields from.
    saved_address = forms.CharField(required=False, widget=forms.HiddenInput)
    filled_from = forms.CharField(required=False, widget=forms.HiddenInput)
    save_address = forms.BooleanField(
        label=_("Save this address for next time"), required=False
    )
    # Demanded below, and only of those who were asked.
    consent = forms.BooleanField(
        label=_("I agree that the shop uses my data to fulfil this order"),
        required=False,
        widget=forms.CheckboxInput(attrs={"required": True}),
    )
    consent_asked = forms.BooleanField(required=False, widget=forms.HiddenInput)
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
        # Whether the fields have become those of another address than the page shows.
        self.is_refilled = False
        initial = kwargs.pop("initial", {})
        if data is not None:
            data = self._filled(dict(data.items()))
        elif initial:
            initial = self._emptied(self._filled(initial))
        elif self.addresses:
            initial = self._filled({"saved_address": str(self.addresses[0].pk)})
        super().__init__(data, initial=self._own() | initial, **kwargs)
        # An account has an address to fall back to.
        self.fields["email"].required = self.user is None
        delivery = cast(forms.ChoiceField, self.fields["delivery_method"])
        delivery.choices = [(method.code, method.name) for method in self.methods]
        if self.methods:
            delivery.initial = self.methods[0].code
        payment = cast(forms.ChoiceField, self.fields["payment_method"])
        payment.choices = [(m.value, m.label) for m in Order.PaymentMethod.offered()]

    @cached_property
    def methods(self) -> list[DeliveryMethod]:
        return offered_methods()

    @property
    def method(self) -> DeliveryMethod | None:
        """The delivery chosen so far, by whose price the total is shown."""
        chosen = self["delivery_method"].value()
        offered = {m.code: m for m in self.methods}
        return offered.get(chosen) or next(iter(self.methods), None)

    @cached_property
    def addresses(self) -> list[Address]:
        """What a customer may choose from, the default first."""
        return list(self.user.addresses.all()) if self.user else []

    def _own(self) -> dict[str, str]:
        """What the account says."""
        user = self.user
        if user is None:
            return {}
        phone = usable_phone(user.phone)
        return {"email": user.email, "full_name": user.full_name, "phone": phone}

    def _address(self, key: str) -> Address | None:
        return next((a for a in self.addresses if str(a.pk) == key), None)

    def _contact(self, address: Address) -> dict[str, str]:
        """The fields of a saved address; what it leaves open, the account says."""
        own = self._own()
        return {
            "full_name": address.full_name or own["full_name"],
            "phone": address.phone or own["phone"],
            "address": address.address,
        }

    def _filled(self, given: dict[str, Any]) -> dict[str, Any]:
        """With the fields of a saved address that is newly chosen.

        As long as the page shows the chosen one, its fields are what counts: they may
        have been corrected since.
        """
        chosen = given.get("saved_address", "")
        if not chosen or chosen == given.get("filled_from"):
            return given
        address = self._address(chosen)
        if address is None:
            return given
        self.is_refilled = True
        return given | self._contact(address) | {"filled_from": chosen}

    def _emptied(self, given: dict[str, Any]) -> dict[str, Any]:
        """Without the fields of the address that another one is to be written for.

        What was written already stays: without JavaScript this is asked for late.
        """
        left = self._address(given.get("filled_from", ""))
        if left is None or given.get("saved_address"):
            return given
        self.is_refilled = True
        empty = {"address": ""} | self._own()
        contact = self._contact(left)
        typed = given | {"phone": usable_phone(given.get("phone", ""))}
        same = {n: empty[n] for n in contact if typed.get(n) == contact[n]}
        return given | same | {"filled_from": ""}

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        # Only a page that showed the box may demand it. A program that sends this form
        # without having read the page is like a client of the API: it has asked the
        # buyer in its own way, and answers for that.
        if data.get("consent_asked") and not data.get("consent"):
            if not self.errors:
                # It stands far down the page, and nothing else is wrong.
                self.fields["consent"].widget.attrs["autofocus"] = True
            self.add_error("consent", _("Please agree, or we may not take the order."))
        chosen = data.get("saved_address")
        if chosen and chosen != data.get("filled_from"):
            # The fields are another address's: nothing may go there by mistake.
            told = _("This saved address is no longer there. Choose another one.")
            self.add_error("saved_address", told)
        if self.method and not self.method.needs_address:
            # It is not shown either; a saved one may have been filled in.
            data["address"] = ""
        return data

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
            consented=data["consent"],
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
