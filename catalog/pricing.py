"""New prices from old ones: arithmetic alone, in exact decimals."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from catalog.price_change import PriceChange
from shop.money import CENT, MAX_AMOUNT, to_money

Kind, Rounding, Before = PriceChange.Kind, PriceChange.Rounding, PriceChange.Before
# (step, ending), ₸.
_STEPS: dict[str, tuple[Decimal, Decimal]] = {
    Rounding.CENT: (CENT, Decimal(0)),
    Rounding.ONE: (Decimal(1), Decimal(0)),
    Rounding.TEN: (Decimal(10), Decimal(0)),
    Rounding.HUNDRED: (Decimal(100), Decimal(0)),
    Rounding.CENTS_90: (Decimal(1), Decimal("0.90")),
    Rounding.ENDS_90: (Decimal(100), Decimal(90)),
    Rounding.ENDS_990: (Decimal(1000), Decimal(990)),
}


@dataclass(frozen=True)
class Rule:
    """How prices change. `value` is percent or ₸, below zero for cheaper."""

    kind: str
    value: Decimal = Decimal(0)
    rounding: str = Rounding.CENT
    before: str = Before.KEEP

    @property
    def does_nothing(self) -> bool:
        if self.kind == Kind.RESTORE:
            return False
        return (
            not self.value
            and self.rounding == Rounding.CENT
            and self.before != Before.CLEAR
        )

    def new_price(self, price: Decimal, before: Decimal | None) -> Decimal | None:
        """The new price, or None where there can be none: not above zero, or too much.

        Restoring takes the price before, where there is one that is higher.
        """
        if self.kind == Kind.RESTORE:
            return before if before is not None and before > price else price
        if self.kind == Kind.PERCENT:
            new = price * (1 + self.value / 100)
        else:
            new = price + self.value
        if new <= 0:
            return None
        new = rounded(new, self.rounding)
        return new if 0 < new <= MAX_AMOUNT else None

    def new_before(
        self, price: Decimal, new_price: Decimal, before: Decimal | None
    ) -> Decimal | None:
        """What is shown struck through afterwards."""
        if self.before == Before.CLEAR:
            return None
        if self.kind == Kind.RESTORE:
            return None if new_price != price else before
        if self.before == Before.SET and new_price < price:
            return price
        return before


def rounded(price: Decimal, rounding: str) -> Decimal:
    """The nearest price of that kind, halves up; never below the smallest of it."""
    step, ending = _STEPS[rounding]
    steps = ((price - ending) / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if ending:
        steps = max(steps, Decimal(0))
    return to_money(steps * step + ending)
