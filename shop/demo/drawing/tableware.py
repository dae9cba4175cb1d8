"""Pans, pots and cups."""

from shop.demo.drawing.kitchen import BRUSHED
from shop.demo.drawing.shapes import (
    WHITE,
    across,
    ball,
    blurred,
    darker,
    disc,
    down,
    glow,
    inside,
    lighter,
    line,
    lit,
    mirror,
    oval,
    path,
    place,
    rect,
    slant,
    turned,
)


def pan(outside: str, coat: str, handle: str, grill: bool = False) -> str:
    """A frying pan from above, its handle to the lower right."""
    floor = glow(lighter(coat, 0.2), coat, darker(coat, 0.25), at=(0.4, 0.36), r=0.7)
    ribs = "".join(
        line(f"M150 {250 + 26 * i} H560", darker(coat, 0.4), 8)
        + line(f"M150 {246 + 26 * i} H560", lighter(coat, 0.25), 3)
        for i in range(11)
    )
    specks = "".join(
        disc(
            190 + (i * 97) % 330,
            200 + (i * 61) % 350,
            2 + i % 2,
            lighter(coat, 0.4),
            opacity=0.5,
        )
        for i in range(60)
    )
    grip = (
        path(
            "M-26 -6 L-20 90 Q-18 110 -24 130 L-30 270 Q-30 300 0 300 Q30 300 30 270"
            " L24 130 Q18 110 20 90 L26 -6z",
            slant(lighter(handle, 0.3), handle, darker(handle, 0.3)),
        )
        + rect(-11, 232, 22, 44, 11, darker(handle, 0.5))
        + path("M-30 -20 H30 L22 60 H-22z", slant("#eceff2", "#8b929c"))
    )
    return (
        place(grip, x=486, y=498, turn=-45)
        + disc(
            356, 374, 236, slant(lighter(outside, 0.4), outside, darker(outside, 0.4))
        )
        + disc(356, 374, 224, slant(darker(coat, 0.35), lighter(coat, 0.2)))
        + disc(356, 374, 192, floor)
        + inside(disc(356, 374, 188, "#000"), ribs if grill else specks)
        + path(
            "M186 330 A176 176 0 0 1 330 200",
            "none",
            stroke=WHITE,
            stroke_width=10,
            stroke_linecap="round",
            opacity=0.28,
        )
    )


def pot(color: str, knob: str) -> str:
    """A saucepan with two ears and a lid; `color` may be "steel"."""
    fill = BRUSHED if color == "steel" else turned(color)
    solid = "#b9bfc8" if color == "steel" else color
    ear = line(
        "M186 430 H140 q-20 0 -20 20 v30 q0 20 20 20 H186", darker(solid, 0.35), 24
    )
    ear += line(
        "M186 427 H140 q-20 0 -20 20 v26 q0 20 20 20 H186", lighter(solid, 0.1), 14
    )
    return (
        mirror(ear)
        + path("M180 380 H620 V620 q0 50 -56 50 H236 q-56 0 -56 -50z", fill)
        + rect(170, 368, 460, 24, 12, slant(lighter(solid, 0.5), darker(solid, 0.25)))
        + path(
            "M188 368 q20 -96 212 -96 t212 96z",
            slant(lighter(solid, 0.55), lighter(solid, 0.1), darker(solid, 0.22)),
        )
        + rect(384, 244, 32, 34, 6, slant("#e9ecf0", "#878e98"))
        + oval(400, 236, 44, 22, ball(knob))
        + path(
            "M236 344 q30 -44 120 -50",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.55,
        )
        + path(
            "M216 600 V430",
            "none",
            stroke=WHITE,
            stroke_width=12,
            stroke_linecap="round",
            opacity=0.4,
        )
    )


def cauldron(color: str, lid: bool = True) -> str:
    """A kazan: a round-bottomed cauldron on its ring, lid of wood."""
    wood = "#b98955"
    ear = line("M150 404 H112 q-16 0 -16 18 q0 20 20 22 H168", darker(color, 0.3), 22)
    ear += line("M150 400 H114 q-14 0 -14 16 q0 16 20 18 H168", lighter(color, 0.18), 9)
    grain = "".join(
        line(
            f"M{150 + 70 * i} {356 - 6 * (i % 2)} h{60 - 9 * (i % 3)}",
            darker(wood, 0.3),
            2,
            opacity=0.35,
        )
        for i in range(8)
    )
    top = (
        oval(400, 372, 268, 40, darker(wood, 0.4))
        + oval(400, 358, 268, 40, slant(lighter(wood, 0.3), wood, darker(wood, 0.2)))
        + inside(oval(400, 358, 262, 36, "#000"), grain)
        + rect(322, 318, 26, 40, 4, darker(wood, 0.35))
        + rect(452, 318, 26, 40, 4, darker(wood, 0.35))
        + rect(296, 296, 208, 30, 13, lit(lighter(wood, 0.12)))
    )
    bare = oval(400, 380, 256, 44, darker(color, 0.5)) + oval(
        400, 392, 226, 32, down("#8a5a2c", "#d99a4a")
    )
    grains = [(222 + (i * 149) % 356, 380 + (i * 7) % 27) for i in range(70)]
    rice = "".join(
        oval(
            x,
            y,
            11,
            4,
            ("#f3d9a0", "#e89b45", "#fff0cc")[i % 3],
            transform=f"rotate({i * 37 % 90} {x} {y})",
        )
        for i, (x, y) in enumerate(grains)
    )
    return (
        mirror(ear)
        + path(
            "M262 612 H538 L560 668 H240z",
            across(lighter(color, 0.15), darker(color, 0.2), darker(color, 0.5)),
        )
        + path(
            "M136 384 H664 C664 560 560 650 400 650 S136 560 136 384z", turned(color)
        )
        + rect(126, 370, 548, 26, 13, slant(lighter(color, 0.4), darker(color, 0.3)))
        + (top if lid else bare + rice)
        + path(
            "M182 450 q20 80 90 130",
            "none",
            stroke=WHITE,
            stroke_width=12,
            stroke_linecap="round",
            opacity=0.22,
        )
    )


def _steam() -> str:
    return "".join(
        blurred(line(f"M{x} 240 q-26 -40 0 -70 t0 -70", WHITE, 12, opacity=0.75), 5)
        for x in (330, 400, 470)
    )


def mug(color: str, speckled: bool = False, band: str = "") -> str:
    """A mug with its handle to the right, something hot in it."""
    body = "M236 290 H536 V560 q0 110 -90 110 H326 q-90 0 -90 -110z"
    dots = "".join(
        disc(
            240 + (i * 89) % 292,
            300 + (i * 53) % 360,
            2 + i % 3,
            darker(color, 0.5),
            opacity=0.5,
        )
        for i in range(70)
    )
    glaze = (
        path(
            "M236 290 H536 V400 q-40 30 -80 6 t-90 10 t-80 -8 t-50 6z",
            across(lighter(band, 0.35), band, darker(band, 0.3)),
        )
        if band
        else ""
    )
    return (
        _steam()
        + line("M530 360 H590 q60 0 60 90 t-90 100 H516", darker(color, 0.3), 40)
        + line("M530 356 H588 q58 0 58 92 t-88 96 H516", lighter(color, 0.06), 28)
        + path(body, turned(color))
        + inside(path(body, "#000"), dots if speckled else "", glaze)
        + oval(386, 290, 150, 30, slant(lighter(color, 0.5), darker(color, 0.1)))
        + oval(386, 292, 136, 24, darker(color, 0.45))
        + oval(386, 298, 124, 18, slant("#8a5634", "#5a3219"))
        + path(
            "M268 560 V350",
            "none",
            stroke=WHITE,
            stroke_width=13,
            stroke_linecap="round",
            opacity=0.4,
        )
    )


def mug_above(color: str) -> str:
    """The same mug from above."""
    heart = (
        "M400 462 C330 410 330 350 370 346 C392 344 400 364 400 372"
        " C400 364 408 344 430 346 C470 350 470 410 400 462z"
    )
    return (
        line("M560 400 H690", darker(color, 0.25), 56)
        + line("M560 396 H688", lighter(color, 0.12), 40)
        + disc(390, 400, 214, lit(color))
        + disc(390, 400, 192, darker(color, 0.4))
        + disc(390, 402, 180, glow("#a56a3f", "#8a5230", "#5f3519", r=0.55))
        + place(path(heart, "#f4e3c8", opacity=0.95), x=-10)
        + path(
            "M262 300 A166 166 0 0 1 350 240",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.5,
        )
    )


HORN = (
    "M-14 0 c-16 -16 -6 -34 8 -30 c12 4 8 20 -2 18"
    " M14 0 c16 -16 6 -34 -8 -30 c-12 4 -8 20 2 18"
)


def _bowl(color: str, trim: str) -> str:
    """A piala 240 wide, its rim at 0, 0, its foot at y = 150."""
    ornament = "".join(
        place(line(HORN, trim, 5), x=-78 + 52 * i, y=66 - abs(i - 1.5) * 4)
        for i in range(4)
    )
    shell = "M-120 0 C-116 90 -70 128 -46 132 H46 C70 128 116 90 120 0z"
    return (
        path("M-48 128 H48 L42 150 H-42z", turned(color))
        + path(shell, turned(color))
        + inside(
            path(shell, "#000"), path("M-130 0 H130 V20 Q0 44 -130 20z", trim), ornament
        )
        + oval(0, 0, 120, 24, slant(lighter(color, 0.5), darker(color, 0.06)))
        + oval(0, 2, 110, 19, darker(color, 0.14))
        + oval(0, 7, 98, 13, slant("#d9a36a", "#b3763d"))
    )


def piala_set(color: str, trim: str) -> str:
    """Six piala bowls with tea, three, two and one."""
    bowl = _bowl(color, trim)
    rows = ((400, 402, 0.75), (292, 464, 0.82), (508, 464, 0.82))
    front = ((176, 536, 0.9), (400, 536, 0.9), (624, 536, 0.9))
    return "".join(place(bowl, x=x, y=y, by=by) for x, y, by in rows + front)


def teapot(color: str, trim: str) -> str:
    """A round teapot with its spout to the left."""
    return (
        line("M560 400 q120 -30 110 70 t-120 110", darker(color, 0.3), 34)
        + line("M560 396 q116 -28 106 70 t-118 104", lighter(color, 0.1), 22)
        + path(
            "M260 560 C180 540 200 420 120 372 L150 340 C240 370 250 430 300 440z",
            slant(lighter(color, 0.3), darker(color, 0.2)),
        )
        + oval(400, 500, 206, 164, turned(color))
        + path("M306 650 H494 l-10 20 H316z", turned(color))
        + inside(
            oval(400, 500, 206, 164, "#000"),
            path("M180 560 Q400 640 620 560 V584 Q400 664 180 584z", trim),
        )
        + "".join(
            place(line(HORN, trim, 5), x=300 + 100 * i, y=530 + 12 * (i == 1), by=1.6)
            for i in range(3)
        )
        + path(
            "M296 360 q10 -62 104 -62 t104 62 q-104 30 -208 0z",
            slant(lighter(color, 0.45), darker(color, 0.15)),
        )
        + line("M296 362 q104 30 208 0", trim, 7)
        + disc(400, 284, 24, ball(trim))
        + path(
            "M238 520 q4 -70 60 -110",
            "none",
            stroke=WHITE,
            stroke_width=13,
            stroke_linecap="round",
            opacity=0.45,
        )
    )
