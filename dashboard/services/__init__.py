"""Totals and carts: kept beside the orders, and proved by them (docs/adr/0020)."""

from dashboard.services.carts import keep_carts
from dashboard.services.keeping import day_of, forget_totals, keep_totals, mark_changed
from dashboard.services.rebuilding import Difference, check_totals, rebuild_totals

__all__ = [
    "Difference",
    "check_totals",
    "day_of",
    "forget_totals",
    "keep_carts",
    "keep_totals",
    "mark_changed",
    "rebuild_totals",
]
