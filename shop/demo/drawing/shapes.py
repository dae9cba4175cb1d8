"""SVG shapes and colors: pure functions from numbers to strings.

The light of every picture comes from the upper left, so `across`, `down` and
`slant` take their stops from the lit side to the shaded one.
"""

from dataclasses import dataclass
from hashlib import blake2s

WHITE = "#ffffff"
BLACK = "#14161a"
STEEL = ("#f4f6f8", "#c9ced6", "#e9ecf0", "#9aa1ab")
SANS = "DejaVu Sans"
SERIF = "DejaVu Serif"

Stop = str | tuple[str, float]


def mix(one: str, other: str, share: float) -> str:
    """The color `share` of the way from one to the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def lighter(color: str, share: float = 0.25) -> str:
    return mix(color, WHITE, share)


def darker(color: str, share: float = 0.25) -> str:
    return mix(color, BLACK, share)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


@dataclass(frozen=True)
class Gradient:
    """A fill; a stop is a color, or a color with its opacity."""

    stops: tuple[Stop, ...]
    vector: tuple[float, ...]
    tag: str = "linearGradient"

    @property
    def name(self) -> str:
        return _name(repr(self))

    def define(self) -> str:
        """The definition; it may stand right beside the shape that uses it."""
        round_ = self.tag == "radialGradient"
        keys = ["cx", "cy", "r"] if round_ else ["x1", "y1", "x2", "y2"]
        place = " ".join(f'{k}="{v}"' for k, v in zip(keys, self.vector, strict=True))
        last = len(self.stops) - 1
        inside = "".join(
            _stop(stop, index / last) for index, stop in enumerate(self.stops)
        )
        return f'<{self.tag} id="{self.name}" {place}>{inside}</{self.tag}>'


Paint = str | Gradient


def across(*stops: Stop) -> Gradient:
    return Gradient(stops, (0, 0, 1, 0))


def down(*stops: Stop) -> Gradient:
    return Gradient(stops, (0, 0, 0, 1))


def slant(*stops: Stop) -> Gradient:
    return Gradient(stops, (0, 0, 1, 1))


def glow(
    *stops: Stop, at: tuple[float, float] = (0.5, 0.5), r: float = 0.5
) -> Gradient:
    """A round gradient, from its middle outwards."""
    return Gradient(stops, (*at, r), "radialGradient")


def lit(color: str) -> Gradient:
    """A flat thing under the studio light."""
    return slant(lighter(color, 0.16), color, darker(color, 0.16))


def turned(color: str) -> Gradient:
    """A round upright thing: a pot, a mug, a tube."""
    return across(
        darker(color, 0.1),
        lighter(color, 0.3),
        lighter(color, 0.08),
        color,
        darker(color, 0.16),
        darker(color, 0.34),
    )


def ball(color: str) -> Gradient:
    """A round thing on all sides: a knob, a head, a cushion."""
    return glow(
        lighter(color, 0.34), color, darker(color, 0.22), at=(0.36, 0.3), r=0.78
    )


def shape(tag: str, fill: Paint, **attributes: object) -> str:
    """One element; `stroke_width=3` is written as `stroke-width="3"`."""
    define = ""
    if isinstance(fill, Gradient):
        define, fill = fill.define(), f"url(#{fill.name})"
    named = {"fill": fill, **attributes}
    written = " ".join(f'{k.replace("_", "-")}="{v}"' for k, v in named.items())
    return f"{define}<{tag} {written}/>"


def path(d: str, fill: Paint = "none", **attributes: object) -> str:
    return shape("path", fill, d=d, **attributes)


def rect(
    x: float, y: float, w: float, h: float, r: float, fill: Paint, **attributes: object
) -> str:
    size = {"x": x, "y": y, "width": w, "height": h, "rx": r}
    return shape("rect", fill, **size, **attributes)


def oval(
    cx: float, cy: float, rx: float, ry: float, fill: Paint, **attributes: object
) -> str:
    return shape("ellipse", fill, cx=cx, cy=cy, rx=rx, ry=ry, **attributes)


def disc(cx: float, cy: float, r: float, fill: Paint, **attributes: object) -> str:
    return shape("circle", fill, cx=cx, cy=cy, r=r, **attributes)


def line(d: str, color: str, width: float, **attributes: object) -> str:
    """A stroke with round ends."""
    ends = {"stroke_linecap": "round", "stroke_linejoin": "round", **attributes}
    return shape("path", "none", d=d, stroke=color, stroke_width=width, **ends)


def stitch(d: str, color: str, width: float = 2.5) -> str:
    """A seam: a thin dashed stroke."""
    return line(d, color, width, stroke_dasharray="7 6", opacity=0.7)


def write(
    x: float,
    y: float,
    words: str,
    size: float,
    color: str,
    font: str = SANS,
    **attributes: object,
) -> str:
    """A line of text, centred on x unless text_anchor says otherwise."""
    named = {"text_anchor": "middle", "font_weight": "bold", **attributes}
    written = " ".join(f'{k.replace("_", "-")}="{v}"' for k, v in named.items())
    return (
        f'<text x="{x}" y="{y}" font-family="{font}" font-size="{size}"'
        f' fill="{color}" {written}>{words}</text>'
    )


def place(
    *parts: str,
    x: float = 0,
    y: float = 0,
    turn: float = 0,
    by: float = 1,
    flip: bool = False,
    **attributes: object,
) -> str:
    """The parts as one group: scaled, turned, then moved to x, y."""
    scale = f"{-by} {by}" if flip else f"{by}"
    written = "".join(f' {k.replace("_", "-")}="{v}"' for k, v in attributes.items())
    move = f"translate({x} {y}) rotate({turn}) scale({scale})"
    return f'<g transform="{move}"{written}>{"".join(parts)}</g>'


def mirror(*parts: str) -> str:
    """The parts and their reflection in the middle line of the picture."""
    same = "".join(parts)
    return same + place(same, x=800, flip=True)


def inside(outline: str, *parts: str) -> str:
    """The parts, cut to the outline."""
    name = _name(outline)
    clip = f'<clipPath id="{name}">{outline}</clipPath>'
    return f'{clip}<g clip-path="url(#{name})">{"".join(parts)}</g>'


def blurred(part: str, amount: float) -> str:
    """The part out of focus; for shadows, glows and soft highlights."""
    name = f"blur{str(amount).replace('.', '-')}"
    box = 'x="-60%" y="-60%" width="220%" height="220%"'
    blur = f'<feGaussianBlur stdDeviation="{amount}"/>'
    return (
        f'<filter id="{name}" {box}>{blur}</filter><g filter="url(#{name})">{part}</g>'
    )


def _stop(stop: Stop, offset: float) -> str:
    color, opacity = (stop, 1.0) if isinstance(stop, str) else stop
    where = f'offset="{offset:.3f}" stop-color="{color}"'
    return f'<stop {where} stop-opacity="{opacity}"/>'


def _name(text: str) -> str:
    return "n" + blake2s(text.encode(), digest_size=6).hexdigest()
