"""Telephones and laptops."""

from shop.demo.drawing.shapes import (
    WHITE,
    darker,
    disc,
    down,
    glow,
    inside,
    lighter,
    line,
    lit,
    path,
    place,
    rect,
    slant,
    write,
)

Pair = tuple[str, str]


def wallpaper(x: float, y: float, w: float, h: float, colors: Pair) -> str:
    """Two soft hills under a sky, in the rectangle."""
    one, other = colors
    sky = rect(x, y, w, h, 0, slant(lighter(one, 0.3), one, darker(other, 0.1)))
    sun = disc(x + w * 0.68, y + h * 0.3, min(w, h) * 0.16, lighter(other, 0.65))
    far = path(
        f"M{x} {y + h * 0.62} q{w * 0.28} {-h * 0.2} {w * 0.55} {-h * 0.02}"
        f" t{w * 0.45} {-h * 0.06} V{y + h} H{x}z",
        down(lighter(other, 0.25), other),
    )
    near = path(
        f"M{x} {y + h * 0.82} q{w * 0.3} {-h * 0.12} {w * 0.5} {-h * 0.05}"
        f" t{w * 0.5} {-h * 0.1} V{y + h} H{x}z",
        down(darker(other, 0.12), darker(other, 0.5)),
    )
    return sky + sun + far + near


def _lens(x: float, y: float, r: float) -> str:
    glass = glow("#4d6285", "#1b2230", "#0b0d12", at=(0.4, 0.35), r=0.7)
    return (
        disc(x, y, r, "#3a3f47")
        + disc(x, y, r * 0.84, "#101216")
        + disc(x, y, r * 0.6, glass)
        + disc(x - r * 0.22, y - r * 0.24, r * 0.13, WHITE, opacity=0.85)
    )


def _cameras(layout: str, color: str) -> str:
    """The camera island of a phone back, 250 wide, its corner at 0, 0."""
    plate = slant(lighter(color, 0.3), darker(color, 0.12))
    if layout == "column":
        return (
            rect(24, 26, 74, 176, 37, plate)
            + _lens(61, 66, 29)
            + _lens(61, 152, 29)
            + disc(122, 44, 8, "#fff4d6")
        )
    if layout == "square":
        return (
            rect(22, 24, 124, 124, 34, plate)
            + _lens(58, 60, 26)
            + _lens(110, 60, 26)
            + _lens(58, 112, 26)
            + disc(110, 112, 10, "#fff4d6")
        )
    if layout == "ring":
        return (
            disc(125, 112, 86, plate)
            + disc(125, 112, 76, "#15171c")
            + _lens(92, 84, 26)
            + _lens(158, 84, 26)
            + _lens(92, 142, 26)
            + _lens(158, 142, 26)
        )
    return (
        rect(0, 44, 250, 82, 0, plate)
        + _lens(62, 85, 28)
        + _lens(128, 85, 28)
        + disc(196, 85, 9, "#fff4d6")
    )


def phone_back(color: str, layout: str, brand: str) -> str:
    """A phone from behind, 250 by 520."""
    shell = rect(5, 5, 240, 510, 40, lit(color))
    shine = path("M5 5 H120 L5 330z", slant((WHITE, 0.32), (WHITE, 0.02)))
    return (
        rect(248, 150, 7, 70, 3, darker(color, 0.4))
        + rect(0, 0, 250, 520, 44, slant(lighter(color, 0.45), darker(color, 0.4)))
        + inside(
            rect(5, 5, 240, 510, 40, "#000"),
            shell,
            _cameras(layout, color),
            shine,
        )
        + write(
            125, 452, brand, 23, lighter(color, 0.55), letter_spacing=5, opacity=0.75
        )
    )


def phone_front(color: str, screen: Pair) -> str:
    """A phone from the front, 250 by 520, its screen on."""
    glass = rect(11, 11, 228, 498, 34, "#000")
    icons = "".join(
        rect(32 + 51 * i, 444, 36, 36, 10, WHITE, opacity=0.82) for i in range(4)
    )
    return (
        rect(248, 150, 7, 70, 3, darker(color, 0.4))
        + rect(0, 0, 250, 520, 44, slant(lighter(color, 0.45), darker(color, 0.4)))
        + rect(4, 4, 242, 512, 41, "#0c0d10")
        + inside(
            glass,
            wallpaper(11, 11, 228, 498, screen),
            write(125, 122, "12:45", 52, WHITE, font_weight="normal"),
            write(125, 154, "15 мая", 19, WHITE, font_weight="normal", opacity=0.9),
            icons,
            path("M11 11 H140 L11 300z", slant((WHITE, 0.26), (WHITE, 0))),
        )
        + disc(125, 33, 8, "#0c0d10")
    )


def phone_pair(color: str, layout: str, brand: str, screen: Pair) -> str:
    """The two faces of a phone side by side, standing on the floor."""
    return place(phone_back(color, layout, brand), x=152, y=152, turn=-4) + place(
        phone_front(color, screen), x=378, y=138, turn=3
    )


def key_phone(color: str, big: bool = False) -> str:
    """A telephone with keys, 220 by 520, its corner at 0, 0."""
    body = rect(0, 0, 220, 520, 46, lit(color))
    face = rect(18, 26, 184, 210, 22, "#17191e")
    screen = inside(
        rect(30, 44, 160, 174, 8, "#000"),
        wallpaper(30, 44, 160, 174, ("#8ec5d6", "#4f8f7a")),
        write(110, 104, "12:45", 40, WHITE),
    )
    tall, size = (50, 27) if big else (42, 21)
    keys = "".join(
        rect(22 + 61 * (i % 3), 302 + 52 * (i // 3), 54, tall, 15, lit("#eceae4"))
        + write(
            49 + 61 * (i % 3), 302 + 52 * (i // 3) + tall * 0.68, k, size, "#3a3d42"
        )
        for i, k in enumerate("123456789*0#")
    )
    pad = (
        rect(84, 248, 52, 44, 16, lit("#d6d3ca"))
        + rect(24, 252, 46, 36, 14, lit("#dfeadf"))
        + rect(150, 252, 46, 36, 14, lit("#f0d9d4"))
        + line("M38 270 h18", "#4c9a62", 6)
        + line("M164 270 h18", "#c4503f", 6)
    )
    edge = rect(0, 0, 220, 520, 46, "none", stroke=lighter(color, 0.4), stroke_width=4)
    return body + edge + face + screen + pad + keys


def _deck(color: str, glowing: str) -> str:
    """The keyboard half of an open laptop, in perspective."""

    def at(u: float, v: float) -> str:
        half = 232 + 62 * v
        return f"{400 - half + 2 * half * u:.1f} {500 + 108 * v:.1f}"

    def tile(u: float, v: float, w: float, h: float, fill: str) -> str:
        corners = (at(u, v), at(u + w, v), at(u + w, v + h), at(u, v + h))
        return path("M" + "L".join(corners) + "z", fill)

    keys = ""
    for row in range(5):
        v = 0.09 + row * 0.105
        if row == 4:
            columns = [(0.08, 0.17), (0.26, 0.46), (0.73, 0.19)]
        else:
            columns = [(0.08 + i * 0.0647, 0.057) for i in range(13)]
        ink = glowing or "#2b2e35"
        keys += "".join(tile(u, v, w, 0.084, ink) for u, w in columns)
    top = path(
        f"M{at(0, 0)}L{at(1, 0)}L{at(1, 1)}L{at(0, 1)}z",
        down(darker(color, 0.14), lighter(color, 0.2)),
    )
    well = tile(0.06, 0.06, 0.88, 0.57, darker(color, 0.5 if glowing else 0.22))
    pad = tile(0.35, 0.68, 0.3, 0.27, lighter(color, 0.32))
    lip = path(
        "M106 608 H694 v10 q0 18 -22 18 H128 q-22 0 -22 -18z",
        down(lighter(color, 0.35), darker(color, 0.28)),
    )
    notch = path("M352 608 h96 q-3 10 -14 10 h-68 q-11 0 -14 -10z", darker(color, 0.3))
    return place(top + well + keys + pad + lip + notch, y=34)


def laptop(color: str, screen: Pair, glowing: str = "") -> str:
    """An open laptop from the front; gamers' ones have a glowing keyboard."""
    lid = rect(164, 176, 472, 364, 20, slant(lighter(color, 0.4), darker(color, 0.3)))
    glass = rect(180, 194, 440, 318, 6, "#000")
    shown = inside(
        glass,
        wallpaper(180, 194, 440, 318, screen),
        rect(300, 474, 200, 30, 12, WHITE, opacity=0.55),
        "".join(
            rect(312 + 30 * i, 480, 18, 18, 5, lighter(screen[i % 2], 0.2))
            for i in range(6)
        ),
        path("M180 194 H430 L250 512 H180z", slant((WHITE, 0.2), (WHITE, 0.03))),
    )
    return (
        lid
        + rect(168, 180, 464, 356, 17, "#111318")
        + shown
        + disc(400, 187, 3, "#39414f")
        + rect(200, 526, 400, 12, 4, darker(color, 0.45))
        + _deck(color, glowing)
    )


def laptop_back(color: str, brand: str) -> str:
    """An open laptop from behind."""
    return place(
        path(
            "M150 250 q2 -20 22 -20 H628 q20 0 22 20 L676 604 H124z",
            slant(lighter(color, 0.32), color, darker(color, 0.2)),
        )
        + path(
            "M150 250 q2 -20 22 -20 H420 L280 604 H124z",
            slant((WHITE, 0.28), (WHITE, 0.02)),
        )
        + disc(400, 400, 40, darker(color, 0.16))
        + write(400, 412, brand[0].upper(), 36, lighter(color, 0.5))
        + rect(200, 598, 400, 22, 8, darker(color, 0.5))
        + path(
            "M116 618 H684 q8 0 8 10 q0 26 -30 26 H138 q-30 0 -30 -26 q0 -10 8 -10z",
            down(lighter(color, 0.3), darker(color, 0.3)),
        )
        + "".join(
            rect(190 + 22 * i, 632, 14, 4, 2, darker(color, 0.5)) for i in range(20)
        ),
        y=16,
    )


def laptop_closed(color: str, brand: str) -> str:
    """A closed laptop from above."""
    return place(
        rect(-250, -180, 500, 360, 26, slant(lighter(color, 0.4), darker(color, 0.3)))
        + rect(-246, -178, 492, 352, 24, lit(color))
        + path(
            "M-246 -154 q0 -24 24 -24 H40 L-130 174 H-222 q-24 0 -24 -24z",
            slant((WHITE, 0.3), (WHITE, 0.02)),
        )
        + write(0, 14, brand, 40, darker(color, 0.22), letter_spacing=9, opacity=0.8),
        x=400,
        y=400,
        turn=-14,
    )
