"""The studio every picture is taken in: one paper, one light, one margin.

The canvas is 800 by 800; things stand on the floor at y = 670 and keep about
110 clear on each side.
"""

from shop.demo.drawing.shapes import (
    WHITE,
    blurred,
    darker,
    down,
    glow,
    mix,
    oval,
    place,
    rect,
)

SIZE = 800
FLOOR = 670
TONES = {
    "sand": "#e6d9c5",
    "mist": "#d6dee8",
    "sage": "#d3dfd0",
    "blush": "#eed8cf",
    "sky": "#cfe1ee",
    "lilac": "#dfd8ea",
    "butter": "#efe3bd",
    "stone": "#dddbd6",
}
_PAPER_ENDS = "<!-- paper ends -->"


def standing(
    tone: str, *parts: str, wide: float = 230, x: float = 400, rise: float = 0
) -> str:
    """The thing on the floor, with a shadow `wide` to each side of x.

    Low things look lost at the foot of the picture: `rise` lifts them with the floor.
    """
    shade = darker(TONES[tone], 0.62)
    shadow = (
        blurred(oval(x + 22, FLOOR + 2, wide * 1.1, 26, shade, opacity=0.34), 18),
        blurred(oval(x + 6, FLOOR - 2, wide * 0.9, 10, shade, opacity=0.5), 6),
    )
    return _picture(tone, place(*shadow, *parts, y=-rise))


def lying(tone: str, *parts: str, lift: float = 16) -> str:
    """The thing laid flat on the paper and seen from above."""
    return _picture(tone, _lifted(TONES[tone], lift, *parts))


def hanging(tone: str, *parts: str) -> str:
    """The thing before the wall, its shadow far behind it."""
    return _picture(tone, _lifted(TONES[tone], 26, *parts))


def closeup(picture: str, x: float, y: float, by: float = 1.9) -> str:
    """The same scene with the camera moved in on x, y."""
    head, rest = picture.split(_PAPER_ENDS)
    scene = rest.removesuffix("</svg>")
    moved = place(scene, x=400 - x * by, y=400 - y * by, by=by)
    return f"{head}{_PAPER_ENDS}{moved}</svg>"


def _picture(tone: str, *parts: str) -> str:
    size = f'width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{_paper(TONES[tone])}'
    return f"{head}{_PAPER_ENDS}{''.join(parts)}</svg>"


def _paper(tone: str) -> str:
    wall = down(mix(tone, WHITE, 0.62), mix(tone, WHITE, 0.3))
    lamp = glow((WHITE, 0.95), (WHITE, 0.45), (WHITE, 0), at=(0.42, 0.38), r=0.62)
    floor = down((tone, 0), (darker(tone, 0.06), 0.75))
    return (
        rect(0, 0, SIZE, SIZE, 0, wall)
        + rect(0, 0, SIZE, SIZE, 0, lamp)
        + rect(0, 540, SIZE, 260, 0, floor)
    )


def _lifted(tone: str, lift: float, *parts: str) -> str:
    shade = darker(tone, 0.7)
    drop = f'stdDeviation="{lift}" flood-color="{shade}" flood-opacity="0.36"'
    near = f'stdDeviation="3" flood-color="{shade}" flood-opacity="0.3"'
    steps = (
        f'<feDropShadow dx="3" dy="4" {near}/>'
        f'<feDropShadow dx="{lift * 0.6}" dy="{lift}" {drop}/>'
    )
    box = 'x="-20%" y="-20%" width="150%" height="150%"'
    body = "".join(parts)
    return f'<filter id="lift" {box}>{steps}</filter><g filter="url(#lift)">{body}</g>'
