from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth import forms as auth_forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts import services
from accounts.forms import AdminLoginForm
from accounts.models import Address, User
from shop.forms import PhoneField
from shop.phones import display_phone

admin.site.login_form = AdminLoginForm
# A page of refresh tokens is a page of keys to other people's accounts.
admin.site.unregister([OutstandingToken, BlacklistedToken])


class UserAddForm(auth_forms.AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "full_name"]


class UserEditForm(forms.ModelForm):
    password = auth_forms.ReadOnlyPasswordHashField(label=_("Password"))
    role = forms.ChoiceField(
        label=_("Role"),
        choices=User.Role.choices,
        help_text=_("Staff may do what their groups allow; administrators everything."),
    )
    phone = PhoneField()

    class Meta:
        model = User
        # The rest comes from the admin's fieldsets.
        fields = ["email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            self.initial["role"] = self.instance.role

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if "role" in self.cleaned_data:
            self.instance.role = self.cleaned_data["role"]


class AddressInline(admin.TabularInline):
    """Where the customer has orders sent, to read: customers change it themselves."""

    model = Address
    fields = ["title", "full_name", "shown_phone", "address", "is_default"]
    readonly_fields = ["shown_phone"]
    extra = 0
    can_delete = False
    classes = ["plain"]

    @admin.display(description=_("phone"))
    def shown_phone(self, address: Address) -> str:
        return display_phone(address.phone)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(auth_admin.UserAdmin):
    """Only administrators touch the accounts and the rights of those who work here."""

    form = UserEditForm
    inlines = [AddressInline]
    add_form = UserAddForm
    list_display = ["email", "full_name", "role_name", "is_active", "created_at"]
    list_filter = ["is_superuser", "is_staff", "is_active", "groups"]
    search_fields = ["email", "full_name", "phone"]
    ordering = ["-created_at"]
    readonly_fields = ["created_at", "last_login"]
    fieldsets = [
        (None, {"fields": ["email", "password", "full_name", "phone", "language"]}),
        (
            _("Rights"),
            {"fields": ["is_active", "role", "groups", "user_permissions"]},
        ),
        (_("Dates"), {"fields": ["created_at", "last_login"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "email",
                    "full_name",
                    "usable_password",
                    "password1",
                    "password2",
                ],
            },
        )
    ]

    @admin.display(description=_("Role"))
    def role_name(self, user: User) -> str:
        return str(User.Role(user.role).label)

    def get_inlines(
        self, request: HttpRequest, obj: User | None = None
    ) -> list[type[admin.TabularInline]]:
        return self.inlines if obj else []

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> list[str]:
        fields = [*super().get_readonly_fields(request, obj)]
        if request.user.is_superuser:
            return fields
        return [*fields, "role", "groups", "user_permissions"]

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and _may_touch(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and _may_touch(request, obj) and obj != request.user

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool
    ) -> None:
        own = {"email", "full_name", "phone", "language", "is_active", "role"}
        changed = own.intersection(form.changed_data)
        if changed or not change:
            services.save_user(obj, *(changed if change else ()))

    def get_deleted_objects(
        self, objs: QuerySet[User] | Sequence[User], request: HttpRequest
    ) -> Any:
        """Oneself is named as protected, and so are colleagues of mere staff."""
        deletable, counts, missing, protected = super().get_deleted_objects(
            objs, request
        )
        kept = [
            str(user)
            for user in objs
            if user == request.user or not _may_touch(request, user)
        ]
        return deletable, counts, missing, [*protected, *kept]

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.delete_user(obj, by=_colleague(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.delete_user(user, by=_colleague(request))


def _colleague(request: HttpRequest) -> User:
    return cast(User, request.user)


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_staff or request.user.is_superuser
