"""Who works in the shop, and what each of them may.

The lists are what a role is given; administrators change its group afterwards as they
like. docs/ROLES.md says the same in words, and tests/roles/ proves it.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.services import make_role_groups


def _each(app: str, verbs: Iterable[str], *models: str) -> tuple[str, ...]:
    return tuple(f"{app}.{verb}_{model}" for model in models for verb in verbs)


_ALL = ("view", "add", "change", "delete")
_SEE = ("view",)
_SEE_MONEY = _each("payments", _SEE, "payment", "refund", "refunditem")

ROLES = (
    Role(
        code="manager",
        name="Manager",
        label=_("Manager"),
        may=_(
            "Runs the shop: orders with payments and refunds, customers, the catalog "
            "with prices and stock, delivery methods, letters, figures."
        ),
        permissions=(
            *_each("catalog", _ALL, "product", "category", "spectemplate"),
            *_each("catalog", _SEE, "stockentry"),
            *("orders.view_order", "orders.change_order", "orders.view_stats"),
            *_each("orders", _ALL, "deliverymethod"),
            *_each("orders", ("view", "add"), "ordernote"),
            *_SEE_MONEY,
            *("payments.view_paymentevent", "payments.change_payment"),
            "payments.add_refund",
            *_each("accounts", ("view", "add", "change"), "user"),
            # To see whether a letter has come, and to send it again.
            *_each("notifications", ("view", "change"), "letter"),
        ),
    ),
    Role(
        code="warehouse",
        name="Warehouse",
        label=_("Warehouse"),
        may=_(
            "Receives goods and sends them out: stock and its ledger, order slips, "
            "processing, shipping and completing orders, notes. No prices, no texts, "
            "no payments and refunds, no canceling, no accounts, no figures."
        ),
        permissions=(
            *("catalog.view_product", "catalog.move_stock"),
            *_each("catalog", _SEE, "stockentry"),
            *("orders.view_order", "orders.ship_order"),
            *_each("orders", ("view", "add"), "ordernote"),
        ),
    ),
    Role(
        code="content",
        name="Content",
        label=_("Content"),
        may=_(
            "Writes the catalog: texts, pictures, attributes and categories of "
            "products, the category tree, spec templates. No prices, no stock, no "
            "orders, no accounts."
        ),
        permissions=(
            *("catalog.view_product", "catalog.change_product_texts"),
            *_each("catalog", _ALL, "category", "spectemplate"),
        ),
    ),
    Role(
        code="analyst",
        name="Analyst",
        label=_("Analyst"),
        may=_(
            "Reads and changes nothing: the catalog, stock, orders, payments and "
            "refunds, the figures, everything of it as CSV. No accounts."
        ),
        permissions=(
            *_each("catalog", _SEE, "product", "category", "spectemplate"),
            *_each("catalog", _SEE, "stockentry"),
            *_each("orders", _SEE, "order", "deliverymethod", "stats"),
            *_SEE_MONEY,
        ),
    ),
)


def follow_migrations(sender: AppConfig, **kwargs: Any) -> None:
    """The roles have their groups once Django has made the permissions of all apps.

    It makes them app by app, and passes over apps without models.
    """
    *_others, last = (
        config for config in apps.get_app_configs() if config.models_module
    )
    if sender.name == last.name:
        make_role_groups(**kwargs)
