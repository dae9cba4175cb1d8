"""Pages about oneself. The rules are in the services and forms."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, get_language
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import forms, services, throttling
from accounts.models import User
from shop.http import RedirectFirst
from shop.throttling import limited


class LoginView(auth_views.LoginView):
    """`next` is followed only within this site."""

    authentication_form = forms.LoginForm  # type: ignore[assignment]
    template_name = "accounts/login.html"

    def form_valid(self, form: auth_forms.AuthenticationForm) -> HttpResponse:
        """The account's language comes along, unless this browser has chosen one."""
        response = super().form_valid(form)
        language = form.get_user().language
        known = language in dict(settings.LANGUAGES)
        if known and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            _keep_language(response, language)
        return response


def _keep_language(response: HttpResponse, language: str) -> None:
    """As Django's own `set_language` does it."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@limited("register")
def register(request: HttpRequest) -> HttpResponse:
    """A new customer is signed in at once."""
    target = _next(request)
    form = forms.RegisterForm(_posted(request))
    user = form.save() if form.is_valid() else None
    if user is None:
        context = {"form": form, "next": target}
        return render(request, "accounts/register.html", context)
    start_session(request, user, "django.contrib.auth.backends.ModelBackend")
    messages.success(request, _("Welcome! Your account is ready."))
    return redirect(target or settings.LOGIN_REDIRECT_URL)


def _posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to; an empty POST is still one."""
    return request.POST if request.method == "POST" else None


def _next(request: HttpRequest) -> str:
    """Where the visitor wanted to go, if that is a page of this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(target, ours, request.is_secure())
    return target if safe else ""


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """The session is gone, and with it the API's cookie (AccessTokenMiddleware)."""
    end_session(request)
    return redirect(str(settings.LOGOUT_REDIRECT_URL))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    form = forms.ProfileForm(_posted(request), instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your details are saved."))
        return redirect("accounts:account")
    return _account_page(request, form, forms.PasswordChangeForm(request))


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """The form stands on the account page; errors show it again there."""
    form = forms.PasswordChangeForm(request, _posted(request))
    if form.is_valid() and form.save():
        messages.success(request, _("Your password is changed."))
        return redirect("accounts:account")
    return _account_page(request, forms.ProfileForm(instance=request.user), form)


def _account_page(
    request: HttpRequest,
    profile_form: forms.ProfileForm,
    password_form: forms.PasswordChangeForm,
) -> HttpResponse:
    context = {"profile_form": profile_form, "password_form": password_form}
    return render(request, "accounts/account.html", context)


class PasswordResetView(auth_views.PasswordResetView):
    """The answer is the same whether there is such an account or not.

    It is also the same when there were too many such wishes: nothing is sent then. The
    letter is seen to after the answer, so that neither its time nor a mail server that
    is down says more.
    """

    form_class = forms.PasswordResetForm
    template_name = "accounts/password_reset.html"
    success_url = reverse_lazy("accounts:password-reset-done")

    def form_valid(self, form: auth_forms.PasswordResetForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        if not throttling.may_send_reset(self.request, email):
            return redirect(self.get_success_url())
        # The host is one of ALLOWED_HOSTS, or there would be no answer at all.
        home = settings.SHOP_URL or self.request.build_absolute_uri("/").rstrip("/")
        language = get_language() or settings.LANGUAGE_CODE
        return RedirectFirst(
            self.get_success_url(),
            lambda: services.ask_for_reset_link(email, language=language, home=home),
        )


class PasswordResetDoneView(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    form_class = forms.SetPasswordForm  # type: ignore[assignment]
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password-reset-complete")


class PasswordResetCompleteView(auth_views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"


def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own; whoever is signed in gets letters in that language from now on."""
    response = i18n.set_language(request)
    language = request.POST.get("language", "")
    known = language in dict(settings.LANGUAGES) and check_for_language(language)
    if request.method == "POST" and known and isinstance(request.user, User):
        services.remember_language(request.user, language)
    return response
