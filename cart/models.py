"""Carts in the database: the storage of a shop without Redis."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.ids import new_id


class Cart(models.Model):
    """Somebody's cart. `key` is a user's id, or `anon:` and a session key."""

    key = models.CharField(max_length=100, primary_key=True)
    # Names this filling of the cart; changed once it became an order, so that one
    # filling can become one order only.
    token = models.UUIDField(default=new_id)
    notices = models.JSONField(default=list)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")

    def __str__(self) -> str:
        return self.key


class CartItem(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="items")
    # Not a foreign key: the shopper is told of a product that has gone, which takes
    # remembering that it was here.
    product_id = models.UUIDField(_("product"))
    quantity = models.PositiveIntegerField(_("quantity, pieces"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("cart item")
        verbose_name_plural = _("cart items")
        constraints = [
            models.UniqueConstraint(
                fields=["cart", "product_id"], name="cart_item_once_a_product"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_item_gt_0"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} × {self.quantity}"


class FilledCart(models.Model):
    """Something was put into this cart on this day; kept for a week, to be counted."""

    day = models.DateField()
    key = models.CharField(max_length=100)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["day", "key"], name="filled_cart_once_day")
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.key}"
