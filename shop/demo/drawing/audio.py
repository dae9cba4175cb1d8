"""Headphones and loudspeakers."""

from shop.demo.drawing.shapes import (
    WHITE,
    Gradient,
    ball,
    darker,
    disc,
    down,
    glow,
    inside,
    lighter,
    line,
    lit,
    oval,
    path,
    place,
    rect,
    slant,
    write,
)
from shop.demo.drawing.studio import FLOOR


def earbuds(color: str) -> str:
    """True wireless earbuds above their open case."""
    shell = ball(color)
    dark = darker(color, 0.3)
    lid = path("M232 440 q0 -130 168 -130 t168 130z", slant(lighter(color, 0.3), dark))
    well = path("M250 440 q0 -112 150 -112 t150 112z", darker(color, 0.5))
    body = path(
        "M226 440 H574 q10 0 10 14 v76 q0 138 -184 138 t-184 -138 v-76 q0 -14 10 -14z",
        slant(lighter(color, 0.34), color, dark),
    )
    bud = (
        path("M-26 10 q0 -12 12 -12 h26 q12 0 12 12 v120 q0 24 -25 24 t-25 -24z", shell)
        + disc(0, -18, 54, shell)
        + oval(38, -10, 26, 34, "#33363c", transform="rotate(-16 38 -10)")
        + oval(42, -12, 15, 21, "#54585f", transform="rotate(-16 42 -12)")
        + disc(-14, -34, 9, WHITE, opacity=0.5)
        + rect(-6, 104, 10, 30, 5, darker(color, 0.25))
    )
    return (
        lid
        + well
        + place(bud, x=316, y=250, turn=-6)
        + place(bud, x=484, y=250, turn=6, flip=True)
        + body
        + path("M226 440 H574 q10 0 10 14 H216 q0 -14 10 -14z", lighter(color, 0.5))
        + disc(400, 500, 7, "#63c98a")
        + path(
            "M244 500 q4 110 96 140",
            "none",
            stroke=WHITE,
            stroke_width=10,
            stroke_linecap="round",
            opacity=0.35,
        )
    )


def earbud_case(color: str, brand: str) -> str:
    """The closed case from above."""
    return place(
        rect(-210, -150, 420, 300, 146, lit(color))
        + line("M-206 -40 H206", darker(color, 0.3), 4)
        + line("M-204 -36 H204", lighter(color, 0.5), 2)
        + rect(-34, -50, 68, 22, 11, darker(color, 0.14))
        + write(0, 66, brand, 30, darker(color, 0.28), letter_spacing=6)
        + disc(0, 104, 6, "#63c98a")
        + path(
            "M-178 -70 q24 -62 92 -62",
            "none",
            stroke=WHITE,
            stroke_width=12,
            stroke_linecap="round",
            opacity=0.5,
        ),
        x=400,
        y=400,
        turn=-12,
    )


def headphones(color: str, cushion: str) -> str:
    """Over-ear headphones from the front."""
    arc = "M232 460 C214 210 300 132 400 132 S586 210 568 460"
    inner = "M256 420 C246 236 316 168 400 168 S554 236 544 420"
    band = (
        line(arc, darker(color, 0.2), 42)
        + line(arc, color, 32)
        + line("M262 300 C290 196 330 146 400 142", lighter(color, 0.45), 7)
        + line(inner, cushion, 22)
    )
    cup = (
        rect(24, -118, 62, 236, 31, slant(lighter(cushion, 0.2), darker(cushion, 0.35)))
        + rect(-44, -126, 84, 252, 42, lit(color))
        + rect(-44, -126, 30, 252, 26, darker(color, 0.12), opacity=0.5)
        + rect(-22, -96, 40, 192, 20, slant(lighter(color, 0.3), darker(color, 0.1)))
        + rect(-12, -180, 24, 74, 10, slant(*("#eef0f3", "#8d939c")))
        + disc(-2, 84, 5, "#63c98a")
    )
    return place(band + _cups(cup), y=26)


def _cups(cup: str) -> str:
    """The two cups of a pair of headphones."""
    return place(cup, x=236, y=510, turn=5) + place(
        cup, x=564, y=510, turn=-5, flip=True
    )


def headphones_side(color: str, cushion: str) -> str:
    """The same headphones from the side."""
    return (
        line("M400 500 C380 300 380 200 400 150", darker(color, 0.3), 46)
        + line("M400 500 C380 300 380 200 400 150", color, 36)
        + rect(352, 130, 96, 40, 20, lit(cushion))
        + rect(388, 300, 24, 120, 10, slant("#eef0f3", "#8d939c"))
        + oval(400, 520, 132, 150, lit(cushion))
        + oval(392, 518, 120, 138, lit(color))
        + oval(390, 516, 84, 100, slant(darker(color, 0.1), lighter(color, 0.2)))
        + oval(390, 516, 62, 76, lit(color))
        + path(
            "M300 470 q20 -70 76 -84",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.4,
        )
    )


def wired_earphones(color: str) -> str:
    """In-ear headphones with their cable, from above."""
    cable = (
        "M300 236 C300 400 400 380 400 470 C400 640 200 640 200 520 C200 420"
        " 560 430 580 540 C592 620 470 640 420 600"
    )
    cord = darker(color, 0.1)
    bud = (
        rect(-15, 0, 30, 86, 15, lit(color))
        + disc(0, -8, 42, ball(color))
        + oval(34, -20, 25, 32, "#3a3d43", transform="rotate(-30 34 -20)")
        + oval(38, -22, 14, 20, "#5b5f67", transform="rotate(-30 38 -22)")
        + disc(-12, -20, 7, WHITE, opacity=0.5)
    )
    plug = rect(-14, -10, 28, 70, 10, lit(color)) + rect(
        -7, 58, 14, 52, 5, slant("#fbe9b6", "#b98c3d")
    )
    return (
        line(cable, cord, 9)
        + line("M500 236 C500 400 400 380 400 470", cord, 9)
        + rect(388, 440, 24, 60, 12, lit(color))
        + rect(290, 300, 20, 74, 9, lit(color))
        + place(bud, x=300, y=190, turn=14)
        + place(bud, x=500, y=190, turn=-14, flip=True)
        + place(plug, x=424, y=602, turn=118)
    )


def speaker(color: str) -> str:
    """A portable speaker: a lying barrel of cloth with a strap."""
    cloth = "".join(
        line(f"M{176 + 14 * i} 396 V644", darker(color, 0.18), 2, opacity=0.45)
        for i in range(33)
    )
    return (
        line("M588 420 q86 -120 30 -130 q-50 -8 -80 96", darker(color, 0.5), 12)
        + rect(
            150,
            384,
            500,
            284,
            120,
            down(lighter(color, 0.3), color, darker(color, 0.2), darker(color, 0.45)),
        )
        + inside(rect(150, 384, 500, 284, 120, "#000"), cloth)
        + rect(262, 398, 276, 40, 20, darker(color, 0.42))
        + "".join(disc(312 + 59 * i, 418, 9, lighter(color, 0.6)) for i in range(4))
        + rect(342, 560, 116, 40, 10, darker(color, 0.5))
        + write(400, 588, "dybys", 24, lighter(color, 0.7), letter_spacing=3)
        + line("M204 450 q34 -42 60 -42", WHITE, 8, opacity=0.35)
    )


def speaker_end(color: str) -> str:
    """The same speaker from its end."""
    rings = glow(darker(color, 0.6), darker(color, 0.72), darker(color, 0.5))
    return (
        line("M470 300 q120 -110 140 -20 q8 60 -90 90", darker(color, 0.5), 13)
        + disc(400, 490, 178, lit(color))
        + disc(400, 490, 140, darker(color, 0.5))
        + disc(400, 490, 128, rings)
        + disc(400, 490, 62, ball(darker(color, 0.35)))
        + line("M262 420 q34 -76 104 -88", WHITE, 9, opacity=0.35)
    )


def shelf_speakers(wood: str, grille: bool = False) -> str:
    """A pair of bookshelf speakers, with or without their grilles."""
    cone = glow("#4b4f57", "#25282e", "#3b3f47", "#17191d")
    box = (
        path("M200 0 l34 -22 V388 l-34 30z", darker(wood, 0.45))
        + path("M0 0 l34 -22 h200 l-34 22z", lighter(wood, 0.3))
        + rect(0, 0, 200, 418, 6, _wood(wood))
    )
    if grille:
        front = rect(14, 14, 172, 390, 16, slant("#4a4d54", "#2a2c31")) + "".join(
            line(f"M22 {34 + 12 * i} H178", "#5d6168", 2, opacity=0.5)
            for i in range(30)
        )
    else:
        front = (
            disc(100, 270, 82, "#1a1c20")
            + disc(100, 270, 74, cone)
            + disc(100, 270, 26, ball("#3a3d44"))
            + disc(100, 96, 44, "#1a1c20")
            + disc(100, 96, 34, ball("#5a5e67"))
            + disc(100, 380, 13, "#1a1c20")
        )
    one = box + front
    return place(one, x=136, y=FLOOR - 418) + place(one, x=424, y=FLOOR - 418)


def _wood(wood: str) -> Gradient:
    """A board in the studio light."""
    return slant(lighter(wood, 0.22), wood, lighter(wood, 0.06), darker(wood, 0.14))
