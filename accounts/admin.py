from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.models import Group, Permission
from django.db.models import Count, ManyToManyField, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts import services
from accounts.admin_data import PersonalDataMixin
from accounts.forms import AdminLoginForm
from accounts.models import Address, User
from accounts.roles import group_label, role_of
from shop.admin_history import HistoryMixin
from shop.admin_lists import LargeListAdmin
from shop.forms import PhoneField
from shop.phones import display_phone

admin.site.login_form = AdminLoginForm
# A page of refresh tokens is a page of keys to other people's accounts.
admin.site.unregister([OutstandingToken, BlacklistedToken])
admin.site.unregister(Group)


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


class GroupFilter(admin.RelatedFieldListFilter):
    """By role, each by its name in the reader's language."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, str]]:
        return [(group.pk, group_label(group)) for group in _groups()]


@admin.register(Group)
class RoleAdmin(HistoryMixin, auth_admin.GroupAdmin):
    """Groups: those of the shop's roles, and whatever administrators add to them."""

    list_display = ["label", "may", "members"]
    list_display_links = ["label"]
    list_select_related = ["role_group"]
    # Nobody deletes roles by the dozen.
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(members_n=Count("user"))

    @admin.display(description=_("Role"), ordering="name")
    def label(self, group: Group) -> str:
        return group_label(group)

    @admin.display(description=_("What it may"))
    def may(self, group: Group) -> str:
        role = role_of(group)
        return str(role.may) if role else "—"

    @admin.display(description=_("people"), ordering="members_n")
    def members(self, group: Any) -> int:
        return group.members_n

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> list[str]:
        about = ["may"] if obj and role_of(obj) else []
        return ["name", *about, "permissions"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Group | None = None
    ) -> list[str]:
        return ["may"]


@admin.register(User)
class UserAdmin(PersonalDataMixin, HistoryMixin, LargeListAdmin, auth_admin.UserAdmin):
    """Only administrators touch the accounts and the rights of those who work here."""

    form = UserEditForm
    inlines = [AddressInline]
    add_form = UserAddForm
    list_display = ["email", "full_name", "role_name", "is_active", "created_at"]
    list_filter = ["is_superuser", "is_staff", "is_active", ("groups", GroupFilter)]
    # The field is there because of these; `get_search_results` does the finding.
    search_fields = ["email", "full_name", "phone"]
    search_help_text = _("E-mail, phone or name")
    sortable_by = ["email", "created_at"]
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups__role_group")

    @admin.display(description=_("Role"))
    def role_name(self, user: User) -> str:
        """Of staff, what they are here for."""
        role = str(User.Role(user.role).label)
        groups = ", ".join(group_label(group) for group in user.groups.all())
        return f"{role}: {groups}" if groups and user.is_staff else role

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "user_permissions":
            # Each says which app it belongs to.
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field and db_field.name == "groups":
            field.queryset = _groups()
            field.label_from_instance = group_label
            field.help_text = format_html("{}{}", field.help_text, _what_roles_may())
        return field

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


def _groups() -> QuerySet[Group]:
    return Group.objects.select_related("role_group").order_by("name")


def _what_roles_may() -> SafeString:
    """The groups of the shop's roles, with what each of them may."""
    roles = [(group_label(group), role_of(group)) for group in _groups()]
    return format_html_join(
        "", "<br><b>{}</b>: {}", ((label, role.may) for label, role in roles if role)
    )


def _colleague(request: HttpRequest) -> User:
    return cast(User, request.user)


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    # By the role: an administrator is one without the mark of those who work here too.
    is_colleague = user is not None and user.role != User.Role.USER
    return not is_colleague or request.user.is_superuser
