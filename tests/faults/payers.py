"""Payers, and the provider that tells the shop of their money."""

import hashlib
import hmac
import json
from typing import Any

from tests.faults.buyers import Buyer, people
from tests.faults.shop import SECRET, Shop
from tests.faults.tally import Purchase, Tally

EMULATOR = "emulator"


class Payer(Buyer):
    """A buyer who wants to pay online; the money is a matter of their provider."""

    def start(self, purchase: Purchase) -> None:
        """The order stands, and a payment of it waits."""
        self.order_lines(purchase, payment_method=EMULATOR)
        assert purchase.order, self.tally.wrong
        asked = {"order_id": purchase.order["id"]}
        answer = self.ask("POST", "/api/payments/pay", json=asked)
        purchase.payment = answer.json()["id"]


class Provider(Buyer):
    """Tells the shop what it knows until the shop has answered, as providers do."""

    def tell(self, purchase: Purchase, said: str) -> None:
        """`said` is `succeeded` or `failed`; each is one event of a payment."""
        assert purchase.order
        body = json.dumps(
            {
                "payment_id": purchase.payment,
                "event_id": f"{purchase.payment}:{said}",
                "status": said,
                "amount": purchase.order["total"],
                "currency": purchase.order["currency"],
            }
        ).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        answer = self.ask(
            "POST",
            f"/api/payments/callback/{EMULATOR}",
            content=body,
            headers={"X-Signature": f"sha256={signature}"},
        )
        if answer.status_code != 200:
            self.tally.complain(f"callback: {answer.status_code} {answer.text[:200]}")


def make_payers(shop: Shop, tally: Tally) -> list[Payer]:
    return people(Payer, shop, tally)


def make_providers(shop: Shop, tally: Tally, number: int) -> list[Provider]:
    """So many connections of one provider."""
    return [Provider(shop, tally) for _ in range(number)]


def let_reservations_run_out(shop: Shop, purchases: list[Purchase]) -> None:
    """For these orders the clock has gone over the end of their reservation."""
    ids = [purchase.order["id"] for purchase in purchases if purchase.order]
    shop.database.rows(
        "UPDATE orders_order SET created_at = created_at - interval '1 day',"
        " reserved_at = reserved_at - interval '1 day' WHERE id = ANY(%s::uuid[])",
        ids,
    )


def ends_of(shop: Shop) -> dict[str, tuple[Any, ...]]:
    """How each purchase ended: its order, its payments, and all that was announced."""
    found = shop.database.rows(
        "SELECT o.comment, o.status,"
        " (SELECT string_agg(p.status, ' ' ORDER BY p.status) FROM payments_payment p"
        "  WHERE p.order_id = o.id),"
        " (SELECT count(*) FROM payments_paymentevent e JOIN payments_payment p"
        "  ON p.id = e.payment_id WHERE p.order_id = o.id),"
        " (SELECT string_agg(m.event_type, ' ' ORDER BY m.event_type)"
        "  FROM outbox_messages m WHERE m.aggregate = o.id::text OR m.aggregate IN"
        "  (SELECT p.id::text FROM payments_payment p WHERE p.order_id = o.id))"
        " FROM orders_order o"
    )
    return {key: tuple(end) for key, *end in found}
