from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Address, User

# Longer than any passphrase, short enough that hashing it costs nothing special.
PASSWORD_MAX_LENGTH = 256


class PasswordField(serializers.CharField):
    """Taken as typed, spaces too, and never sent back."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", PASSWORD_MAX_LENGTH)
        super().__init__(
            write_only=True,
            trim_whitespace=False,
            style={"input_type": "password"},
            **kwargs,
        )


def check_new_password(field: str, password: str, user: User) -> None:
    """A weak password is an error of its field."""
    try:
        validate_password(password, user)
    except DjangoValidationError as error:
        raise serializers.ValidationError({field: error.messages}) from error


class RegisterSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    full_name = serializers.CharField(
        max_length=150, required=False, allow_blank=True, default=""
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        person = User(email=attrs["email"], full_name=attrs["full_name"])
        check_new_password("password", attrs["password"], person)
        return attrs


class LoginSerializer(serializers.Serializer):
    """The e-mail may come as `email` or, as OAuth2 clients call it, as `username`."""

    email = serializers.CharField(max_length=254, required=False)
    username = serializers.CharField(max_length=254, required=False)
    password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        email = attrs.get("email") or attrs.get("username")
        if not email:
            raise serializers.ValidationError({"email": [_("This field is required.")]})
        return {"email": email, "password": attrs["password"]}


class TokenPairSerializer(serializers.Serializer):
    access_token = serializers.CharField(read_only=True)
    refresh_token = serializers.CharField(read_only=True)
    token_type = serializers.CharField(read_only=True, default="bearer")


class IdentitySerializer(serializers.ModelSerializer):
    role = serializers.ChoiceField(choices=User.Role.choices, read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "role"]
        read_only_fields = fields


class RegisteredSerializer(TokenPairSerializer):
    id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(read_only=True)
    role = serializers.ChoiceField(choices=User.Role.choices, read_only=True)


class RefreshSerializer(serializers.Serializer):
    refresh_token = serializers.CharField(max_length=4096)


class LogoutSerializer(serializers.Serializer):
    refresh_token = serializers.CharField(
        max_length=4096, required=False, allow_blank=True, allow_null=True
    )


class DetailSerializer(serializers.Serializer):
    detail = serializers.CharField(read_only=True)


class UserSerializer(serializers.ModelSerializer):
    """A person. The e-mail is what one signs in with, and does not change here."""

    role = serializers.ChoiceField(choices=User.Role.choices, read_only=True)

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "full_name",
            "phone",
            "role",
            "is_active",
            "created_at",
        ]
        read_only_fields = ["id", "email", "is_active", "created_at"]


class PasswordChangeSerializer(serializers.Serializer):
    old_password = PasswordField()
    new_password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = self.context["request"].user
        check_new_password("new_password", attrs["new_password"], user)
        return attrs


class ExportSerializer(serializers.Serializer):
    password = PasswordField(help_text="One's own, once more.")


class DeleteSerializer(ExportSerializer):
    email = serializers.EmailField(
        help_text="The account's address: whoever types it knows what goes."
    )


class AddressSerializer(serializers.ModelSerializer):
    """A saved address. One is the default for as long as there are any."""

    is_default = serializers.BooleanField(
        required=False,
        help_text="true takes it from the one before; it cannot be given up.",
    )

    class Meta:
        model = Address
        fields = [
            "id",
            "title",
            "full_name",
            "phone",
            "address",
            "is_default",
            "created_at",
        ]
        read_only_fields = ["id", "created_at"]

    def validate_is_default(self, value: bool) -> bool:
        if self.instance and self.instance.is_default and not value:
            raise serializers.ValidationError(
                _("Make another address the default instead.")
            )
        return value
