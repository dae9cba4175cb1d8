"""Which days the figures are asked for."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.reports import MAX_DAYS, WEEK
from dashboard.reports.figures import Period

# Before this there are no orders.
FIRST_DAY = date(2000, 1, 1)
# Three years with a leap day in them.
LONGEST = 3 * 365 + 1
# Named on the page, in days up to today.
PRESETS = (1, WEEK, 30, 90)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class PeriodForm(forms.Form):
    """`days` up to today, or from `first` to `last`; a week if nothing is asked."""

    days = forms.IntegerField(required=False, min_value=1, max_value=MAX_DAYS)
    first = _day(gettext_lazy("First day"))
    last = _day(gettext_lazy("Last day"))

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data)
        self.today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if not self.errors and (first or last):
            problem = self._problem(first, last or self.today)
            if problem:
                raise forms.ValidationError(problem)
        return cleaned

    def _problem(self, first: date | None, last: date) -> str:
        if first is None:
            return _("Choose the first day too.")
        if last > self.today:
            return _("The last day lies in the future.")
        if first > last:
            return _("The first day lies after the last.")
        if first < FIRST_DAY:
            return _("There are no figures of so long ago.")
        if (last - first).days >= LONGEST:
            return _("A period has three years at most.")
        return ""

    @property
    def period(self) -> Period:
        """What is asked for; where that makes no sense, the last seven days."""
        asked = self.cleaned_data if self.is_valid() else {}
        if first := asked.get("first"):
            return Period(first, asked["last"] or self.today)
        return Period.up_to(self.today, asked.get("days") or WEEK)

    @property
    def problems(self) -> list[str]:
        """Sentences, those about a date with its name."""
        found = []
        for name, texts in self.errors.items():
            label = self.fields[name].label if name in ("first", "last") else ""
            found += [f"{label}: {text}" if label else str(text) for text in texts]
        return found
