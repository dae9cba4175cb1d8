"""The part of the category tree that a page shows: never all of it."""

from dataclasses import dataclass, field

from django.db.models import OuterRef, Q, Subquery

from catalog.models import Category, Product


@dataclass
class Branch:
    """The way down to a category, and what can be chosen from there."""

    current: Category | None = None
    nodes: list[Category] = field(default_factory=list)

    @property
    def ancestors(self) -> list[Category]:
        """From the root down, without the category itself."""
        if self.current is None:
            return []
        way = set(_steps(self.current.path)[:-1])
        return [node for node in self.nodes if node.path in way]

    @property
    def children(self) -> list[Category]:
        if self.current is None:
            return [node for node in self.nodes if node.depth == 1]
        below = self.current.path
        return [node for node in self.nodes if node.parent_path == below]


def branch_to(category: Category | None) -> Branch:
    """Roots, the way down, the category's siblings and children, in one query.

    What is hidden is told only where the category is hidden itself, to staff.
    """
    wanted = Q(depth=1)
    if category is not None:
        depth = category.depth
        wanted |= Q(path__in=_steps(category.path))
        wanted |= Q(depth=depth, path__startswith=category.parent_path)
        wanted |= Q(depth=depth + 1, path__startswith=category.path)
    if category is None or category.is_visible:
        wanted &= Q(is_visible=True)
    return Branch(category, list(Category.objects.filter(wanted)))


def deepest_path() -> Subquery:
    """Of each product: the path of the deepest visible category that it stands in."""
    links = Product.categories.through.objects.filter(
        product_id=OuterRef("pk"), category__is_visible=True
    ).order_by("-category__depth", "-category__path")
    return Subquery(links.values("category__path")[:1])


def breadcrumbs_to(path: str | None) -> list[Category]:
    """From the root to the category of this path; one query, or none."""
    return list(Category.objects.filter(path__in=_steps(path))) if path else []


def _steps(path: str) -> list[str]:
    step = Category.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]
