from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("account/letters/", views.letters, name="letters"),
    path("letters/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
