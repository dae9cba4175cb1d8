"""The groups of the roles: made once, and never taken back from administrators."""

from typing import Any

from django.apps import apps as installed_apps
from django.db import DEFAULT_DB_ALIAS, transaction

from accounts.roles import declared_roles


def make_role_groups(
    *, apps: Any = installed_apps, using: str = DEFAULT_DB_ALIAS, **kwargs: Any
) -> None:
    """Every declared role has a group with its permissions, those that exist so far.

    Runs after every migration, when Django has made the permissions of all apps. What
    a role is given is written down: a permission that is new in the code is added, one
    that an administrator has taken from the group, or the group itself, stays away.
    """
    try:
        rows = apps.get_model("accounts", "RoleGroup").objects.using(using)
    except LookupError:
        # The apps as they were before there were roles.
        return
    with transaction.atomic(using=using):
        permissions = {
            f"{permission.content_type.app_label}.{permission.codename}": permission.pk
            for permission in apps.get_model("auth", "Permission")
            .objects.using(using)
            .select_related("content_type")
        }
        groups = apps.get_model("auth", "Group").objects.using(using)
        known = {row.code: row for row in rows.all()}
        for role in declared_roles():
            row = known.get(role.code)
            if row is None:
                group = groups.create(name=_free_name(groups, role.name))
                row = rows.create(code=role.code, group=group)
            if row.group_id is None:
                continue
            new = [
                name
                for name in role.permissions
                if name in permissions and name not in row.granted
            ]
            if new:
                links = groups.model.permissions.through
                links.objects.using(using).bulk_create(
                    (
                        links(group_id=row.group_id, permission_id=permissions[name])
                        for name in new
                    ),
                    ignore_conflicts=True,
                )
                row.granted = [*row.granted, *new]
                row.save(using=using, update_fields=["granted"])


def _free_name(groups: Any, name: str) -> str:
    """A group of that name may be an administrator's own, with people in it."""
    taken = set(groups.filter(name__startswith=name).values_list("name", flat=True))
    names = [name, *(f"{name} {n}" for n in range(2, len(taken) + 2))]
    return next(free for free in names if free not in taken)
