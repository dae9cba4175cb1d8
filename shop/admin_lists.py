"""What lists of the back office need when their tables have a million rows."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from shop.finding import newest

# Rows that a list can be turned over to; further back leads a filter or the search.
MOST = 2_000


class BoundedPaginator(Paginator):
    """Counts no more rows than anybody turns over, so a page costs what it shows."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return rows.order_by().values("pk")[: MOST + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def is_cut(self) -> bool:
        """Whether there are rows beyond the last page."""
        return self._counted > MOST


class IndexedChangeList(ChangeList):
    """A list that is sorted by nothing but its `sortable_by`, whatever is asked for.

    Django leaves out the links of the other columns only, and still sorts by them.
    """

    def get_ordering_field(self, field_name: Any) -> Any:
        if field_name not in (self.sortable_by or ()):
            return None
        return super().get_ordering_field(field_name)

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (DataError, OverflowError) as error:
            # A NUL, a year 99999, a moment before all time: no database knows them.
            raise IncorrectLookupParameters from error


class ChosenMixin(admin.ModelAdmin):
    """Actions for rows that are chosen by their keys: what is no key chooses none."""

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any
    ) -> HttpResponse | None:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        post: Any = request.POST.copy()
        post.setlist(ACTION_CHECKBOX_NAME, [key for key in chosen if self._is_key(key)])
        request.POST = post
        return super().response_action(request, queryset, *args)

    def _is_key(self, text: str) -> bool:
        try:
            key = self.opts.pk.to_python(text)
            # As large as the database's own numbers.
            self.opts.pk.run_validators(key)
        except ValidationError:
            return False
        return True


class BoundedListAdmin(ChosenMixin):
    """A list of any length: nothing in it is counted to the end.

    It is sorted by the columns that a subclass names, which have an index.
    """

    paginator = BoundedPaginator
    sortable_by: ClassVar[Any] = ()
    show_full_result_count = False
    # Counting each filter's rows costs a scan each.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return IndexedChangeList


class LargeListAdmin(BoundedListAdmin):
    """The same of people, or of what people are found by, with `created_at`."""

    # Whether rows have a short number, by which they are found too.
    is_numbered = False

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """The newest that match, one more than a list shows, named one by one."""
        if not search_term.strip():
            return queryset, False
        rows = queryset.select_related(None).values_list("pk", flat=True)
        found = newest(search_term, rows, MOST + 1, numbered=self.is_numbered)
        return queryset.filter(pk__in=found), False
