"""What letters look like, beside Django's own back office and before it."""

from django.urls import path

from notifications import preview_views as views

app_name = "letters"

urlpatterns = [
    path("letters/", views.preview_list, name="list"),
    path("letters/<slug:kind>/<str:language>/", views.preview, name="preview"),
    path("letters/<slug:kind>/<str:language>/html/", views.preview_html, name="html"),
]
