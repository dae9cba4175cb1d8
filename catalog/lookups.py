"""What SQL can ask about a product's attributes, the same in both databases."""

import json
from typing import Any

from django.db.models import BooleanField, CharField, F, Func, UUIDField
from django.db.models.fields.json import KeyTransform

# How PostgreSQL and SQLite call a number.
NUMBER_TYPES = ["number", "integer", "real"]


class JSONKey(KeyTransform):
    """The value under the key, and nothing else.

    Django takes a key that looks like a number for a place in a list, and writes a
    path for -1 that SQLite cannot read.
    """

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        lhs, params, _keys = self.preprocess_lhs(compiler, connection)
        return f"({lhs} -> %s)", (*params, self.key_name)

    def as_sqlite(
        self, compiler: Any, connection: Any, **extra_context: Any
    ) -> tuple[str, Any]:
        lhs, params, _keys = self.preprocess_lhs(compiler, connection)
        # true, false and null would come out as 1, 0 and nothing: they stay words.
        words = ",".join(
            f"'{word}'" for word in connection.ops.jsonfield_datatype_values
        )
        sql = (
            f"(CASE WHEN JSON_TYPE({lhs}, %s) IN ({words})"
            f" THEN JSON_TYPE({lhs}, %s) ELSE JSON_EXTRACT({lhs}, %s) END)"
        )
        return sql, (*params, _path(self.key_name)) * 3


class JSONType(Func):
    """What the database calls the kind of value under the key: see NUMBER_TYPES."""

    output_field = CharField()
    arity = 1

    def __init__(self, key: str, field: str) -> None:
        super().__init__(F(field))
        self.key = key

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"jsonb_typeof({sql} -> %s)", (*params, self.key)

    def as_sqlite(
        self, compiler: Any, connection: Any, **extra_context: Any
    ) -> tuple[str, Any]:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"JSON_TYPE({sql}, %s)", (*params, _path(self.key))


class AttributesDigest(Func):
    """PostgreSQL alone: one value for all products that have the same attributes.

    The database keeps it beside them (ADR 0011); no model knows of the column.
    """

    output_field: Any = UUIDField()
    arity = 1

    def __init__(self) -> None:
        super().__init__(F("attributes"))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column: Any = self.source_expressions[0]
        alias = compiler.quote_name_unless_alias(column.alias)
        return f'{alias}."attributes_digest"', ()


class AmongAttributes(AttributesDigest):
    """PostgreSQL alone: the product's attributes are such that the SQL holds.

    They are looked for where each set of attributes stands once, so that neither a
    value which most products have nor a range reads the products.
    """

    output_field = BooleanField()

    def __init__(self, condition: str, params: list[Any]) -> None:
        super().__init__()
        self.condition, self.params = condition, params

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        digest, _params = super().as_postgresql(compiler, connection)
        # The condition is written by the filters, what visitors send is in `params`.
        sets = f"SELECT digest FROM catalog_attributeset WHERE {self.condition}"  # noqa: S608 - our own condition  # nosec B608
        return f"{digest} IN ({sets})", tuple(self.params)


def _path(key: str) -> str:
    """SQLite's path to the key of an object; keys are stored escaped like this too."""
    return f"$.{json.dumps(key)}"
