"""The shop's figures, computed in SQL: a few queries, however many orders there are."""

from dashboard.reports.shop import MAX_DAYS, WEEK, shop_stats

__all__ = ["MAX_DAYS", "WEEK", "shop_stats"]
