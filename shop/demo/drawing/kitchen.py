"""Small kitchen appliances."""

from shop.demo.drawing.shapes import (
    WHITE,
    across,
    ball,
    darker,
    disc,
    down,
    inside,
    lighter,
    line,
    lit,
    oval,
    path,
    place,
    rect,
    slant,
    turned,
    write,
)

BRUSHED = across("#aeb4bd", "#f2f4f6", "#c9ced6", "#eceff2", "#a5abb5", "#7f8690")
GLASS = across(("#b8cbd4", 0.7), ("#ffffff", 0.5), ("#dfe9ee", 0.3), ("#a9bec9", 0.65))


def kettle(body: str, handle: str) -> str:
    """An electric kettle; `body` is a color, or "steel"."""
    fill = BRUSHED if body == "steel" else turned(body)
    trim = "#8b929c" if body == "steel" else darker(body, 0.3)
    outline = (
        "M262 330 q8 -90 138 -90 t138 90 L566 610 q2 20 -18 20 H252 q-20 0 -18 -20z"
    )
    return (
        line("M520 286 C650 270 668 400 640 560", darker(handle, 0.35), 50)
        + line("M520 286 C650 270 668 400 640 560", handle, 38)
        + line("M540 280 C640 276 652 390 634 520", lighter(handle, 0.35), 7)
        + path("M282 330 L186 300 q-12 -2 -6 10 L258 420z", fill)
        + path("M282 330 L186 300 q-12 -2 -6 10 L258 420z", (trim), opacity=0.18)
        + path(outline, fill)
        + rect(232, 596, 336, 12, 6, trim, opacity=0.6)
        + path(
            "M276 300 q24 -60 124 -60 t124 60z",
            across(lighter(handle, 0.2), handle, darker(handle, 0.3)),
        )
        + rect(372, 214, 56, 30, 14, lit(handle))
        + rect(216, 626, 368, 44, 16, across(lighter(handle, 0.2), darker(handle, 0.3)))
        + rect(292, 360, 22, 190, 11, slant("#2c3138", "#4b525c"), opacity=0.85)
        + rect(298, 430, 10, 114, 5, "#8cc6e0")
        + rect(622, 540, 40, 22, 8, "#d8dbe0")
        + path(
            "M258 560 L276 372",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.5,
        )
    )


def glass_kettle(trim: str) -> str:
    """A kettle of glass with water in it, lit from below."""
    outline = (
        "M280 280 H520 q40 170 52 320 q2 26 -24 26 H252"
        " q-26 0 -24 -26 q12 -150 52 -320z"
    )
    water = down(("#9fd4ee", 0.55), ("#58aee0", 0.75), ("#2f86cf", 0.9))
    bubbles = "".join(
        disc(270 + (i * 83) % 260, 600 - (i * 47) % 190, 4 + i % 4, WHITE, opacity=0.6)
        for i in range(16)
    )
    return (
        line("M524 300 C650 280 668 400 640 566", darker(trim, 0.35), 48)
        + line("M524 300 C650 280 668 400 640 566", trim, 36)
        + path("M290 300 L196 276 q-12 -2 -6 10 L268 390z", GLASS)
        + path(outline, "#f4f9fb", opacity=0.8)
        + inside(
            path(outline, "#000"),
            rect(200, 400, 400, 240, 0, water),
            bubbles,
            oval(400, 402, 160, 12, WHITE, opacity=0.55),
        )
        + path(outline, GLASS)
        + path("M274 262 q10 -34 126 -34 t126 34 l-4 26 H278z", BRUSHED)
        + rect(372, 200, 56, 30, 12, lit(trim))
        + rect(222, 606, 356, 24, 10, BRUSHED)
        + rect(214, 628, 372, 42, 16, across(lighter(trim, 0.2), darker(trim, 0.3)))
        + "".join(
            line(f"M470 {430 + 45 * i} h34", WHITE, 4, opacity=0.9) for i in range(4)
        )
        + path(
            "M264 570 Q272 420 300 310",
            "none",
            stroke=WHITE,
            stroke_width=10,
            stroke_linecap="round",
            opacity=0.7,
        )
    )


def gooseneck(color: str, wood: str) -> str:
    """A kettle with a thin spout on a base with a display."""
    return (
        line("M286 560 C190 560 230 400 130 366", darker(color, 0.3), 30)
        + line("M286 556 C196 556 236 398 136 362", lighter(color, 0.12), 20)
        + line("M520 350 H620 q28 0 26 40 L632 520", darker(wood, 0.25), 36)
        + line("M520 350 H620 q28 0 26 40 L632 520", wood, 26)
        + path(
            "M290 360 H510 q54 120 64 226 q2 24 -22 24 H248 q-24 0 -22 -24"
            " q10 -106 64 -226z",
            turned(color),
        )
        + path("M292 360 q6 -40 108 -40 t108 40z", lit(color))
        + rect(384, 292, 32, 30, 8, lit(wood))
        + disc(400, 288, 20, ball(wood))
        + rect(206, 608, 388, 62, 20, across(lighter(color, 0.25), darker(color, 0.35)))
        + rect(330, 622, 140, 36, 8, "#0e1116")
        + write(400, 650, "93°C", 28, "#8fe0d2")
        + disc(540, 640, 15, slant("#e6e9ed", "#8d949e"))
        + path(
            "M266 570 Q272 470 312 380",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.4,
        )
    )


def blender(color: str, filling: str) -> str:
    """A jug blender with a smoothie in it."""
    jug = "M286 200 H514 L490 500 H310z"
    fruit = "".join(
        disc(
            330 + (i * 61) % 140,
            330 + (i * 89) % 150,
            9 + i % 5,
            lighter(filling, 0.3),
            opacity=0.6,
        )
        for i in range(14)
    )
    return (
        line(
            "M508 236 H574 q18 0 16 20 L572 430 q-2 16 -20 16 H498",
            "#c7d3d9",
            22,
            opacity=0.85,
        )
        + path(jug, "#f5fafb", opacity=0.85)
        + inside(
            path(jug, "#000"),
            rect(
                270,
                300,
                260,
                220,
                0,
                down(lighter(filling, 0.25), filling, darker(filling, 0.15)),
            ),
            fruit,
            oval(400, 300, 112, 12, lighter(filling, 0.45)),
        )
        + path(jug, GLASS)
        + "".join(
            line(f"M452 {330 + 36 * i} h26", WHITE, 4, opacity=0.9) for i in range(4)
        )
        + rect(278, 168, 244, 40, 14, lit("#3b3f46"))
        + rect(352, 136, 96, 38, 12, lit("#4a4f57"))
        + path("M304 494 H496 l10 40 H294z", lit("#3b3f46"))
        + path(
            "M286 530 H514 L548 652 q4 18 -14 18 H266 q-18 0 -14 -18z", turned(color)
        )
        + disc(400, 600, 36, slant("#f3f4f6", "#989fa9"))
        + disc(400, 600, 27, lit("#e2e5e9"))
        + line("M400 600 V580", "#4c525b", 6)
        + "".join(disc(x, 612, 8, darker(color, 0.4)) for x in (322, 478))
        + path(
            "M318 470 L300 230",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.75,
        )
    )


def toaster(color: str) -> str:
    """A two-slot toaster with two slices."""
    slice_ = path(
        "M0 60 q-26 -10 -22 -38 q6 -34 90 -34 t90 34 q4 28 -22 38 V150 H0z",
        slant("#d9a05c", "#b97b3c"),
    ) + path(
        "M12 58 q-20 -10 -18 -30 q8 -24 74 -24 t74 24 q2 20 -18 30 V150 H12z",
        slant("#f6dcab", "#e3b877"),
    )
    return (
        place(slice_, x=372, y=222)
        + place(slice_, x=282, y=236)
        + path(
            "M170 420 q0 -90 90 -90 H540 q90 0 90 90 V630 q0 20 -20 20 H190"
            " q-20 0 -20 -20z",
            slant(lighter(color, 0.4), color, darker(color, 0.2)),
        )
        + rect(252, 330, 296, 26, 13, "#5d5f63")
        + rect(260, 338, 280, 12, 6, "#1f2124")
        + rect(170, 560, 460, 34, 0, BRUSHED)
        + rect(200, 648, 60, 22, 8, "#33363c")
        + rect(540, 648, 60, 22, 8, "#33363c")
        + rect(600, 400, 16, 130, 8, darker(color, 0.45))
        + rect(584, 416, 52, 30, 10, lit("#3b3f46"))
        + disc(536, 486, 32, slant("#f3f4f6", "#959ca6"))
        + disc(536, 486, 23, lit("#dfe3e8"))
        + line("M536 486 L524 470", "#4c525b", 5)
        + path(
            "M196 540 V430 q0 -70 70 -74",
            "none",
            stroke=WHITE,
            stroke_width=10,
            stroke_linecap="round",
            opacity=0.5,
        )
    )


def coffee_maker(color: str) -> str:
    """A drip coffee maker with a full jug."""
    jug = (
        "M286 440 H486 q24 60 8 150 q-4 24 -26 24 H304 q-22 0 -26 -24 q-16 -90 8 -150z"
    )
    return (
        path("M200 170 H560 q30 0 30 30 V330 H200z", lit(color))
        + rect(474, 320, 116, 330, 0, across(lighter(color, 0.06), darker(color, 0.3)))
        + path("M290 330 H480 L462 392 H308z", down(darker(color, 0.35), "#1b1d21"))
        + rect(372, 390, 26, 20, 4, "#1b1d21")
        + line("M286 470 H240 q-22 0 -20 24 l8 60 q2 22 24 22 H282", "#23262b", 20)
        + path(jug, "#f4f8fa")
        + inside(
            path(jug, "#000"),
            rect(250, 490, 260, 140, 0, down("#6b4028", "#3d2215", "#24130c")),
            oval(386, 490, 116, 9, "#8a5a3a"),
        )
        + path(jug, GLASS)
        + rect(282, 420, 208, 26, 10, "#23262b")
        + path(
            "M180 630 H620 q14 0 14 14 v12 q0 14 -14 14 H180 q-14 0 -14 -14 v-12"
            " q0 -14 14 -14z",
            across(lighter(color, 0.2), darker(color, 0.4)),
        )
        + rect(256, 614, 260, 16, 6, BRUSHED)
        + rect(228, 210, 20, 96, 10, "#dbe8ee")
        + rect(228, 250, 20, 56, 10, "#7fbbdc")
        + rect(440, 222, 116, 62, 12, "#11141a")
        + write(498, 264, "7:30", 34, "#8fe0d2")
        + path(
            "M216 300 V206 q0 -16 16 -18 H400",
            "none",
            stroke=WHITE,
            stroke_width=6,
            stroke_linecap="round",
            opacity=0.3,
        )
        + path(
            "M300 580 q-12 -60 0 -110",
            "none",
            stroke=WHITE,
            stroke_width=8,
            stroke_linecap="round",
            opacity=0.7,
        )
    )


def multicooker(color: str) -> str:
    """A multicooker with its lid shut."""
    return (
        path(
            "M176 420 q0 -40 20 -60 H604 q20 20 20 60 V570 q0 84 -84 84 H260"
            " q-84 0 -84 -84z",
            turned(color),
        )
        + path(
            "M188 372 q8 -112 212 -112 t212 112z",
            slant(lighter(color, 0.45), color, darker(color, 0.2)),
        )
        + rect(172, 362, 456, 26, 13, BRUSHED)
        + rect(340, 236, 120, 34, 16, lit("#33373e"))
        + rect(470, 270, 44, 18, 9, "#33373e")
        + rect(290, 428, 220, 176, 26, "#14171c")
        + write(400, 494, "0:45", 58, "#8fe0d2")
        + "".join(
            disc(330 + 46.6 * i, 556, 15, "#2b3038")
            + disc(
                330 + 46.6 * i, 556, 6, ("#e2a55a", "#8fe0d2", "#8fe0d2", "#e0685a")[i]
            )
            for i in range(4)
        )
        + rect(232, 650, 60, 20, 8, "#33363c")
        + rect(508, 650, 60, 20, 8, "#33363c")
        + path(
            "M204 560 V430",
            "none",
            stroke=WHITE,
            stroke_width=10,
            stroke_linecap="round",
            opacity=0.45,
        )
        + path(
            "M234 340 q40 -50 140 -58",
            "none",
            stroke=WHITE,
            stroke_width=8,
            stroke_linecap="round",
            opacity=0.5,
        )
    )
