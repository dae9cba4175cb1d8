"""Which pictures the things for the home have: by SKU, the main one first."""

from shop.demo.drawing import interior as i
from shop.demo.drawing import kitchen as k
from shop.demo.drawing import tableware as t
from shop.demo.drawing.plan_tech import Shots
from shop.demo.drawing.studio import closeup, hanging, lying, standing

CHINA, BLUE = "#f6f1e6", "#2f6f9f"


def shots() -> Shots:
    """The pictures of appliances, tableware, lamps and chairs."""
    return {**_appliances(), **_tableware(), **_interior()}


def _appliances() -> Shots:
    toaster = k.toaster("#eadfc8")
    multicooker = k.multicooker("#e6e3dd")
    return {
        "app-1001": [
            standing("mist", k.kettle("steel", "#2f333a")),
            closeup(standing("sand", k.kettle("steel", "#2f333a")), 330, 430),
        ],
        "app-1002": [
            standing("sage", k.glass_kettle("#33373d")),
            closeup(standing("sky", k.glass_kettle("#33373d")), 400, 520),
        ],
        "app-1003": [
            standing("sand", k.gooseneck("#33363b", "#b98552")),
            closeup(standing("blush", k.gooseneck("#33363b", "#b98552")), 420, 560),
        ],
        "app-1004": [standing("blush", k.blender("#c94f45", "#d0708a"), wide=150)],
        "app-1005": [
            standing("sky", toaster, wide=250, rise=20),
            closeup(standing("butter", toaster, wide=250), 500, 440),
        ],
        "app-1006": [standing("stone", k.coffee_maker("#3a3d43"), wide=240)],
        "app-1007": [
            standing("lilac", multicooker, rise=30),
            closeup(standing("mist", multicooker), 400, 500),
        ],
        "app-1008": [standing("butter", k.kettle("#d9d2c4", "#8a6a4c"))],
    }


def _tableware() -> Shots:
    def mug(tone: str, *, color: str, speckled: bool = False, band: str = "") -> str:
        return standing(tone, t.mug(color, speckled, band), wide=170)

    kazan = t.cauldron("#3b3c3f")
    return {
        "ckw-1001": [
            lying("stone", t.pan("#3d4148", "#54575d", "#b98552")),
            closeup(
                lying("sage", t.pan("#3d4148", "#54575d", "#b98552")), 470, 490, 1.7
            ),
        ],
        "ckw-1002": [lying("sand", t.pan("#8a3030", "#2f3134", "#2f3134", grill=True))],
        "ckw-1003": [
            standing("sage", t.pot("#3f6f6a", "#d9b98a"), rise=20),
            closeup(standing("sand", t.pot("#3f6f6a", "#d9b98a")), 420, 320, 1.8),
        ],
        "ckw-1004": [standing("mist", t.pot("steel", "#33373d"), rise=20)],
        "ckw-1005": [
            standing("butter", kazan, wide=150, rise=50),
            standing("blush", t.cauldron("#3b3c3f", lid=False), wide=150, rise=50),
        ],
        "ckw-1006": [
            mug("mist", color="#efe9df", band="#c8694a"),
            lying("blush", t.mug_above("#efe9df")),
        ],
        "ckw-1007": [
            mug("sand", color="#5f86a8", speckled=True),
            lying("sage", t.mug_above("#5f86a8")),
        ],
        "ckw-1008": [
            standing("sky", t.piala_set(CHINA, BLUE), wide=320, rise=90),
            closeup(standing("butter", t.piala_set(CHINA, BLUE), wide=320), 290, 560),
        ],
        "ckw-1009": [standing("butter", t.teapot(CHINA, BLUE), wide=170, rise=40)],
    }


def _interior() -> Shots:
    def lamp(tone: str, on: bool) -> str:
        return standing(tone, i.desk_lamp("#6fae98", on), wide=120, x=518)

    armchair = i.armchair("#5d7f6b", "#8a6442")
    office = i.office_chair("#565c66", "#3c4047")
    return {
        "frn-1001": [lamp("sage", True), lamp("mist", False)],
        "frn-1002": [
            standing("stone", i.floor_lamp("#e9dcc3", "#3a3733"), wide=150),
            closeup(standing("blush", i.floor_lamp("#e9dcc3", "#3a3733")), 400, 270),
        ],
        "frn-1003": [hanging("mist", i.pendant("#d29a3c", "#f6ead0"))],
        "frn-1004": [
            standing("sky", i.dining_chair("#b98955", "#e6dccb"), wide=190),
            closeup(standing("sand", i.dining_chair("#b98955", "#e6dccb")), 400, 470),
        ],
        "frn-1005": [
            standing("blush", armchair, wide=240),
            closeup(standing("sage", armchair, wide=240), 320, 440),
            closeup(standing("sand", armchair, wide=240), 400, 280),
        ],
        "frn-1006": [
            standing("lilac", office, wide=220),
            closeup(standing("mist", office, wide=220), 400, 430),
        ],
    }
