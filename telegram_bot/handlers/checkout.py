"""The cart's checkout as a conversation: one question after the other.

What was answered so far stands in the chat's row, so any process can go on with it.
Its buttons name the checkout they belong to; those of another are out of date.
"""

import secrets
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Address
from cart.exceptions import EmptyCart
from cart.services import CartContents
from catalog.exceptions import OutOfStock
from orders import services as orders
from orders.delivery import offered_methods
from orders.models import DeliveryMethod, Order
from shop.exceptions import DomainError, Unavailable
from shop.money import format_price
from shop.phones import display_phone, to_phone, usable_phone
from telegram_bot import services
from telegram_bot.exceptions import StaleButton
from telegram_bot.handlers.cart import show_cart
from telegram_bot.handlers.orders import signed_in, thank
from telegram_bot.handlers.words import as_id, texts
from telegram_bot.keyboards import Keyboard, button
from telegram_bot.registry import on_button
from telegram_bot.talk import Talk

MAX_ADDRESS = 500
# Lines of the cart that are repeated before it is ordered.
LINES = 20
# The buttons of a checkout that is under way; any other one ends it.
BUTTONS = {"delivery", "address", "nophone", "payment", "confirm"}


@on_button("checkout")
def check_out(talk: Talk, words: list[str]) -> None:
    signed_in(talk)
    services.save_draft(talk.chat, {"token": secrets.token_hex(4)})
    _go_on(talk)


@on_button("delivery")
def delivery_chosen(talk: Talk, words: list[str]) -> None:
    token, code = texts(words, 2)
    _answer(talk, token, delivery=code)


@on_button("address")
def address_chosen(talk: Talk, words: list[str]) -> None:
    """One of those that the account has saved."""
    token, pk = texts(words, 2)
    address = Address.objects.filter(user=signed_in(talk), pk=as_id(pk)).first()
    if address is None:
        raise StaleButton
    answers = {"address": address.address, "full_name": address.full_name}
    if phone := usable_phone(address.phone):
        answers["phone"] = phone
    _answer(talk, token, **answers)


@on_button("nophone")
def phone_left_out(talk: Talk, words: list[str]) -> None:
    [token] = texts(words, 1)
    _answer(talk, token, phone="")


@on_button("payment")
def payment_chosen(talk: Talk, words: list[str]) -> None:
    token, method = texts(words, 2)
    _answer(talk, token, payment=method)


@on_button("confirm")
def confirmed(talk: Talk, words: list[str]) -> None:
    """The order is placed, once however often the button is pressed."""
    [token] = texts(words, 1)
    key = services.order_key(talk.chat, token)
    order = orders.placed_by_key(str(signed_in(talk).pk), key)
    if order is None:
        _check(talk, token)
        if talk.chat.draft.get("asks") != "confirm":
            _go_on(talk)
            return
        order = _place(talk, key)
    if order:
        services.save_draft(talk.chat, {})
        thank(talk, order)


def takes_text(talk: Talk) -> bool:
    """Whether the checkout has asked for what was written, and has it now."""
    asks = talk.chat.draft.get("asks")
    if asks not in ("address", "phone") or talk.user is None:
        return False
    text = " ".join(talk.incoming.text.split())
    if asks == "phone":
        if text:
            _go_on(talk, phone=to_phone(text))
        else:
            talk.say(_("Please write your phone number."))
    elif not text:
        talk.say(_("Please write the address: city, street, house, flat."))
    elif len(text) > MAX_ADDRESS:
        told = _("An address has %(n)s letters at most. Please write it shorter.")
        talk.say(told % {"n": MAX_ADDRESS})
    else:
        _go_on(talk, address=text)
    return True


def _answer(talk: Talk, token: str, **answers: str) -> None:
    signed_in(talk)
    _check(talk, token)
    _go_on(talk, **answers)


def _check(talk: Talk, token: str) -> None:
    if not token or token != talk.chat.draft.get("token"):
        raise StaleButton


def _go_on(talk: Talk, **answers: str) -> None:
    """The next question is asked, or the whole order shown once more."""
    contents = talk.cart.contents()
    if not contents.lines:
        services.save_draft(talk.chat, {})
        raise EmptyCart
    draft = {**talk.chat.draft, **answers, "asks": "", "goods": str(contents.total)}
    methods = {method.code: method for method in offered_methods()}
    _choose_only(draft, "delivery", list(methods) or [""])
    _choose_only(draft, "payment", [str(m) for m in Order.PaymentMethod.offered()])
    method = methods.get(draft.get("delivery", ""))
    if "delivery" not in draft:
        _ask_delivery(talk, draft, list(methods.values()), contents)
    elif method and method.needs_address and not draft.get("address"):
        draft["asks"] = "address"
        _ask_address(talk, draft)
    elif method and method.needs_address and _phone(talk, draft) is None:
        draft["asks"] = "phone"
        rows = [[button(_("Without a phone"), "nophone", draft["token"])]]
        talk.show(_("Which phone number should the courier call? Write it."), rows)
    elif "payment" not in draft:
        _ask_payment(talk, draft)
    else:
        draft["asks"] = "confirm"
        _ask_whether(talk, draft, method, contents)
    services.save_draft(talk.chat, draft)


def _choose_only(draft: dict[str, Any], name: str, offered: list[str]) -> None:
    """What is not on offer is asked for again; where there is one way, it is taken."""
    if draft.get(name) not in offered:
        draft.pop(name, None)
    if len(offered) == 1:
        draft[name] = offered[0]


def _ask_delivery(
    talk: Talk,
    draft: dict[str, Any],
    methods: list[DeliveryMethod],
    contents: CartContents,
) -> None:
    rows = [
        [
            button(
                f"{method}: {format_price(method.price_for(contents.total))}",
                *("delivery", draft["token"], method.code),
            )
        ]
        for method in methods
    ]
    talk.show(_("How do the goods reach you?"), _with_way_back(rows))


def _ask_address(talk: Talk, draft: dict[str, Any]) -> None:
    saved = signed_in(talk).addresses.all()
    rows = [
        [button(address, "address", draft["token"], address.pk.hex)]
        for address in saved
    ]
    text = _("Where to? Write the address: city, street, house, flat.")
    talk.show(text, _with_way_back(rows))


def _ask_payment(talk: Talk, draft: dict[str, Any]) -> None:
    rows = [
        [button(method.label, "payment", draft["token"], method.value)]
        for method in Order.PaymentMethod.offered()
    ]
    talk.show(_("How will you pay?"), _with_way_back(rows))


def _ask_whether(
    talk: Talk,
    draft: dict[str, Any],
    method: DeliveryMethod | None,
    contents: CartContents,
) -> None:
    lines = [
        f"{line.product} × {line.quantity} — {format_price(line.subtotal)}"
        for line in contents.lines[:LINES]
    ]
    if len(contents.lines) > LINES:
        lines.append("…")
    lines.append("")
    total = contents.total
    if method:
        price = method.price_for(contents.total)
        total += price
        lines.append(_("Delivery") + f": {method}, {format_price(price)}")
        if method.needs_address:
            lines.append(_("Address") + f": {draft['address']}")
    if phone := _phone(talk, draft):
        lines.append(_("Phone") + f": {display_phone(phone)}")
    payment = Order.PaymentMethod(draft["payment"]).label
    lines.append(_("Payment") + f": {payment}")
    lines.append(_("Total: %(total)s") % {"total": format_price(total)})
    agreed = _("With the order you agree that the shop uses your data to fulfil it.")
    lines += ["", f"{agreed} {settings.SHOP_PRIVACY_URL}".strip()]
    notices = [notice["message"] for notice in contents.notices]
    rows = [[button(_("Place the order"), "confirm", draft["token"])]]
    text = "\n".join([*notices, _("Your order"), "", *lines])
    talk.show(text, _with_way_back(rows))


def _place(talk: Talk, key: str) -> Order | None:
    """The order; or None, and the shopper has been told why and looks again."""
    draft, user = talk.chat.draft, signed_in(talk)
    method = DeliveryMethod.objects.filter(code=draft.get("delivery", "")).first()
    checkout = orders.Checkout(
        email=user.email,
        full_name=draft.get("full_name") or user.full_name,
        phone=_phone(talk, draft) or "",
        address=draft.get("address", "") if method and method.needs_address else "",
        payment_method=draft.get("payment", ""),
        delivery_method=draft.get("delivery", ""),
        consented=True,
        goods_total=Decimal(draft["goods"]),
        idempotency_key=key,
    )
    try:
        return orders.checkout_cart(talk.cart, checkout, user=user).order
    except Unavailable:
        raise
    except ValidationError as error:
        # A way of delivery or payment that was offered a moment ago.
        talk.say("\n".join(error.messages))
        _go_on(talk)
    except DomainError as error:
        talk.say(_told(error))
        services.save_draft(talk.chat, {})
        show_cart(talk)
    return None


def _told(error: DomainError) -> str:
    if not isinstance(error, OutOfStock):
        return str(error)
    short = [f"{item['name']}: {item['available']}" for item in error.extra["items"]]
    return "\n".join([_("There is not enough left, so nothing was ordered:"), *short])


def _phone(talk: Talk, draft: dict[str, Any]) -> str | None:
    """Written, or left out (empty), or the account's; None: to be asked for."""
    if "phone" in draft:
        return str(draft["phone"])
    return usable_phone(signed_in(talk).phone) or None


def _with_way_back(rows: Keyboard) -> Keyboard:
    return [*rows, [button(_("Back to the cart"), "cart", 1)]]
