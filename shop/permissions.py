"""Permissions in migrations, where Django has not made the new ones yet."""

from typing import Any


def give_to_holders(apps: Any, model: str, new: tuple[str, str], held: str) -> None:
    """Users and groups that hold the permission `held` hold `new` too, from now on.

    `model` is `app.model`, `new` the codename and the name in the model's Meta. Where
    nobody holds anything, a new database for one, nothing is made: Django makes the
    permission itself, after all migrations, and takes this one for its own.
    """
    app_label, model_name = model.split(".")
    permissions = apps.get_model("auth", "Permission").objects
    old = permissions.filter(
        content_type__app_label=app_label,
        content_type__model=model_name,
        codename=held,
    ).first()
    if old is None:
        return
    codename, name = new
    permission, _created = permissions.get_or_create(
        content_type_id=old.content_type_id, codename=codename, defaults={"name": name}
    )
    for holder, field, key in (
        ("auth.Group", "permissions", "group_id"),
        ("accounts.User", "user_permissions", "user_id"),
    ):
        links = getattr(apps.get_model(holder), field).through
        holders = links.objects.filter(permission_id=old.pk)
        given = [
            links(**{key: pk, "permission_id": permission.pk})
            for pk in holders.values_list(key, flat=True)
        ]
        links.objects.bulk_create(given, ignore_conflicts=True)
