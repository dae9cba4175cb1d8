from django.contrib.sitemaps.views import sitemap
from django.urls import path

from catalog import views
from catalog.sitemaps import SITEMAPS

app_name = "catalog"

urlpatterns = [
    path("", views.product_list, name="product-list"),
    path("catalog/", views.product_list, name="catalog"),
    path("category/<slug:slug>/", views.category, name="category"),
    path("product/<uuid:pk>/", views.product_by_id, name="product-by-id"),
    path("product/<slug:slug>/", views.product_detail, name="product-detail"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
]
