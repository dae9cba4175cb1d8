"""What SQL can ask about one key of a JSON object, the same in both databases."""

import json
from typing import Any

from django.db.models import CharField, F, Func
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


def _path(key: str) -> str:
    """SQLite's path to the key of an object; keys are stored escaped like this too."""
    return f"$.{json.dumps(key)}"
