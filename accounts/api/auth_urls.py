"""What comes before authentication; mounted at /auth/ with and without /api."""

from django.urls import re_path

from accounts.api import views

urlpatterns = [
    re_path(r"^register/?$", views.RegisterView.as_view(), name="auth-register"),
    re_path(r"^login/?$", views.LoginView.as_view(), name="auth-login"),
    re_path(r"^token/?$", views.LoginView.as_view(), name="auth-token"),
    re_path(r"^refresh/?$", views.RefreshView.as_view(), name="auth-refresh"),
    re_path(r"^verify/?$", views.VerifyView.as_view(), name="auth-verify"),
    re_path(r"^logout/?$", views.LogoutView.as_view(), name="auth-logout"),
]
