from django.urls import re_path

from images import views

app_name = "images"

urlpatterns = [re_path("^img/?$", views.proxy, name="proxy")]
