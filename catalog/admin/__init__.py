"""The back office of the catalog: faces over `catalog.services`, without rules."""

from catalog.admin.categories import CategoryAdmin
from catalog.admin.imports import ImportRunAdmin
from catalog.admin.pricing import PriceChangeAdmin
from catalog.admin.products import ProductAdmin
from catalog.admin.receiving import GoodsReceiptAdmin
from catalog.admin.stock import StockEntryAdmin
from catalog.admin.templates import SpecTemplateAdmin

__all__ = [
    "CategoryAdmin",
    "GoodsReceiptAdmin",
    "ImportRunAdmin",
    "PriceChangeAdmin",
    "ProductAdmin",
    "SpecTemplateAdmin",
    "StockEntryAdmin",
]
