"""What lies in somebody's cart."""

from typing import Any

from accounts.personal import Person, PersonalData, register
from cart.services import Cart, forget_cart
from catalog.models import Product


@register
class Carts(PersonalData):
    name = "cart"

    def collect(self, person: Person) -> Any:
        """Raises Unavailable when the carts do not answer: half of it is no answer."""
        if person.user is None:
            return None
        lines = Cart.of_user(person.user).stored().lines
        products = Product.objects.in_bulk(list(lines))
        return [
            {"sku": products[pk].sku, "name": products[pk].name, "quantity": quantity}
            for pk, quantity in lines.items()
            if pk in products
        ]

    def forget(self, person: Person) -> None:
        if person.user:
            forget_cart(str(person.user.pk))
