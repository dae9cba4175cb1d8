"""Changes of spec templates."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from catalog.exceptions import TemplateInUse, TemplateNameTaken
from catalog.models import SpecTemplate
from catalog.specs import parse_schema


def create_template(*, name: str, schema: dict[str, Any]) -> SpecTemplate:
    """Store a template. ValidationError: no schema; TemplateNameTaken: the name."""
    return _save(SpecTemplate(name=name.strip(), schema=schema))


def update_template(template: SpecTemplate, **changes: Any) -> SpecTemplate:
    """Rename a template or replace its schema; products are not touched."""
    for field in ("name", "schema"):
        setattr(template, field, changes.get(field, getattr(template, field)))
    return _save(template)


def delete_template(template: SpecTemplate) -> None:
    """Remove a template that no product uses."""
    try:
        template.delete()
    except ProtectedError:
        raise TemplateInUse from None


def _save(template: SpecTemplate) -> SpecTemplate:
    parse_schema(template.schema)
    template.__dict__.pop("fields", None)
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError:
        raise TemplateNameTaken(template.name) from None
    return template
