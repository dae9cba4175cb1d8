"""The choice of language, under the name that Django's own templates ask for."""

from django.urls import path

from accounts.views import set_language

urlpatterns = [path("setlang/", set_language, name="set_language")]
