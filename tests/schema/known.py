"""The schema as somebody reads it who knows the shop's ids.

Next to any text at all, a parameter may be one of the ids that lead to something. So a
part of what schemathesis makes up reaches products and orders instead of 404.
"""

from copy import deepcopy
from typing import Any

from tests.schema.shop import PASSWORD, Shop

JSON = "application/json"
# What `{id}` stands for, by the address before it.
PATHS = {
    "/api/products/": "products",
    "/api/categories/": "categories",
    "/api/templates/": "templates",
    "/api/users/": "users",
    "/api/users/me/addresses/": "addresses",
    "/api/orders/": "orders",
    "/api/admin/orders/": "orders",
    "/api/v1/products_with_category/": "categories",
    "/api/v1/order/": "orders",
    "/api/v1/update_order/": "orders",
    "/api/v1/delete_order/": "orders",
    "/api/products/sku/": "skus",
}
# Component and property of what is sent.
FIELDS = {
    "CartAddRequest.product_id": "products",
    "CartSetRequest.product_id": "products",
    "ProductReferenceRequest.product_id": "products",
    "OrderLineRequest.product_id": "products",
    "OrderLineRequest.sku": "skus",
    "OrderLineRequest.number": "numbers",
    "QuantityChangeRequest.product_id": "products",
    "RefundLineRequest.product_id": "products",
    "PayRequest.order_id": "orders",
    "CallbackRequest.payment_id": "payments",
    "ProductWriteRequest.sku": "skus",
    "ProductWriteRequest.template_id": "templates",
    "ProductWriteRequest.category_ids": "categories",
    "CategoryWriteRequest.parent_id": "categories",
}


def knowing(schema: dict[str, Any], shop: Shop, *, forms: bool) -> dict[str, Any]:
    """A copy of the schema in which known ids stand beside what was there.

    Without `forms` bodies are JSON alone: a third of the cases.
    """
    schema = deepcopy(schema)
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            if "requestBody" in operation and not forms:
                content = operation["requestBody"]["content"]
                operation["requestBody"]["content"] = {JSON: content[JSON]}
            for parameter in operation.get("parameters", []):
                if parameter.get("in") == "path":
                    values = _of_path(path, shop)
                    parameter["schema"] = _or_one_of(values, parameter["schema"])
    components = schema["components"]["schemas"]
    for name, pool in FIELDS.items():
        component, key = name.split(".")
        _offer(components, component, key, getattr(shop, pool))
    for component, key, value in (
        ("LoginRequest", "email", shop.customer.email),
        ("LoginRequest", "username", shop.admin.email),
        ("LoginRequest", "password", PASSWORD),
        ("PasswordChangeRequest", "old_password", PASSWORD),
        ("RefreshRequest", "refresh_token", shop.refresh_token()),
        ("LogoutRequest", "refresh_token", shop.refresh_token()),
    ):
        _offer(components, component, key, [value])
    return schema


def _of_path(path: str, shop: Shop) -> list[Any]:
    before = path.partition("{")[0]
    if before == "/api/payments/callback/":
        return ["emulator"]
    return getattr(shop, PATHS[before])


def _offer(
    components: dict[str, Any], component: str, key: str, values: list[Any]
) -> None:
    # PATCH has a component of its own.
    for name in (component, f"Patched{component}"):
        if name not in components:
            continue
        properties = components[name]["properties"]
        asked = properties[key]
        if asked.get("type") == "array":
            asked["items"] = _or_one_of(values, asked["items"])
        else:
            properties[key] = _or_one_of(values, asked)


def _or_one_of(values: list[Any], schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"enum": values}, schema]}
