"""Drawing figures without a script: numbers for an SVG template."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypedDict

# The drawing's own units; the page scales it to its width.
WIDTH, HEIGHT, BASE, TOP = 720, 220, 190, 24


class Bar(TypedDict):
    x: float
    y: float
    width: float
    height: float
    middle: float
    day: dict[str, Any]
    labelled: bool


def bar_chart(days: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A bar of revenue for each day; the highest day fills the height."""
    highest = max((Decimal(day["revenue"]) for day in days), default=Decimal(0))
    slot = WIDTH / max(len(days), 1)
    # About eight dates fit under the axis.
    every = -(-len(days) // 8)
    bars: list[Bar] = []
    for n, day in enumerate(days):
        share = Decimal(day["revenue"]) / highest if highest else Decimal(0)
        height = round(float(share) * (BASE - TOP), 1)
        bars.append(
            {
                "x": round(n * slot + slot * 0.15, 1),
                "y": round(BASE - height, 1),
                "width": round(slot * 0.7, 1),
                "height": height,
                "middle": round((n + 0.5) * slot, 1),
                "day": day,
                "labelled": (len(days) - 1 - n) % every == 0,
            }
        )
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "base": BASE,
        "top": TOP,
        "label_y": BASE + 18,
        "highest": highest,
        "bars": bars,
    }
