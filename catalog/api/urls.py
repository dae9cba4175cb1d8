from catalog.api import views
from shop.api import Router

router = Router()
router.register("products", views.ProductViewSet, basename="product")
router.register("categories", views.CategoryViewSet, basename="category")
router.register("templates", views.TemplateViewSet, basename="template")

urlpatterns = router.urls
