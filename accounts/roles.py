"""The roles of those who work here: what each of them may, in words and permissions.

Which roles there are is said at the top of the house (`dashboard.roles`), where every
app is known. Each has a group, made by `services.make_role_groups` and from then on in
the hands of the administrators.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group


@dataclass(frozen=True)
class Role:
    """`name` is what its group is called, in English; `label` the same to be read."""

    code: str
    name: str
    label: Any
    # A sentence for whoever gives the role to somebody.
    may: Any
    # `app.codename` of each.
    permissions: tuple[str, ...]


_declared: dict[str, Role] = {}


def declare(*roles: Role) -> None:
    """These roles exist in this shop."""
    _declared.update({role.code: role for role in roles})


def declared_roles() -> Iterator[Role]:
    yield from _declared.values()


def role_of(group: Group) -> Role | None:
    """The role whose group this is; to be read with its `role_group`."""
    link = getattr(group, "role_group", None)
    return _declared.get(link.code) if link else None


def group_label(group: Group) -> str:
    """The group's name in the reader's language, unless somebody has renamed it."""
    role = role_of(group)
    return str(role.label) if role and role.name == group.name else group.name
