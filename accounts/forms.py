"""The forms of the account pages and of the back office's door."""

from typing import Any, cast

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.models import Address, User
from shop.exceptions import DomainError
from shop.forms import PhoneField

PASSWORD_MAX_LENGTH = 256
# AUTH_PASSWORD_VALIDATORS in one sentence; a refusal says which of them it was.
PASSWORD_RULES = _("At least 8 characters, not only digits, and hard to guess.")


class EmailField(forms.EmailField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("E-mail"),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "username"}),
            **kwargs,
        )


class PasswordField(forms.CharField):
    """Taken as typed. `autocomplete` tells a password manager what to do."""

    def __init__(self, autocomplete: str, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Password"))
        if autocomplete == "new-password":
            kwargs.setdefault("help_text", PASSWORD_RULES)
        super().__init__(
            strip=False,
            max_length=PASSWORD_MAX_LENGTH,
            widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
            **kwargs,
        )


def check_credentials(request: HttpRequest | None, email: str, password: str) -> User:
    """The service, its refusal as an error of the form."""
    if request is None:
        raise TypeError("Without a request, tries could not be counted.")
    try:
        return services.check_credentials(request, email, password)
    except DomainError as error:
        raise ValidationError(str(error), code=error.code) from error


class LoginForm(forms.Form):
    email = EmailField()
    password = PasswordField("current-password")

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user: User | None = None
        super().__init__(*args, **kwargs)
        # `username` is what other programs call it.
        if "username" in self.data and "email" not in self.data:
            names = {"email": self.data["username"]}
            self.data = {**{name: self.data[name] for name in self.data}, **names}

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "email" in data and "password" in data:
            self.user = check_credentials(self.request, data["email"], data["password"])
        return data

    def get_user(self) -> User | None:
        return self.user


class AdminLoginForm(AdminAuthenticationForm):
    """The back office's own form, counted with all other tries."""

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("username") and data.get("password"):
            self.user_cache = check_credentials(
                self.request, data["username"], data["password"]
            )
            self.confirm_login_allowed(self.user_cache)
        return data


class RegisterForm(forms.Form):
    email = EmailField()
    password = PasswordField("new-password")
    full_name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "password" in data:
            person = User(
                email=data.get("email", ""), full_name=data.get("full_name", "")
            )
            try:
                validate_password(data["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return data

    def save(self) -> User | None:
        """The new customer, or None and an error beside the e-mail."""
        try:
            return services.register_user(**self.cleaned_data)
        except DomainError as error:
            self.add_error("email", str(error))
            return None


class ProfileForm(forms.ModelForm):
    phone = PhoneField()

    class Meta:
        model = User
        fields = ["full_name", "phone"]
        widgets = {"full_name": forms.TextInput(attrs={"autocomplete": "name"})}

    def save(self, commit: bool = True) -> User:
        """The changed fields, through the service."""
        if not self.changed_data:
            return self.instance
        return services.save_user(self.instance, *self.changed_data)


class AddressForm(forms.ModelForm):
    """An address to keep for the next orders."""

    phone = PhoneField()

    class Meta:
        model = Address
        fields = ["title", "full_name", "phone", "address"]
        widgets = {
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "address": forms.TextInput(attrs={"autocomplete": "street-address"}),
        }
        help_texts = {"address": _("City, street, house, flat.")}

    def keep(self, user: User) -> Address | None:
        """The address, new or changed, or None and an error says why not."""
        try:
            if self.instance._state.adding:
                return services.add_address(user, **self.cleaned_data)
            return services.update_address(self.instance, **self.cleaned_data)
        except DomainError as error:
            self.add_error(None, str(error))
            return None


class PasswordChangeForm(forms.Form):
    old_password = PasswordField("current-password", label=_("Current password"))
    new_password = PasswordField("new-password", label=_("New password"))

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user = cast(User, request.user)
        super().__init__(*args, **kwargs)

    def clean_new_password(self) -> str:
        validate_password(self.cleaned_data["new_password"], self.user)
        return self.cleaned_data["new_password"]

    def save(self) -> bool:
        """Whether the password was changed; if not, an error says why."""
        try:
            services.change_password(self.request, self.user, **self.cleaned_data)
        except DomainError as error:
            self.add_error("old_password", str(error))
            return False
        return True


class ExportForm(forms.Form):
    """One's own data, for who knows the password."""

    password = PasswordField("current-password", label=_("Your password"))

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user = cast(User, request.user)
        # Two forms with a password stand on the page.
        kwargs.setdefault("auto_id", f"id_{type(self).__name__}_%s")
        super().__init__(*args, **kwargs)

    def collect(self) -> dict[str, Any] | None:
        """What the shop holds, or None and an error says why not."""
        try:
            return services.export_own(self.request, self.user, **self.cleaned_data)
        except DomainError as error:
            self.refuse(error)
            return None

    def refuse(self, error: DomainError) -> None:
        places = {"not_their_address": "email", "wrong_password": "password"}  # nosec B105 - codes and fields
        place = places.get(error.code)
        self.add_error(place if place in self.fields else None, str(error))


class DeleteForm(ExportForm):
    """One's own account, for who knows the password and has thought about it."""

    email = EmailField()

    field_order = ["email", "password"]

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        # A browser that fills it in would take the thinking away.
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["email"].label = _("Your e-mail address, to be sure")

    def delete(self) -> bool:
        """Whether the account is gone; if not, an error says why."""
        try:
            services.forget_own(self.request, self.user, **self.cleaned_data)
        except DomainError as error:
            self.refuse(error)
            return False
        return True


class PasswordResetForm(auth_forms.PasswordResetForm):
    """Only asks: what is sent to whom is up to the service."""

    email = EmailField()


class SetPasswordForm(forms.Form):
    """The new password of whoever opened the link in the e-mail."""

    new_password = PasswordField("new-password", label=_("New password"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_new_password(self) -> str:
        validate_password(self.cleaned_data["new_password"], self.user)
        return self.cleaned_data["new_password"]

    def save(self) -> User:
        """The password holds; refresh tokens are revoked with the old one."""
        self.user.set_password(self.cleaned_data["new_password"])
        self.user.save(update_fields=["password"])
        return self.user
