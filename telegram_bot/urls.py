from django.urls import path

from telegram_bot import views

app_name = "telegram_bot"

urlpatterns = [
    path("telegram/webhook/", views.webhook, name="webhook"),
    path("account/telegram/<int:pk>/unlink/", views.unlink, name="unlink"),
]
