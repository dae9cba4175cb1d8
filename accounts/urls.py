from django.urls import path

from accounts import address_views, data_views, views

app_name = "accounts"

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("register/", views.register, name="register"),
    path("logout/", views.logout, name="logout"),
    path("account/", views.account, name="account"),
    path("account/password/", views.change_password, name="password-change"),
    path("account/data/", data_views.data, name="data"),
    path("account/data/download/", data_views.download, name="data-download"),
    path("account/data/delete/", data_views.delete, name="data-delete"),
    path("account/addresses/", address_views.address_list, name="address-list"),
    path("account/addresses/add/", address_views.address_add, name="address-add"),
    path(
        "account/addresses/<uuid:pk>/", address_views.address_edit, name="address-edit"
    ),
    path(
        "account/addresses/<uuid:pk>/delete/",
        address_views.address_delete,
        name="address-delete",
    ),
    path(
        "account/addresses/<uuid:pk>/default/",
        address_views.address_default,
        name="address-default",
    ),
    path("password-reset/", views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "password-reset/sent/",
        views.PasswordResetDoneView.as_view(),
        name="password-reset-done",
    ),
    path(
        "password-reset/done/",
        views.PasswordResetCompleteView.as_view(),
        name="password-reset-complete",
    ),
    path(
        "password-reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
]
