"""What the shop holds about the caller, and its end. Both ask for the password."""

from django.contrib.auth import SESSION_KEY, logout
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import cookies, services
from accounts.api import serializers
from accounts.api.views import ReadingView, django_request, me
from accounts.exceptions import NotTheirAddress, WrongPassword


class OwnDataView(ReadingView):
    permission_classes = [IsAuthenticated]


class ExportView(OwnDataView):
    serializer_class = serializers.ExportSerializer

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Everything that the shop holds about the caller, app by app."""
        asked = self.valid(request)
        try:
            held = services.export_own(django_request(request), me(request), **asked)
        except WrongPassword as error:
            raise ValidationError({"password": [str(error)]}) from error
        return Response(held, headers={"Cache-Control": "no-store"})


class DeleteView(OwnDataView):
    serializer_class = serializers.DeleteSerializer

    @extend_schema(responses={204: None})
    def post(self, request: Request) -> Response:
        """Delete the account. Orders stay, without whose they were.

        Refused while an order is under way (`orders_in_progress`), while money is to
        be given back (`money_under_way`), and to the last administrator.
        """
        asked = self.valid(request)
        try:
            services.forget_own(django_request(request), me(request), **asked)
        except WrongPassword as error:
            raise ValidationError({"password": [str(error)]}) from error
        except NotTheirAddress as error:
            raise ValidationError({"email": [str(error)]}) from error
        if SESSION_KEY in request.session:
            logout(django_request(request))
        response = Response(status=status.HTTP_204_NO_CONTENT)
        cookies.drop_access_token(response)
        return response
