"""The catalog's API: faces over `catalog.services`."""

from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.authentication import signed_in
from catalog import services
from catalog.api.facets import (
    CountedPagination,
    FacetsSerializer,
    ProductFilterBackend,
    facets_data,
)
from catalog.api.serializers import (
    CategoryNodeSerializer,
    CategorySerializer,
    CategoryWriteSerializer,
    ProductSerializer,
    ProductWriteSerializer,
    StaffProductSerializer,
    TemplateSerializer,
)
from catalog.caching import (
    CONTENT,
    VERSION,
    read_first_page,
    stock_mark,
    store_first_page,
)
from catalog.filters import (
    ATTRIBUTE,
    ProductFilter,
    as_uuid,
    sees_hidden,
    sees_inactive,
)
from catalog.models import Category, Product, SpecTemplate
from catalog.paging import ProductPaginator
from catalog.rights import PARTS, WHOLE, Rights, allowed_changes
from catalog.search.ranking import by_relevance
from shop.api import Pagination, StaffPermission
from shop.replica import from_primary, from_replica
from shop.shared_api import SharedReads

_ATTRIBUTES = [
    OpenApiParameter("attr.<key>", str, description="an attribute's value"),
    OpenApiParameter("attr.<key>.min", OpenApiTypes.NUMBER),
    OpenApiParameter("attr.<key>.max", OpenApiTypes.NUMBER),
]


@extend_schema_view(
    list=extend_schema(parameters=_ATTRIBUTES),
    create=extend_schema(
        request=ProductWriteSerializer, responses={201: StaffProductSerializer}
    ),
    update=extend_schema(
        request=ProductWriteSerializer, responses=StaffProductSerializer
    ),
    partial_update=extend_schema(
        request=ProductWriteSerializer, responses=StaffProductSerializer
    ),
)
class ProductViewSet(SharedReads, viewsets.ModelViewSet):
    shared_of = {
        "list": lambda: [VERSION],
        "retrieve": lambda pk: [CONTENT, stock_mark(as_uuid(pk))],
    }
    shared_known = (*ProductFilter.base_filters, ATTRIBUTE, "page", "page_size")
    queryset = Product.objects.all()
    filterset_class = ProductFilter
    filter_backends = [ProductFilterBackend]
    pagination_class = CountedPagination
    permission_classes = [StaffPermission]
    lookup_value_regex = "[^/.]+"
    filterset: ProductFilter
    staff_permissions = {
        "create": "catalog.add_product",
        # Which of them it takes depends on what is changed, and is asked for below.
        "update": (WHOLE, *PARTS),
        "partial_update": (WHOLE, *PARTS),
        "destroy": "catalog.delete_product",
    }

    def get_queryset(self) -> Any:
        return Product.objects.with_details(hidden=sees_inactive(self.request))

    def get_serializer_class(self) -> type[BaseSerializer]:
        return (
            StaffProductSerializer if sees_inactive(self.request) else ProductSerializer
        )

    def get_object(self) -> Product:
        pk = as_uuid(self.kwargs["pk"])
        return self._found(Product.objects.filter(pk__in=[pk] if pk else []))

    def _found(self, products: Any) -> Product:
        """The product, unless it is off sale and the reader is not staff."""
        hidden = sees_inactive(self.request)
        if not hidden:
            products = products.visible()
        product = products.with_details(hidden=hidden).first()
        if product is None:
            raise Http404
        return product

    def paginate_queryset(self, queryset: Any) -> Any:
        return super().paginate_queryset(by_relevance(queryset))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if sees_inactive(request):
            return self._list(request)
        return self.shared(request, partial(self._public_list, request))

    @from_replica("catalog")
    def _list(self, request: Request) -> Response:
        return super().list(request)

    def _public_list(self, request: Request) -> Response:
        if request.query_params:
            return self._list(request)
        # Everybody's first look: kept for a minute in the reader's language.
        cached, version = read_first_page()
        if cached is None:
            # A replica may not have yet what the version was changed for.
            with from_primary():
                answer = self._list(request)
            cached = {"count": answer.data["count"], "results": answer.data["results"]}
            store_first_page(cached, version)
        # The address of the next page names this request's host: never cached.
        more = cached["count"] > len(cached["results"])
        following = request.build_absolute_uri("?page=2") if more else None
        return Response(
            {
                "count": cached["count"],
                "next": following,
                "previous": None,
                "results": cached["results"],
            }
        )

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if sees_inactive(request):
            return self._retrieve(request)
        return self.shared(request, partial(self._retrieve, request))

    @from_replica("catalog")
    def _retrieve(self, request: Request) -> Response:
        return super().retrieve(request)

    @extend_schema(parameters=_ATTRIBUTES, responses=FacetsSerializer, filters=True)
    @action(detail=False, pagination_class=None)
    @from_replica("catalog")
    def facets(self, request: Request) -> Response:
        """What the list can be narrowed by, and how many products each value has."""
        self.filter_queryset(self.get_queryset())
        return Response(facets_data(self.filterset))

    @action(detail=False, url_path=r"sku/(?P<sku>.+?)")
    @from_replica("catalog")
    def sku(self, request: Request, sku: str) -> Response:
        """The product with exactly this SKU."""
        # PostgreSQL cannot even be asked about a NUL.
        if "\0" in sku:
            raise Http404
        product = self._found(Product.objects.filter(sku=sku))
        return Response(self.get_serializer(product).data)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = ProductWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        product = services.create_product(
            actor=signed_in(request), **form.validated_data
        )
        return self._answer(product.pk, status.HTTP_201_CREATED)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        product = self.get_object()
        partial = kwargs.pop("partial", False)
        form = ProductWriteSerializer(product, data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        rights = Rights.of(request.user)
        changes = allowed_changes(rights, product, form.validated_data)
        if changes or not form.validated_data:
            services.update_product(product.pk, actor=signed_in(request), **changes)
        return self._answer(product.pk, status.HTTP_200_OK)

    def perform_destroy(self, instance: Product) -> None:
        services.delete_product(instance)

    def _answer(self, pk: UUID, code: int) -> Response:
        product = Product.objects.with_details(hidden=True).get(pk=pk)
        return Response(StaffProductSerializer(product).data, status=code)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("tree", bool, description="nest under children"),
            OpenApiParameter(
                "is_active", bool, description="for staff: what shoppers see, or not"
            ),
        ],
        responses=CategoryNodeSerializer(many=True),
    ),
    create=extend_schema(request=CategoryWriteSerializer),
    partial_update=extend_schema(request=CategoryWriteSerializer),
)
class CategoryViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    permission_classes = [StaffPermission]
    pagination_class = None
    filter_backends = []
    staff_permissions = {
        "create": "catalog.add_category",
        "partial_update": "catalog.change_category",
        "destroy": "catalog.delete_category",
    }
    # What CategorySerializer looks its paths up in.
    nodes: dict[str, Category] = {}

    def get_object(self) -> Category:
        return _category_or_404(self.request, self.kwargs["pk"])

    def get_serializer_context(self) -> dict[str, Any]:
        # Kept on the view: the browsable API asks for serializers of its own.
        return {**super().get_serializer_context(), "nodes": self.nodes}

    @from_replica("catalog")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        nodes = list(_categories(request))
        self.nodes = {node.path: node for node in nodes}
        asked = request.query_params.get("is_active", "").lower()
        if asked in {"true", "false"} and sees_hidden(request):
            nodes = [node for node in nodes if node.is_visible == (asked == "true")]
        rows = self.get_serializer(nodes, many=True).data
        if request.query_params.get("tree", "").lower() in {"true", "1"}:
            return Response(_nested(rows))
        return Response(rows)

    @from_replica("catalog")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object(), status.HTTP_200_OK)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = CategoryWriteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        texts = dict(form.validated_data)
        parent = _parent(texts.pop("parent_id", None))
        category = services.create_category(parent=parent, **texts)
        return self._answer(category, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        category = self.get_object()
        form = CategoryWriteSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        texts = dict(form.validated_data)
        moves = "parent_id" in texts
        parent = _parent(texts.pop("parent_id", None))
        services.update_category(category, moves=moves, parent=parent, **texts)
        return self._answer(category, status.HTTP_200_OK)

    def perform_destroy(self, instance: Category) -> None:
        services.delete_category(instance)

    def _answer(self, category: Category, code: int) -> Response:
        ancestors = Category.objects.get_ancestors(category)
        self.nodes = {node.path: node for node in [*ancestors, category]}
        return Response(self.get_serializer(category).data, status=code)


class TemplateViewSet(viewsets.ModelViewSet):
    queryset = SpecTemplate.objects.all()
    serializer_class = TemplateSerializer
    permission_classes = [StaffPermission]
    filter_backends = []
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    staff_permissions = {
        "list": "catalog.view_spectemplate",
        "retrieve": "catalog.view_spectemplate",
        "create": "catalog.add_spectemplate",
        "partial_update": "catalog.change_spectemplate",
        "destroy": "catalog.delete_spectemplate",
    }

    def get_object(self) -> SpecTemplate:
        pk = as_uuid(self.kwargs["pk"])
        template = self.get_queryset().filter(pk=pk).first()
        if template is None:
            raise Http404
        return template

    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.instance = services.create_template(**serializer.validated_data)

    def perform_update(self, serializer: BaseSerializer) -> None:
        template = self.get_object()
        changes = serializer.validated_data
        serializer.instance = services.update_template(template, **changes)

    def perform_destroy(self, instance: SpecTemplate) -> None:
        services.delete_template(instance)


@extend_schema_view(list=extend_schema(parameters=_ATTRIBUTES))
class CategoryProductsView(viewsets.GenericViewSet, mixins.ListModelMixin):
    """`/api/v1/products_with_category/{id}`: the category's products, all levels."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    permission_classes = []
    filterset_class = ProductFilter
    filter_backends = [ProductFilterBackend]
    pagination_class = Pagination
    filterset: ProductFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Product.objects.none()
        category = _category_or_404(self.request, self.kwargs["pk"])
        products = Product.objects.with_details(hidden=sees_inactive(self.request))
        return products.in_category(category)

    @from_replica("catalog")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Any:
        # Read from the nearer end of an order only where shoppers read too.
        sparse = not self.filterset.shows_hidden
        pages: Any = self.paginator
        pages.django_paginator_class = partial(ProductPaginator, sparse=sparse)
        return super().paginate_queryset(by_relevance(queryset))


def _categories(request: Request) -> Any:
    """Those that exist for whoever asks."""
    known = Category.objects
    return known.all() if sees_hidden(request) else known.visible()


def _category_or_404(request: Request, value: str) -> Category:
    category = _categories(request).filter(pk=as_uuid(value)).first()
    if category is None:
        raise Http404
    return category


def _parent(pk: UUID | None) -> Category | None:
    if pk is None:
        return None
    parent = Category.objects.filter(pk=pk).first()
    if parent is None:
        raise DjangoValidationError({"parent_id": [_("There is no such category.")]})
    return parent


def _nested(rows: Any) -> list[dict[str, Any]]:
    """The flat rows, in tree order, as a tree under `children`."""
    by_id: dict[str, dict[str, Any]] = {}
    roots: list[dict[str, Any]] = []
    for row in rows:
        node = {**row, "children": []}
        by_id[node["id"]] = node
        parent = by_id.get(node["parent_id"]) if node["parent_id"] else None
        (parent["children"] if parent else roots).append(node)
    return roots
