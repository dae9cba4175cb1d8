from typing import Any, cast
from uuid import UUID

from django.contrib.auth import SESSION_KEY, logout
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts import cookies, services
from accounts.api import serializers
from accounts.exceptions import WrongPassword
from accounts.models import Address, User
from shop.api import StaffPermission

USER_ID = OpenApiParameter("id", UUID, OpenApiParameter.PATH)


def django_request(request: Request) -> HttpRequest:
    """The request that middleware and signal receivers know."""
    return request._request


def me(request: Request) -> User:
    """The caller, where the permissions have let nobody else in."""
    return cast(User, request.user)


class ReadingView(generics.GenericAPIView):
    """Reads a body by its serializer."""

    def valid(self, request: Request) -> dict[str, Any]:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class DoorView(ReadingView):
    """Comes before authentication: cookies that the caller has are not looked at.

    So these views ask for no CSRF token. What they could be abused for from another
    site is to sign a visitor in as somebody else, or out: a browser says where its
    request comes from, and other sites are refused.
    """

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if cookies.sent_by_other_site(django_request(request)):
            raise PermissionDenied(_("Another site sent this."), code="csrf_failed")

    def answer(self, tokens: dict[str, str], **more: Any) -> Response:
        """The pair in the body, the access token in its cookie too."""
        response = Response({**more, **tokens}, headers={"Cache-Control": "no-store"})
        cookies.set_access_token(response, tokens["access_token"])
        return response


class RegisterView(DoorView):
    serializer_class = serializers.RegisterSerializer

    @extend_schema(responses={201: serializers.RegisteredSerializer})
    def post(self, request: Request) -> Response:
        """Open an account and sign in."""
        user = services.register_user(**self.valid(request))
        services.welcome(django_request(request), user)
        response = self.answer(
            services.issue_tokens(user), **serializers.IdentitySerializer(user).data
        )
        response.status_code = status.HTTP_201_CREATED
        return response


class LoginView(DoorView):
    serializer_class = serializers.LoginSerializer

    @extend_schema(responses={200: serializers.TokenPairSerializer})
    def post(self, request: Request) -> Response:
        """Sign in with e-mail and password."""
        user = services.sign_in(django_request(request), **self.valid(request))
        return self.answer(services.issue_tokens(user))


class RefreshView(DoorView):
    serializer_class = serializers.RefreshSerializer

    @extend_schema(responses={200: serializers.TokenPairSerializer})
    def post(self, request: Request) -> Response:
        """Exchange a refresh token, once, for a new pair."""
        raw = self.valid(request)["refresh_token"]
        return self.answer(services.refresh_tokens(raw))


class LogoutView(DoorView):
    serializer_class = serializers.LogoutSerializer

    @extend_schema(responses={200: serializers.DetailSerializer})
    def post(self, request: Request) -> Response:
        """End the session, drop the cookie, revoke the refresh token that is given."""
        if raw := self.valid(request).get("refresh_token"):
            services.revoke_token(raw)
        # A visitor's session stays: it holds the cart.
        if SESSION_KEY in request.session:
            logout(django_request(request))
        response = Response({"detail": "logged out"})
        cookies.drop_access_token(response)
        return response


class VerifyView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses={200: serializers.IdentitySerializer})
    def get(self, request: Request) -> Response:
        """Who the token speaks for."""
        return Response(serializers.IdentitySerializer(request.user).data)

    @extend_schema(request=None, responses={200: serializers.IdentitySerializer})
    def post(self, request: Request) -> Response:
        """Who the token speaks for."""
        return self.get(request)


@extend_schema_view(
    get=extend_schema(description="The signed-in user's own profile."),
    put=extend_schema(description="Change name and phone; the e-mail stays."),
    patch=extend_schema(description="Change name or phone; the e-mail stays."),
)
class MeView(generics.RetrieveUpdateAPIView):
    serializer_class = serializers.UserSerializer
    permission_classes = [IsAuthenticated]

    def get_object(self) -> User:
        return me(self.request)

    def perform_update(self, serializer: BaseSerializer) -> None:
        services.update_user(me(self.request), **serializer.validated_data)


class MyPasswordView(generics.GenericAPIView):
    serializer_class = serializers.PasswordChangeSerializer
    permission_classes = [IsAuthenticated]

    @extend_schema(responses={204: None})
    def post(self, request: Request) -> Response:
        """Change the password; every refresh token is revoked."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            services.change_password(
                django_request(request), me(request), **serializer.validated_data
            )
        except WrongPassword as error:
            raise ValidationError({"old_password": [str(error)]}) from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class OwnAddresses(generics.GenericAPIView):
    """The caller's own addresses; anybody else's are not there."""

    serializer_class = serializers.AddressSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> QuerySet[Address]:
        if getattr(self, "swagger_fake_view", False):
            return Address.objects.none()
        return me(self.request).addresses.all()


@extend_schema_view(
    get=extend_schema(description="One's own saved addresses, the default first."),
    post=extend_schema(
        description="Save an address. The first one is the default.",
    ),
)
class AddressListView(OwnAddresses, generics.ListCreateAPIView):
    # At most twenty: a plain list.
    pagination_class = None

    def perform_create(self, serializer: BaseSerializer) -> None:
        user = me(self.request)
        serializer.instance = services.add_address(user, **serializer.validated_data)


class AddressView(OwnAddresses, generics.RetrieveUpdateDestroyAPIView):
    """One of one's own addresses. Deleting the default makes the newest left it."""

    def perform_update(self, serializer: BaseSerializer) -> None:
        address = cast(Address, serializer.instance)
        changes = serializer.validated_data
        serializer.instance = services.update_address(address, **changes)

    def perform_destroy(self, instance: Address) -> None:
        services.delete_address(instance)


class UserListView(generics.ListAPIView):
    """Everybody who has an account, newest first."""

    serializer_class = serializers.UserSerializer
    permission_classes = [IsAuthenticated, StaffPermission]
    staff_permissions = {"GET": "accounts.view_user"}

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.order_by("-created_at", "-pk")


@extend_schema_view(
    get=extend_schema(parameters=[USER_ID]),
    delete=extend_schema(parameters=[USER_ID]),
)
class UserView(generics.RetrieveDestroyAPIView):
    """One account. Deleting it keeps its orders."""

    serializer_class = serializers.UserSerializer
    permission_classes = [IsAuthenticated, StaffPermission]
    staff_permissions = {"GET": "accounts.view_user", "DELETE": "accounts.delete_user"}
    queryset = User.objects.all()

    def perform_destroy(self, instance: User) -> None:
        services.delete_user(instance, by=me(self.request))
