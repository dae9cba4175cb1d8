"""Two who change one spec template: neither change is lost, no answer is stale."""

import pytest
from django.db import IntegrityError
from django.http import Http404

from catalog import services
from catalog.exceptions import TemplateChanged, TemplateInUse
from catalog.models import SpecTemplate
from tests.backoffice import filled, office
from tests.concurrency.helpers import Meeting, run_together
from tests.factories import make_product, make_template

pytestmark = pytest.mark.django_db


def test_a_rename_keeps_the_schema_that_another_has_just_written() -> None:
    template = make_template(name="Old")
    stale = SpecTemplate.objects.get(pk=template.pk)
    services.update_template(template, schema={"color": "string"})
    renamed = services.update_template(stale, name="New")
    assert (renamed.name, renamed.schema) == ("New", {"color": "string"})
    template.refresh_from_db()
    assert (template.name, template.schema) == ("New", {"color": "string"})


def test_the_back_office_writes_only_what_was_changed_on_the_page() -> None:
    template = make_template(name="Old")
    page = f"/admin/catalog/spectemplate/{template.pk}/change/"
    client = office()
    data = filled(client.get(page), name="New")
    given: list[str] = []
    real = services.update_template

    def update(template: SpecTemplate, **changes: object) -> SpecTemplate:
        given.extend(changes)
        return real(template, **changes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "update_template", update)
        assert client.post(page, data).status_code == 302
    assert given == ["name"]
    template.refresh_from_db()
    assert template.name == "New"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_changes_at_once_are_all_there_afterwards() -> None:
    for _attempt in range(5):
        template = make_template()
        changes = [{"name": f"New {template.pk}"}, {"schema": {"color": "string"}}]
        run_together(
            lambda template, change: services.update_template(template, **change),
            [(SpecTemplate.objects.get(pk=template.pk), change) for change in changes],
        )
        template.refresh_from_db()
        assert template.name == f"New {template.pk}"
        assert template.schema == {"color": "string"}


def change_what_was_seen(template: SpecTemplate, seen: str, key: str) -> None:
    services.update_template(template, seen=seen, schema={key: "string"})


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_saw_the_same_schema_one_changes_it() -> None:
    for _attempt in range(5):
        template = make_template()
        seen = services.schema_mark(template.schema)
        results = run_together(
            change_what_was_seen, [(template, seen, "left"), (template, seen, "right")]
        )
        (refused,) = [result for result in results if result is not None]
        assert isinstance(refused, TemplateChanged)
        template.refresh_from_db()
        assert template.schema == {["left", "right"][results.index(None)]: "string"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_change_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(2)

    def unlocked(template: SpecTemplate) -> SpecTemplate:
        found = SpecTemplate.objects.get(pk=template.pk)
        meeting.wait()
        return found

    monkeypatch.setattr("catalog.services.templates._locked", unlocked)
    template = make_template()
    seen = services.schema_mark(template.schema)
    results = run_together(
        change_what_was_seen, [(template, seen, "left"), (template, seen, "right")]
    )
    assert results == [None, None]


def test_a_template_that_is_gone_is_not_made_again() -> None:
    template = make_template()
    stale = SpecTemplate.objects.get(pk=template.pk)
    services.delete_template(template)
    with pytest.raises(Http404):
        services.update_template(stale, name="New")
    with pytest.raises(Http404):
        services.delete_template(stale)
    assert not SpecTemplate.objects.exists()


def test_a_product_that_comes_at_the_last_moment_keeps_its_template(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    template = make_template()

    def overtaken(self: SpecTemplate) -> None:
        raise IntegrityError("a foreign key")

    with monkeypatch.context() as patch:
        patch.setattr(SpecTemplate, "delete", overtaken)
        with pytest.raises(TemplateInUse):
            services.delete_template(template)
    make_product(template=template, attributes={"brand": "HP"})
    with pytest.raises(TemplateInUse):
        services.delete_template(template)
    assert SpecTemplate.objects.count() == 1
