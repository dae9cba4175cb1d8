"""Figures as drawings: whole numbers and texts for the SVG templates, no script.

Each drawing is made for the size at which it is shown, so that its edges lie on pixels;
what depends on the room there is, is drawn for a desk and for a phone.
"""

from dashboard.charts.days import DayChart, Span, day_charts, spans_of
from dashboard.charts.heat import HeatMap, heat_maps
from dashboard.charts.ranks import Rank, ranks

__all__ = [
    "DayChart", "HeatMap", "Rank", "Span", "day_charts", "heat_maps", "ranks",
    "spans_of",
]  # fmt: skip
