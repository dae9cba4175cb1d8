"""What a schema cannot say: the only ways in which the shop may differ from its own.

schemathesis takes what fits the schema for good, and what does not for bad. The shop
has rules that no schema can write down, and it reads some things more kindly.
"""

import re
from typing import Any

from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

# Fields that are refused for more than their type, length and pattern.
RULES = {
    "phone": "must be a number that can be dialled",
    "password": "must not be easy to guess",
    "new_password": "must not be easy to guess",
    "old_password": "must be the caller's own",
    "email": "one of two names is needed; guests need it",
    "items": "a line names its product in one of three ways; not beside `all`",
    "attributes": "must fit the product's template",
    "schema": "must not contradict itself",
    "images": "must be of http(s), or pictures",
    "template_id": "must exist",
    "category_ids": "must exist",
    "parent_id": "must exist",
    "min_price": "has at most 12 digits",
    "max_price": "has at most 12 digits",
    "delivery_method": "must be one that is offered",
    "address": "is needed by some methods of delivery",
    "payment_method": "must be one that is offered",
    "status": "is needed although a PATCH takes it",
    "is_default": "can be taken, not given up",
    "Idempotency-Key": "has no signs that cannot be printed",
}
# In an address: unknown or empty values are as good as none, as everywhere in DRF.
KINDLY = re.compile(r"parameters? [`\w.<>, -]+ in query")
# DRF reads a number where a text is asked for, and digits where a number is; a
# reference that is empty is none.
SCALARS = re.compile(r"in body\s*- [^\n]*: Incorrect type")
NO_REFERENCE = re.compile(r"in body\s*- (template_id|parent_id): Value not matching")


def is_beyond(failure: Any, case: Any, response: Any) -> bool:
    """Whether the failure only tells of a rule that stands above."""
    form = case.media_type not in {None, "application/json"}
    if isinstance(failure, RejectedPositiveData):
        # A form has only texts: what is null in the schema is the word in there.
        null = form and "None" in repr(case.body)
        return null or _refused_by_rule(case, response)
    if isinstance(failure, AcceptedNegativeData):
        told = failure.message
        # And an empty text in a form is an absent one.
        read_kindly = (KINDLY, SCALARS, NO_REFERENCE)
        return form or any(pattern.search(told) for pattern in read_kindly)
    return False


def _refused_by_rule(case: Any, response: Any) -> bool:
    told = response.json()
    if "code" in told:
        return told["code"] == "cart_empty"
    if all(name in RULES or name.startswith("attr.") for name in told):
        return True
    # No database keeps a NUL or half a character, and a schema forbids neither.
    sent = repr([case.body, case.query, case.headers])
    return "\\x00" in sent or "\\ud" in sent
