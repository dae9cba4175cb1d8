"""Which pictures the electronics have: by SKU, the main one first."""

from shop.demo.drawing import audio as a
from shop.demo.drawing import gadgets as g
from shop.demo.drawing.shapes import place
from shop.demo.drawing.studio import closeup, hanging, lying, standing

Shots = dict[str, list[str]]

LAKE = ("#6fb1c9", "#3f6f8f")
STEPPE = ("#f0b58a", "#5b8f7d")
DUSK = ("#7b4bb5", "#2b2f66")
DAWN = ("#f2a38f", "#8a5a8f")
MEADOW = ("#bfe0c4", "#4f8f6a")
NIGHT = ("#41598f", "#1f2a4a")


def _phone(
    color: str, layout: str, brand: str, screen: g.Pair, tones: str, *more: str
) -> list[str]:
    """The pair; then, as asked, the `front`, the `back` or the `cameras`."""
    tone, *others = tones.split()
    shots = [standing(tone, g.phone_pair(color, layout, brand, screen))]
    back = place(g.phone_back(color, layout, brand), x=275, y=148)
    front = place(g.phone_front(color, screen), x=275, y=148)
    views = {
        "back": lambda tone: standing(tone, back, wide=130),
        "front": lambda tone: standing(tone, front, wide=130),
        "cameras": lambda tone: closeup(standing(tone, back, wide=130), 395, 270, 2.1),
    }
    return shots + [views[v](t) for v, t in zip(more, others, strict=True)]


def _laptop(color: str, screen: g.Pair, tone: str, glowing: str = "") -> str:
    return standing(tone, g.laptop(color, screen, glowing), wide=300, rise=20)


def _lid(tone: str, color: str) -> str:
    return standing(tone, g.laptop_back(color, "orvel"), wide=300, rise=30)


def _key_phone(tone: str, color: str, big: bool) -> str:
    return standing(tone, place(g.key_phone(color, big), x=290, y=148), wide=120)


def shots() -> Shots:
    """The pictures of telephones, laptops and audio."""
    return {
        "phn-1001": _phone("#3d424b", "column", "noyra", LAKE, "mist"),
        "phn-1002": _phone("#4f7fb5", "column", "noyra", DAWN, "sand sky", "back"),
        "phn-1003": _phone("#a9cdb8", "ring", "noyra", STEPPE, "sage blush", "cameras"),
        "phn-1004": _phone(
            "#26282d", "square", "noyra", DUSK, "stone lilac butter", "cameras", "front"
        ),
        "phn-1005": _phone(
            "#d9b98a", "square", "talvi", NIGHT, "blush stone sand", "back", "front"
        ),
        "phn-1006": _phone("#b7a2d4", "bar", "talvi", MEADOW, "lilac mist", "cameras"),
        "phn-1007": [
            _key_phone("sky", "#c9473f", big=True),
            closeup(_key_phone("butter", "#c9473f", big=True), 400, 520, 1.9),
        ],
        "phn-1008": [_key_phone("stone", "#34373e", big=False)],
        "lpt-1001": [
            _laptop("#c4c9d1", LAKE, "sand"),
            closeup(_laptop("#c4c9d1", LAKE, "mist"), 400, 500, 1.5),
        ],
        "lpt-1002": [_laptop("#50555e", STEPPE, "sky")],
        "lpt-1003": [
            _laptop("#8fb3cf", DAWN, "blush"),
            _lid("sky", "#8fb3cf"),
            lying("sand", g.laptop_closed("#8fb3cf", "orvel")),
        ],
        "lpt-1004": [
            _laptop("#2d3038", DUSK, "lilac", "#e0457b"),
            closeup(_laptop("#2d3038", DUSK, "mist", "#e0457b"), 400, 500, 1.5),
        ],
        "lpt-1005": [
            _laptop("#9fcbb6", MEADOW, "butter"),
            lying("sage", g.laptop_closed("#9fcbb6", "orvel")),
        ],
        "lpt-1006": [
            _laptop("#d8bca8", NIGHT, "stone"),
            lying("blush", g.laptop_closed("#d8bca8", "talvi")),
        ],
        "aud-1001": [
            standing("stone", a.headphones("#2f3238", "#4b4037"), wide=200),
            hanging("mist", a.headphones_side("#2f3238", "#4b4037")),
        ],
        "aud-1002": [
            standing("blush", a.headphones("#e9e1d2", "#b79f86"), wide=200),
            hanging("sage", a.headphones_side("#e9e1d2", "#b79f86")),
            closeup(
                standing("sand", a.headphones("#e9e1d2", "#b79f86"), wide=200), 300, 480
            ),
        ],
        "aud-1003": [
            standing("sky", a.earbuds("#eceeef"), wide=150),
            lying("lilac", a.earbud_case("#eceeef", "dybys")),
        ],
        "aud-1004": [
            standing("sage", a.earbuds("#7f9f83"), wide=150),
            lying("butter", a.earbud_case("#7f9f83", "dybys")),
        ],
        "aud-1005": [lying("stone", a.wired_earphones("#e8e6e1"))],
        "aud-1006": [
            standing("butter", a.speaker("#c8694a"), wide=240, rise=60),
            standing("sand", a.speaker_end("#c8694a"), wide=150, rise=60),
        ],
        "aud-1007": [
            standing("mist", a.shelf_speakers("#b98a5c"), wide=260, rise=30),
            standing(
                "sage", a.shelf_speakers("#b98a5c", grille=True), wide=260, rise=30
            ),
        ],
    }
