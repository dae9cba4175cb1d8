from django.urls import re_path

from accounts.api import data_views, views

urlpatterns = [
    re_path(r"^users/?$", views.UserListView.as_view(), name="user-list"),
    re_path(r"^users/me/?$", views.MeView.as_view(), name="user-me"),
    re_path(
        r"^users/me/password/?$", views.MyPasswordView.as_view(), name="user-password"
    ),
    re_path(
        r"^users/me/export/?$", data_views.ExportView.as_view(), name="user-export"
    ),
    re_path(
        r"^users/me/delete/?$", data_views.DeleteView.as_view(), name="user-delete"
    ),
    re_path(
        r"^users/me/addresses/?$", views.AddressListView.as_view(), name="address-list"
    ),
    re_path(
        r"^users/me/addresses/(?P<pk>[^/]+)/?$",
        views.AddressView.as_view(),
        name="address-detail",
    ),
    re_path(r"^users/(?P<pk>[^/]+)/?$", views.UserView.as_view(), name="user-detail"),
]
