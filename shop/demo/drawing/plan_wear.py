"""Which pictures the clothes and shoes have: by SKU, the main one first."""

from shop.demo.drawing import clothes as c
from shop.demo.drawing import shoes as s
from shop.demo.drawing.plan_tech import Shots
from shop.demo.drawing.studio import closeup, lying, standing


def _shoe(tone: str, shoe: str) -> str:
    return standing(tone, shoe, wide=270, rise=60)


def shots() -> Shots:
    """The pictures of clothes and shoes."""
    white = c.tshirt("#f3f1ec", c.print_mountains("#3f6f8f"))
    ink = c.tshirt("#34466b", c.print_ornament("#e8dcc2"))
    green = c.hoodie("#7d8f7a", "#d9d2c0")
    gray = c.hoodie("#8c8f96", "#c8694a", zipped=True)
    navy = c.down_jacket("#33507c", "#e2a55a")
    yellow = c.windbreaker("#e0b23c", "#3b4a5a")
    vest = c.down_jacket("#8a4a3a", "#e9dcc3", sleeves=False)
    runner = s.sneaker("#3f6fae", "#e88a4a", "#f2efe8")
    daily = s.sneaker("#f0eeea", "#6fae98", "#f2efe8")
    canvas = s.high_top("#33363c", "#f1eee6")
    boot = s.winter_boot("#9a6a42", "#efe3cf")
    rubber = s.rubber_boot("#f0c044", "#4f86b0", "#ffffff")
    return {
        "clt-1001": [
            lying("sand", white),
            closeup(lying("mist", white), 400, 360, 2.0),
        ],
        "clt-1002": [
            lying("mist", ink),
            lying("sage", c.tshirt_back("#34466b")),
            closeup(lying("blush", ink), 400, 370, 2.0),
        ],
        "clt-1003": [lying("sage", c.tshirt("#f3efe6", stripes="#c8694a"))],
        "clt-1004": [lying("butter", green), closeup(lying("sand", green), 400, 240)],
        "clt-1005": [lying("blush", gray)],
        "clt-1006": [
            lying("sky", navy),
            closeup(lying("stone", navy), 440, 260),
            closeup(lying("butter", navy), 300, 540),
        ],
        "clt-1007": [lying("lilac", yellow), closeup(lying("sky", yellow), 400, 250)],
        "clt-1008": [lying("stone", vest)],
        "sho-1001": [_shoe("mist", daily), _shoe("sage", s.pair(daily))],
        "sho-1002": [
            _shoe("sand", runner),
            _shoe("sky", s.pair(runner)),
            closeup(_shoe("lilac", runner), 300, 500),
        ],
        "sho-1003": [_shoe("sage", canvas), _shoe("butter", s.pair(canvas))],
        "sho-1004": [
            standing("blush", boot, wide=270, rise=30),
            standing("mist", s.pair(boot), wide=270, rise=30),
        ],
        "sho-1005": [
            standing("sky", s.pair(rubber), wide=240, rise=20),
            standing("stone", rubber, wide=240, rise=30),
        ],
    }
