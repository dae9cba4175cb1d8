"""The value axis: round steps, and numbers short enough to stand beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.money import NBSP, SIGNS

# A step is one of these, times a power of ten.
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_AT_MOST = 4


@dataclass(frozen=True)
class Axis:
    """From 0 to `top`, which no value exceeds."""

    top: Decimal
    ticks: list[Decimal]

    @classmethod
    def over(cls, values: Iterable[Decimal | int], *, whole: bool = False) -> "Axis":
        """Round steps, at most four and the zero; `whole`: of whole numbers."""
        highest = max((Decimal(value) for value in values), default=Decimal(0))
        if highest <= 0:
            return cls(Decimal(1), [Decimal(0)])
        step = _step(highest / _AT_MOST)
        if whole and step % 1:
            step = Decimal(1) if step < 1 else Decimal(5)
        count = int((highest / step).to_integral_value(rounding=ROUND_CEILING))
        return cls(step * count, [step * n for n in range(count + 1)])

    def pixels(self, value: Decimal | int, room: int) -> int:
        """How far the value reaches in so much room: what is there at all is seen."""
        if value <= 0:
            return 0
        share = Decimal(value) / self.top * room
        return max(1, int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def _step(least: Decimal) -> Decimal:
    """The smallest round step that is not less."""
    power = Decimal(10) ** least.adjusted()
    return next(step * power for step in _STEPS if step * power >= least)


def short_number(value: Decimal | int) -> str:
    """Two decimals at most, thousands and millions in a word of the language."""
    value = Decimal(value)
    for size, text in (
        # Translators: short for 1,000,000,000, as an axis has room for.
        (Decimal(10**9), _("%(n)sB")),
        # Translators: short for 1,000,000.
        (Decimal(10**6), _("%(n)sM")),
        # Translators: short for 1,000.
        (Decimal(10**3), _("%(n)sK")),
    ):
        if value >= size:
            return text % {"n": _plain(value / size)}
    return _plain(value)


def short_price(value: Decimal | int) -> str:
    """An amount as an axis has room for it: `1,2 млн ₸`."""
    sign = SIGNS.get(settings.SHOP_CURRENCY, settings.SHOP_CURRENCY)
    return f"{short_number(value)}{NBSP}{sign}"


def _plain(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    text = f"{rounded:f}".rstrip("0").rstrip(".")
    return number_format(text, force_grouping=True)


def count_shown(number: int) -> str:
    """A whole number as people read it."""
    return number_format(number, force_grouping=True)


def orders_shown(number: int) -> str:
    text = ngettext("%(n)s order", "%(n)s orders", number)
    return text % {"n": count_shown(number)}
