"""The shop's figures, computed in SQL: a few queries, however many orders there are."""

from dashboard.reports.shop import MAX_DAYS, WEEK, shop_stats

# Whose rows figures are made of: these may come from a read replica.
APPS = ("catalog", "orders", "payments", "dashboard")

__all__ = ["APPS", "MAX_DAYS", "WEEK", "shop_stats"]
