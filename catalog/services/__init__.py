"""Every change of the catalog: the one place with its transactions and locks.

Locks are always taken in this order: the category tree, then products by id.
"""

from catalog.services.breaking import products_that_break
from catalog.services.categories import (
    create_category,
    delete_category,
    move_category,
    move_category_before,
    update_category,
)
from catalog.services.marks import category_mark, product_mark
from catalog.services.products import (
    create_product,
    delete_product,
    set_images,
    update_product,
)
from catalog.services.receiving import receive_goods
from catalog.services.stock import (
    adjust_stock,
    lock_products,
    move_stock,
    write_off_returned,
)
from catalog.services.templates import (
    create_template,
    delete_template,
    schema_mark,
    update_template,
)
from catalog.services.visibility import hide_category, show_category

__all__ = [
    "adjust_stock",
    "category_mark",
    "create_category",
    "create_product",
    "create_template",
    "delete_category",
    "delete_product",
    "delete_template",
    "hide_category",
    "lock_products",
    "move_category",
    "move_category_before",
    "move_stock",
    "product_mark",
    "products_that_break",
    "receive_goods",
    "schema_mark",
    "set_images",
    "show_category",
    "update_category",
    "update_product",
    "update_template",
    "write_off_returned",
]
