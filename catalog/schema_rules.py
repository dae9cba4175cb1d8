"""What a new or changed entry of a schema must hold beyond its form.

`catalog.specs` reads every schema that was ever stored. What is written now must also
make sense: an entry that contradicts itself would leave attributes that no product can
have, or choices that nobody can choose.
"""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from catalog.specs import (
    MAX_NUMBER,
    InvalidAttributes,
    InvalidSchema,
    SpecField,
    clean_attributes,
    parse_schema,
    shown,
)

NUMBERS = {"number", "integer"}
# A list of a thousand bad choices is one mistake.
MAX_SAID = 10


def check_schema(schema: Any, stored: Any = None) -> dict[str, SpecField]:
    """The schema as fields, or a ValidationError that names each bad key.

    An entry that stands in `stored` already was accepted once, and is no reason to
    refuse a change of others.
    """
    fields = parse_schema(schema)
    before = stored if isinstance(stored, dict) else {}
    problems = {}
    for key, spec in fields.items():
        if key not in before or before[key] != schema[key]:
            found = _contradictions(spec, schema[key])
            if found:
                problems[key] = found
    if problems:
        raise InvalidSchema(problems)
    return fields


def _contradictions(spec: SpecField, entry: Any) -> list[str]:
    """Why no shop could mean this, in words."""
    found = []
    if spec.key != spec.key.strip():
        found.append(_("a name does not begin or end with a space"))
    limits = [limit for limit in (spec.min, spec.max) if limit is not None]
    if limits and spec.type not in NUMBERS:
        found.append(_("only numbers have a min and a max"))
    elif any(abs(limit) > MAX_NUMBER for limit in limits):
        found.append(_("this min or max is too large"))
    if spec.choices and spec.type == "boolean":
        found.append(_("yes or no needs no choices"))
    elif spec.choices:
        found += _bad_choices(spec)
    options = entry if isinstance(entry, dict) else {}
    found += _bad_labels(spec, options.get("choice_labels", {}))
    return found[:MAX_SAID]


def _bad_choices(spec: SpecField) -> list[str]:
    found = []
    written = Counter(str(choice) for choice in spec.choices)
    for text, times in written.items():
        if times > 1:
            # 1 and "1": a file and a form could not say which is meant.
            message = _("the choice %(choice)s stands twice, as a number and as text")
            found.append(message % {"choice": shown(text)})
    for choice in spec.choices:
        if choice != "" and str(choice) == str(choice).strip():
            try:
                clean_attributes({spec.key: spec}, {spec.key: choice})
            except InvalidAttributes as error:
                reason = " ".join(error.by_key.get(spec.key, []))
                message = _("the choice %(choice)s does not fit: %(reason)s")
                found.append(message % {"choice": shown(choice), "reason": reason})
        else:
            found.append(_("a choice is not empty and has no spaces around it"))
    return found


def _bad_labels(spec: SpecField, labels: dict[str, dict[str, Any]]) -> list[str]:
    found = []
    known = {str(choice) for choice in spec.choices}
    for choice, texts in labels.items():
        if choice not in known:
            message = _("a label names %(choice)s, which is no choice")
            found.append(message % {"choice": shown(choice)})
        elif not all(isinstance(text, str) for text in texts.values()):
            message = _("a label of the choice %(choice)s is not text")
            found.append(message % {"choice": shown(choice)})
    return found
