from django.contrib.sitemaps import views as sitemaps
from django.urls import path

from catalog import views
from catalog.sitemaps import SITEMAPS, TEMPLATE, sitemap
from shop.replica import from_replica

app_name = "catalog"

urlpatterns = [
    path("", views.home, name="product-list"),
    path("catalog/", views.product_list, name="catalog"),
    path("category/<slug:slug>/", views.category, name="category"),
    path("search/suggest/", views.suggestions, name="suggestions"),
    path("product/<uuid:pk>/", views.product_by_id, name="product-by-id"),
    path("product/<slug:slug>/", views.product_detail, name="product-detail"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path(
        "sitemap-<section>.xml",
        from_replica("catalog")(sitemaps.sitemap),
        {"sitemaps": SITEMAPS, "template_name": TEMPLATE},
        name="sitemap-part",
    ),
    path("robots.txt", views.robots, name="robots"),
]
