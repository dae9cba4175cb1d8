"""Changes of spec templates."""

import hashlib
import json
from typing import Any

from auditlog.context import disable_auditlog
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.http import Http404
from kombu.exceptions import OperationalError

from catalog.caching import drop_catalog_cache
from catalog.exceptions import TemplateChanged, TemplateInUse, TemplateNameTaken
from catalog.models import SpecTemplate
from catalog.schema_rules import check_schema
from catalog.services.searching import says_the_same
from shop import audit


def create_template(*, name: str, schema: dict[str, Any]) -> SpecTemplate:
    """Store a template. ValidationError: no schema; TemplateNameTaken: the name."""
    check_schema(schema)
    template = SpecTemplate(name=name.strip(), schema=schema)
    with transaction.atomic(), audit.one_entry(template):
        return _save(template)


def update_template(
    template: SpecTemplate, *, seen: str | None = None, **changes: Any
) -> SpecTemplate:
    """Change what is named in `changes`: `name`, `schema`. Products are not touched.

    What they are found by is, if labels changed: after the commit and by a task,
    because a template may have every product of the shop, and a change of it should
    neither wait for them nor keep them from being bought.

    The answer is the row as it is now; whoever changes the rest of it at the same time
    keeps their change. `seen` is the `schema_mark` of the schema that the new one was
    made from: TemplateChanged when another is stored by now. Raises what
    `create_template` raises, and Http404 when the template has been deleted meanwhile.
    """
    with transaction.atomic():
        template = _locked(template)
        if "schema" in changes:
            if seen is not None and seen != schema_mark(template.schema):
                raise TemplateChanged
            check_schema(changes["schema"], stored=template.schema)
        before = SpecTemplate(schema=template.schema)
        with audit.one_entry(template) as more:
            for field, value in changes.items():
                setattr(template, field, value)
            _save(template, update_fields=list(changes))
            order = [list(before.schema), list(template.schema)]
            if order[0] != order[1] and before.schema == template.schema:
                # Shoppers read attributes in the order in which they stand here.
                more["schema"] = order
        if not says_the_same(before, template):
            _index_after_commit(template)
    return template


def delete_template(template: SpecTemplate) -> None:
    """Remove a template that no product uses."""
    try:
        with transaction.atomic():
            audit.record_deletion(locked := _locked(template))
            with disable_auditlog():
                locked.delete()
            if connection.vendor == "postgresql":
                # A product may have come after the look for products: ask now, not
                # when the caller's transaction ends.
                connection.check_constraints()
            drop_catalog_cache()
    except (ProtectedError, IntegrityError):
        raise TemplateInUse from None


def schema_mark(schema: Any) -> str:
    """The same for the same schema only; the order of its keys counts."""
    return hashlib.sha256(json.dumps(schema).encode()).hexdigest()


def _index_after_commit(template: SpecTemplate) -> None:
    from catalog.tasks import index_template as task

    def send() -> None:
        try:
            # Seconds: a broker that is there and silent must not hold the request.
            task.apply_async((str(template.pk),), confirm_timeout=3)
        except (OperationalError, TimeoutError):
            # No schedule would find out, so it is done here.
            task(str(template.pk))

    # Not a partial: Django names the function when it fails; a partial has no name.
    transaction.on_commit(send, robust=True)


def _locked(template: SpecTemplate) -> SpecTemplate:
    # Without the key: products that name the template need not wait.
    rows = SpecTemplate.objects.select_for_update(no_key=True)
    locked = rows.filter(pk=template.pk).first()
    if locked is None:
        raise Http404
    return locked


def _save(template: SpecTemplate, **kwargs: Any) -> SpecTemplate:
    template.__dict__.pop("fields", None)
    try:
        with transaction.atomic():
            template.save(**kwargs)
    except IntegrityError:
        raise TemplateNameTaken(template.name) from None
    drop_catalog_cache()
    return template
