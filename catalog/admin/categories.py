"""The category tree: dragged, nested and renamed by the rules of the services."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Length, Substr
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    JsonResponse,
)
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from treebeard.admin import TreeAdmin

from catalog import services
from catalog.admin.base import FoldedSearch, ServiceAdmin, adopt
from catalog.admin.shown import ShownMixin
from catalog.admin_forms import CategoryForm, in_languages
from catalog.models import Category, Product
from shop.admin_seen import SeenAdmin
from shop.exceptions import DomainError


class MoveForm(forms.Form):
    """What the tree's script sends when a row is dropped on another."""

    node = forms.ModelChoiceField(Category.objects.all())
    target = forms.ModelChoiceField(Category.objects.all())
    relation = forms.ChoiceField(choices=[("child", "child"), ("sibling", "sibling")])


@admin.register(Category)
class CategoryAdmin(ShownMixin, ServiceAdmin, SeenAdmin, FoldedSearch, TreeAdmin):
    form = CategoryForm
    list_display = ["name", "slug", "inside", "products_count", "shown"]
    list_filter = ["is_active"]
    show_facets = admin.ShowFacets.NEVER
    actions = ["hide_selected", "show_selected"]

    class Media:
        js = (forms.Script("js/category-tree.js", defer=True),)

    search_fields = in_languages("name")
    folded_fields = tuple(in_languages("name"))
    search_help_text = gettext_lazy("Name in any language")
    show_full_result_count = False
    list_per_page = 200
    history_labels = {
        "parent": gettext_lazy("inside"),
        "before": gettext_lazy("moved before"),
    }

    def get_urls(self) -> list[URLPattern]:
        find = CategoryFinder.as_view(admin_site=self.admin_site)
        own = path(
            "find/", self.admin_site.admin_view(find), name="catalog_category_find"
        )
        return [own, *super().get_urls()]

    # --- The list -----------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        # The tree's tag reads it, and treebeard sets it for GET only.
        request._treebeard_parent = None
        if request.method == "HEAD":
            request._treebeard_parent_id = None
        return super().changelist_view(request, extra_context)

    def children_view(self, request: HttpRequest, parent_id: str) -> HttpResponse:
        if not is_id(parent_id):
            raise Http404
        return super().children_view(request, parent_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        links = Product.categories.through.objects.filter(category=OuterRef("pk"))
        counted = links.order_by().values("category").values(n=Count("pk"))
        parent_path = Substr(
            OuterRef("path"), 1, Length(OuterRef("path")) - Category.steplen
        )
        (name,) = in_languages("name", default=True)
        parent = Category.objects.filter(path=parent_path).values(name)
        found: QuerySet[Category] = super().get_queryset(request)
        return found.annotate(products_n=Subquery(counted), inside=Subquery(parent))

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """In the tree, everybody sees what a category is inside of."""
        columns = list(self.list_display)
        if not self.is_filtered(request):
            columns.remove("inside")
        return columns

    @admin.display(description=gettext_lazy("inside"))
    def inside(self, category: Any) -> str | None:
        return category.inside

    @admin.display(description=gettext_lazy("products"))
    def products_count(self, category: Any) -> int:
        return category.products_n or 0

    @admin.display(description=gettext_lazy("inside"))
    def parent(self, category: Category) -> str | None:
        """For those who may only look."""
        parent = Category.objects.get_parent(category)
        return full_names([parent])[parent.pk] if parent else None

    # --- Changes ------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["slug"] if obj else []

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*in_languages("name"), "parent", "slug", "is_active"]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        if "parent" in form.base_fields:
            use_picker(form.base_fields["parent"], self.admin_site)
        return form

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        texts, parent = form.texts("name"), form.cleaned_data["parent"]
        if not change:
            (default,) = in_languages("name", default=True)
            slug = form.cleaned_data.get("slug") or ""
            name = texts[default]
            saved = services.create_category(
                name=name,
                parent=parent,
                slug=slug,
                is_active=form.cleaned_data["is_active"],
                **texts,
            )
            adopt(form.instance, saved)
        elif form.has_changed():
            moves = "parent" in form.changed_data
            shown = form.cleaned_data["is_active"]
            services.update_category(
                form.instance,
                moves=moves,
                parent=parent,
                is_active=shown if "is_active" in form.changed_data else None,
                seen=form.stored_mark,
                **texts,
            )
        self.tell_merged(request, form)

    def delete_one(self, request: HttpRequest, obj: Category) -> None:
        services.delete_category(obj)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Category]
    ) -> None:
        """The deepest first, so that a whole branch can be selected."""
        super().delete_queryset(request, queryset.order_by("-depth", "path"))

    def move_node(self, request: HttpRequest) -> HttpResponse:
        """A row was dropped; the script reloads the page, which shows the message."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = MoveForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("This has just been deleted."))
            return HttpResponseBadRequest()
        node, target = form.cleaned_data["node"], form.cleaned_data["target"]
        try:
            if form.cleaned_data["relation"] == "child":
                services.move_category(node, target)
            else:
                services.move_category_before(node, target)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseBadRequest()
        except Category.DoesNotExist:
            messages.error(request, _("This has just been deleted."))
            return HttpResponseBadRequest()
        self.log_change(request, node, [{"changed": {"fields": ["Inside"]}}])
        messages.success(request, _("Moved: %(name)s") % {"name": node})
        return HttpResponse()


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


# --- Choosing categories in forms -----------------------------------------------------


def full_names(categories: list[Category]) -> dict[Any, str]:
    """`A > B > C` for each category by its id, in one query."""
    step = Category.steplen
    paths = {
        category.path[:end]
        for category in categories
        for end in range(step, len(category.path) + 1, step)
    }
    nodes = Category.objects.filter(path__in=paths)
    names = {node.path: str(node) for node in nodes}
    return {
        category.pk: " > ".join(
            names.get(category.path[:end], "…")
            for end in range(step, len(category.path) + 1, step)
        )
        for category in categories
    }


def full_name(category: Category) -> str:
    return full_names([category])[category.pk]


class CategoryFinder(AutocompleteJsonView):
    """Django's own autocomplete, naming each category from the root."""

    def process_request(self, request: HttpRequest) -> Any:
        asked = super().process_request(request)
        if asked[1].model is not Category:
            # Another field's rows have no way down from a root.
            raise PermissionDenied
        return asked

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        self.names: dict[Any, str] = {}
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        self.names = full_names(list(context["object_list"]))
        return context

    def serialize_result(self, obj: Category, to_field_name: str) -> dict[str, str]:
        return {"id": str(obj.pk), "text": self.names[obj.pk]}


class Picker(AutocompleteSelect):
    """Chooses one category, as one types, among thousands."""

    url_name = "%s:catalog_category_find"

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Django looks up whatever was sent: only ids may get that far.

        The names of all that are chosen are read at once.
        """
        ids = [chosen for chosen in value if is_id(chosen)]
        field: Any = self.choices.field
        names = full_names(list(field.queryset.filter(pk__in=ids)))
        field.label_from_instance = lambda one: names.get(one.pk) or full_name(one)
        return super().optgroups(name, ids, attrs)


class MultiplePicker(Picker, AutocompleteSelectMultiple):
    """Chooses any number of them."""


def use_picker(field: forms.Field, site: admin.AdminSite) -> None:
    """Let a form field find categories by a Picker, and name them from the root."""
    many = isinstance(field, forms.ModelMultipleChoiceField)
    widget = MultiplePicker if many else Picker
    source = Product._meta.get_field("categories")
    field.widget = widget(source, site, choices=field.choices)
    field.label_from_instance = full_name
