"""Who changed what (docs/adr/0022): of these models these fields, and no others.

So a new field is not in it before somebody has thought of it, a secret least of all.
"""

from typing import Any

LANGUAGES = ("ru", "kk", "en")
_IN_LANGUAGES = [f"name_{language}" for language in LANGUAGES]

MODELS: list[dict[str, Any]] = [
    {
        "model": "catalog.Product",
        # The stock has its ledger.
        "include_fields": [
            *_IN_LANGUAGES,
            *(f"description_{language}" for language in LANGUAGES),
            *("sku", "barcode", "slug", "price", "compare_at_price", "is_active"),
            *("template", "attributes"),
        ],
    },
    {
        "model": "catalog.Category",
        "include_fields": [*_IN_LANGUAGES, "slug", "is_active"],
    },
    {"model": "catalog.SpecTemplate", "include_fields": ["name", "schema"]},
    {
        "model": "orders.DeliveryMethod",
        "include_fields": [
            *_IN_LANGUAGES,
            *("code", "price", "free_from", "needs_address", "is_active", "position"),
        ],
    },
    {
        "model": "accounts.User",
        # That a password is new is written down by the model, which knows.
        "include_fields": [
            *("email", "full_name", "phone", "language"),
            *("is_active", "is_staff", "is_superuser"),
        ],
        "m2m_fields": ["groups", "user_permissions"],
    },
    {
        "model": "auth.Group",
        "include_fields": ["name"],
        "m2m_fields": ["permissions"],
    },
]
