"""The whole category tree at once: for those who need many paths of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import override

from catalog.caching import drop_catalog_cache
from catalog.exceptions import CategoryTooDeep
from catalog.models import TEXT_LANGUAGES, Category
from catalog.services.categories import MAX_DEPTH
from catalog.services.visibility import TREE
from catalog.text import address_part, folded
from shop import audit
from shop.ids import new_id
from shop.locks import lock_for_transaction

# Names from the root down, as the files write them.
Names = Sequence[str]


@dataclass
class _Node:
    id: UUID
    path: str
    names: tuple[str, ...]
    is_visible: bool = True
    # The position of its last child, which is not always their number.
    last_step: int = 0
    new_children: int = 0


class CategoryTree:
    """Every category by its path of names, read in one query.

    Names are compared as siblings' names are: without regard to letter case and
    spaces, in the default language. Writers ask for the lock, and hold the tree until
    their transaction ends.
    """

    def __init__(self, *, lock: bool = False) -> None:
        if lock:
            lock_for_transaction(TREE)
        self._root = _Node(new_id(), "", ())
        self._by_names: dict[tuple[str, ...], _Node] = {(): self._root}
        self._by_id: dict[UUID, _Node] = {}
        self._slugs: set[str] = set()
        self._next_slug: dict[str, int] = defaultdict(lambda: 2)
        self._read()

    def names(self, pk: UUID) -> tuple[str, ...]:
        """The names of a category, from the root down to its own."""
        return self._by_id[pk].names

    def is_visible(self, pk: UUID) -> bool:
        """Whether shoppers see the category."""
        return self._by_id[pk].is_visible

    def find(self, names: Names) -> UUID | None:
        node = self._by_names.get(folded_path(names))
        return node.id if node else None

    def ensure(self, paths: Iterable[Names]) -> int:
        """Every path is a category afterwards, with all above it; how many are new.

        A handful of queries, however many paths. The caller holds the lock.
        """
        new: list[tuple[_Node, _Node]] = []
        for names in paths:
            if len(names) > MAX_DEPTH:
                raise CategoryTooDeep
            parent = self._root
            for depth in range(1, len(names) + 1):
                node = self._by_names.get(folded_path(names[:depth]))
                if node is None:
                    node = self._add(parent, names[depth - 1])
                    new.append((node, parent))
                parent = node
        if new:
            self._write(new)
            drop_catalog_cache()
        return len(new)

    def _read(self) -> None:
        languages = dict.fromkeys((settings.LANGUAGE_CODE, *TEXT_LANGUAGES))
        names = [f"name_{language}" for language in languages]
        # Parents come before their children.
        rows = Category.objects.rewrite(False).order_by("path")
        by_path = {"": self._root}
        columns = ("id", "path", "slug", "is_visible", *names)
        for pk, path, slug, is_visible, *texts in rows.values_list(*columns):
            parent = by_path[path[: -Category.steplen]]
            name = next(filter(None, texts), slug)
            node = _Node(pk, path, (*parent.names, name), is_visible)
            step = Category._str2int(path[-Category.steplen :])
            parent.last_step = max(parent.last_step, step)
            by_path[path] = self._by_id[pk] = node
            self._by_names.setdefault(folded_path(node.names), node)
            self._slugs.add(slug)

    def _add(self, parent: _Node, name: str) -> _Node:
        parent.last_step += 1
        parent.new_children += 1
        names = (*parent.names, name)
        path = Category._get_path(parent.path, len(names), parent.last_step)
        # Hidden with what it is put into, and shown with it again.
        node = _Node(new_id(), path, names, parent.is_visible)
        self._by_names[folded_path(names)] = self._by_id[node.id] = node
        return node

    def _write(self, new: list[tuple[_Node, _Node]]) -> None:
        fresh = {node.id for node, _parent in new}
        # The plain column too, and it reads the language that is active.
        with override(settings.LANGUAGE_CODE):
            created = [
                Category(
                    id=node.id,
                    path=node.path,
                    depth=len(node.names),
                    numchild=node.new_children,
                    is_visible=node.is_visible,
                    slug=self._free_slug(node.names[-1]),
                    **{f"name_{settings.LANGUAGE_CODE}": node.names[-1]},
                )
                for node, _parent in new
            ]
            Category.objects.bulk_create(created, batch_size=1000)
        entries = (
            audit.Entry(category, _told(category, parent), audit.Action.CREATE)
            for category, (_node, parent) in zip(created, new, strict=True)
        )
        audit.record_many(Category, entries)
        grown = {
            parent.id: parent.new_children
            for _node, parent in new
            if parent is not self._root and parent.id not in fresh
        }
        parents = list(Category.objects.filter(pk__in=grown).only("numchild"))
        for parent in parents:
            parent.numchild += grown[parent.pk]
        Category.objects.bulk_update(parents, ["numchild"], batch_size=1000)
        for node in chain.from_iterable(new):
            node.new_children = 0

    def _free_slug(self, name: str) -> str:
        base = slug = address_part(name) or "category"
        while slug in self._slugs:
            slug = f"{base}-{self._next_slug[base]}"
            self._next_slug[base] += 1
        self._slugs.add(slug)
        return slug


def _told(category: Category, parent: _Node) -> dict[str, tuple[Any, Any]]:
    """What the history of a new category says."""
    told: dict[str, tuple[Any, Any]] = {
        f"name_{settings.LANGUAGE_CODE}": (None, category.audit_name),
        "slug": (None, category.slug),
    }
    return told | ({"parent": (None, parent.names[-1])} if parent.names else {})


def folded_path(names: Names) -> tuple[str, ...]:
    """The names as they are compared."""
    return tuple(folded(name) for name in names)
