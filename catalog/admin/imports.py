"""Import in the back office: a file is looked at, then confirmed, then imported.

The pages, forms and results are django-import-export's; what a row does is decided by
`catalog.services.importing` alone, as for the command (docs/adr/0015).
"""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportMixin
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ImportForm
from import_export.resources import Resource
from import_export.results import Result, RowResult

from catalog.importing import reports
from catalog.importing.changes import RowReport
from catalog.importing.columns import PLAIN
from catalog.importing.exceptions import BadFile
from catalog.models import ImportRun
from catalog.rights import Rights
from catalog.services import import_runs
from catalog.tasks import hand_over
from shop.exceptions import DomainError

PER_PAGE = 50
TYPES = {
    "created": RowResult.IMPORT_TYPE_NEW,
    "updated": RowResult.IMPORT_TYPE_UPDATE,
    "unchanged": RowResult.IMPORT_TYPE_SKIP,
    "failed": RowResult.IMPORT_TYPE_INVALID,
}


def may_import(request: HttpRequest) -> bool:
    """Whoever may change something of products; each cell asks for its own right."""
    return Rights.of(request.user).may_change


class ProductResource(Resource):
    """The library's view of an import: runs of the shop's own service, as Results."""

    @classmethod
    def get_display_name(cls) -> str:
        return _("Products")

    def get_user_visible_fields(self) -> list[Any]:
        return []

    def import_data(
        self, dataset: ImportRun, dry_run: bool = False, **kwargs: Any
    ) -> Any:
        """Look at the file of a run, or import it; small ones at once."""
        if not import_runs.is_small(dataset):
            hand_over(dataset.pk)
        elif dry_run:
            import_runs.look(dataset.pk)
        else:
            import_runs.perform(dataset.pk)
        return self.result(dataset)

    def result(self, run: ImportRun, kind: str = "", page: int = 1) -> Result:
        """One page of what the run does, or did, row by row."""
        result = Result()
        for count, number in run.counts.items():
            result.totals[TYPES[count]] = number
        result.total_rows = sum(run.counts.values())
        found = reports.rows(run.report, kind, (page - 1) * PER_PAGE)
        for _place, row in zip(range(PER_PAGE), found, strict=False):
            result.append_row_result(_row_result(row))
        return result


def _row_result(row: RowReport) -> RowResult:
    result = RowResult()
    result.import_type = TYPES[row.kind]
    result.number = row.line
    result.object_repr = row.sku
    result.diff = row.changes
    result.validation_error = row.reason
    return result


class UploadForm(ImportForm):
    """Only the file is asked for: what it is, is read from its content."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["format"]
        file = self.fields["import_file"]
        file.label = _("File")
        file.widget.attrs = {"accept": ".csv,.txt,.xlsx,.xlsm"}
        file.help_text = _("CSV or XLSX, at most %(n)s MB.") % {
            "n": settings.IMPORT_MAX_SIZE_MB
        }

    @property
    def media(self) -> forms.Media:
        # The library's script guesses the format that is not asked for.
        return forms.Media()

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > settings.IMPORT_MAX_SIZE_MB * 1024 * 1024:
            raise forms.ValidationError(
                _("This file is larger than %(n)s MB.")
                % {"n": settings.IMPORT_MAX_SIZE_MB}
            )
        return file


class ImportRunsMixin(ImportMixin):
    """The button "Import" and its pages, for the list of products."""

    resource_classes = [ProductResource]
    import_formats = [CSV, XLSX]
    import_form_class = UploadForm
    import_template_name = "admin/catalog/product/import.html"
    run_template_name = "admin/catalog/product/import_run.html"

    def has_import_permission(self, request: HttpRequest) -> bool:
        return may_import(request)

    def get_urls(self) -> list[URLPattern]:
        """The library's own second step is not among them: runs take its place."""
        view = self.admin_site.admin_view
        info = "{}_{}".format(*self.get_model_info())
        pages = [
            ("import/<uuid:run_id>/", self.run_view, "import_run"),
            ("import/<uuid:run_id>/confirm/", self.confirm_view, "import_confirm"),
            ("import/<uuid:run_id>/discard/", self.discard_view, "import_discard"),
            ("import/<uuid:run_id>/report.csv", self.report_view, "import_report"),
            ("import/<uuid:run_id>/file/", self.file_view, "import_file"),
        ]
        own = [
            path(route, view(page), name=f"{info}_{name}")
            for route, page, name in pages
        ]
        theirs = super().get_urls()
        return own + [url for url in theirs if url.name != f"{info}_process_import"]

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The page "Import": a file comes in, and its preview is next."""
        if not may_import(request):
            raise PermissionDenied
        form = self.create_import_form(request)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["import_file"]
            try:
                run = import_runs.receive(
                    file.chunks(), name=file.name, user=request.user
                )
            except BadFile as error:
                form.add_error("import_file", str(error))
            else:
                ProductResource().import_data(run, dry_run=True)
                return HttpResponseRedirect(run.get_absolute_url())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import"),
            "opts": self.model._meta,
            "form": form,
            "columns": PLAIN,
            "runs": ImportRun.objects.select_related("user")[:10],
        }
        return TemplateResponse(request, self.import_template_name, context)

    def run_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """One import: its preview, how far it is, or what it did."""
        run = self._run(request, run_id)
        kind, number = _asked(request, run)
        rows = run.counts.get(kind) if kind else sum(run.counts.values())
        pages = -(-(rows or 0) // PER_PAGE) or 1
        number = min(number, pages)
        result = None if run.is_at_work else ProductResource().result(run, kind, number)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import"),
            "opts": self.model._meta,
            "run": run,
            "result": result,
            "progress": import_runs.progress(run) if run.is_at_work else None,
            "changes": run.preview.get("created", 0) + run.preview.get("updated", 0),
            "kinds": _kinds(run, kind),
            "kind": kind,
            "page": number,
            "pages": pages,
        }
        response = TemplateResponse(request, self.run_template_name, context)
        response["Cache-Control"] = "no-store"
        if run.is_at_work:
            # The page follows by itself, without a script.
            response["Refresh"] = "3"
        return response

    def confirm_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        run = self._run(request, run_id, method="POST")
        skip_errors = request.POST.get("skip_errors") == "on"
        try:
            if import_runs.confirm(run, user=request.user, skip_errors=skip_errors):
                ProductResource().import_data(run)
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(run.get_absolute_url())

    def discard_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        run = self._run(request, run_id, method="POST")
        if not import_runs.discard(run):
            messages.error(request, _("This file has been confirmed already."))
            return HttpResponseRedirect(run.get_absolute_url())
        messages.success(request, _("The file is removed. Nothing was imported."))
        return HttpResponseRedirect(reverse("admin:catalog_product_import"))

    def report_view(self, request: HttpRequest, run_id: UUID) -> HttpResponseBase:
        """All rows, also where a page shows fifty of them."""
        run = self._run(request, run_id)
        lines = reports.csv_pieces(run.report)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="import-{run.pk}.csv"'
        return response

    def file_view(self, request: HttpRequest, run_id: UUID) -> HttpResponseBase:
        """The file as it came, never shown as a page of the shop."""
        run = self._run(request, run_id)
        try:
            file = run.file.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        return FileResponse(
            file,
            as_attachment=True,
            filename=run.file_name,
            content_type="application/octet-stream",
        )

    def _run(self, request: HttpRequest, run_id: UUID, method: str = "") -> ImportRun:
        if not may_import(request) or (method and request.method != method):
            raise PermissionDenied
        return get_object_or_404(ImportRun.objects.select_related("user"), pk=run_id)


@admin.register(ImportRun)
class ImportRunAdmin(admin.ModelAdmin):
    """Who imported what, and when: to read."""

    list_display = [
        "file_name", "state", "created", "updated", "failed", "user", "created_at",
    ]  # fmt: skip
    list_select_related = ["user"]
    list_filter = ["state", "created_at"]
    search_fields = ["file_name"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("new"))
    def created(self, run: ImportRun) -> Any:
        return run.counts.get("created", "—")

    @admin.display(description=gettext_lazy("changed"))
    def updated(self, run: ImportRun) -> Any:
        return run.counts.get("updated", "—")

    @admin.display(description=gettext_lazy("bad"))
    def failed(self, run: ImportRun) -> Any:
        return run.counts.get("failed", "—")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any) -> Any:
        run = self.get_object(request, object_id) if may_import(request) else None
        if run is None:
            raise Http404
        return HttpResponseRedirect(run.get_absolute_url())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_import(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_import(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _asked(request: HttpRequest, run: ImportRun) -> tuple[str, int]:
    """The kind of rows and the page that are asked for; bad rows come first."""
    kind = request.GET.get("kind")
    if kind is None:
        kind = next((name for name in reports.KINDS if run.counts.get(name)), "")
    if kind not in reports.KINDS:
        kind = ""
    text = request.GET.get("p", "")
    number = int(text) if text.isdecimal() and len(text) < 7 else 1
    return kind, max(number, 1)


def _kinds(run: ImportRun, chosen: str) -> list[dict[str, Any]]:
    names = {
        "failed": _("bad"),
        "created": _("new"),
        "updated": _("changed"),
        "unchanged": _("unchanged"),
    }
    return [
        {
            "kind": kind,
            "name": names[kind],
            "count": run.counts.get(kind, 0),
            "chosen": kind == chosen,
        }
        for kind in reports.KINDS
    ]
