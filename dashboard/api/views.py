from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard import reports
from dashboard.api.serializers import StatsQuery, StatsSerializer
from orders.rights import STATS
from shop.api import StaffPermission
from shop.replica import from_replica


class StatsView(APIView):
    """The shop's figures: products, orders, revenue, buyers and the last days."""

    permission_classes = [StaffPermission]
    staff_permissions: ClassVar[dict[str, str]] = {"GET": STATS}

    @extend_schema(parameters=[StatsQuery], responses=StatsSerializer)
    def get(self, request: Request) -> Response:
        query = StatsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        figures = from_replica(*reports.APPS)(reports.shop_stats)
        return Response(figures(query.validated_data.get("days")))
