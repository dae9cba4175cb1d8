"""By which key, and out of which filling of a cart, an order was placed."""

from orders.models import Order, OrderClaim

_CLIENT = "key:"


def client_key(key: str) -> str:
    """How a client's own key is claimed."""
    return f"{_CLIENT}{key}"


def filling_key(token: str) -> str:
    """How one filling of a cart is claimed."""
    return f"cart:{token}"


def claim_of(owner: str, key: str) -> OrderClaim | None:
    claims = OrderClaim.objects.select_related("order").prefetch_related("order__items")
    return claims.filter(owner=owner, key=key).first()


def placed_by_key(owner: str, key: str) -> Order | None:
    """The order that this owner's own key stands for, if there is one."""
    claim = claim_of(owner, client_key(key))
    return claim.order if claim else None


def keys_of(order: Order) -> list[str]:
    """The clients' own keys by which the order was placed; usually one, or none."""
    claimed = order.claims.filter(key__startswith=_CLIENT)
    return [key.removeprefix(_CLIENT) for key in claimed.values_list("key", flat=True)]
