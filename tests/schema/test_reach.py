"""Every operation of the schema is answered to each caller as the rights say.

Each of them answers somebody 2xx: so the run in `test_answers` does not only meet
closed doors, and an address that is new here has to be added with its rights.
"""

import json
import re
from typing import Any

from werkzeug.test import Client

from tests.payments.callbacks import message, signature
from tests.schema.shop import CALLERS, PASSWORD, Shop, Untouched, application

# What an anonymous caller, a customer and an admin are answered.
EVERYBODY = "200 200 200"
USERS = "401 200 200"
OWNER, OWNER_OR_ADMIN = "401 200 404", "404 200 200"
STAFF, MADE, GONE = "401 403 200", "401 403 201", "401 403 204"

EXPECTED = {
    "GET /api/admin/orders": STAFF,
    "PATCH /api/admin/orders/{id}/cancel": STAFF,
    "POST /api/admin/orders/{id}/refund": MADE,
    "PATCH /api/admin/orders/{id}/status": STAFF,
    "GET /api/admin/stats": STAFF,
    "GET /api/cart": EVERYBODY,
    "POST /api/cart/add": EVERYBODY,
    "POST /api/cart/clear": EVERYBODY,
    "POST /api/cart/remove": EVERYBODY,
    "POST /api/cart/set": EVERYBODY,
    "GET /api/categories": EVERYBODY,
    "POST /api/categories": MADE,
    "GET /api/categories/{id}": EVERYBODY,
    "PATCH /api/categories/{id}": STAFF,
    "DELETE /api/categories/{id}": GONE,
    "GET /api/orders": USERS,
    "POST /api/orders": "201 201 201",
    "GET /api/orders/{id}": OWNER_OR_ADMIN,
    "PATCH /api/orders/{id}/cancel": OWNER_OR_ADMIN,
    # A visitor without a session has nothing in the cart.
    "POST /api/orders/checkout": "400 201 201",
    "POST /api/payments/callback/{provider}": EVERYBODY,
    "POST /api/payments/pay": "404 201 201",
    "GET /api/products": EVERYBODY,
    "POST /api/products": MADE,
    "GET /api/products/{id}": EVERYBODY,
    "PUT /api/products/{id}": STAFF,
    "PATCH /api/products/{id}": STAFF,
    "DELETE /api/products/{id}": GONE,
    "GET /api/products/facets": EVERYBODY,
    "GET /api/products/sku/{sku}": EVERYBODY,
    "GET /api/templates": STAFF,
    "POST /api/templates": MADE,
    "GET /api/templates/{id}": STAFF,
    "PATCH /api/templates/{id}": STAFF,
    "DELETE /api/templates/{id}": GONE,
    "GET /api/users": STAFF,
    "GET /api/users/{id}": STAFF,
    "DELETE /api/users/{id}": GONE,
    "GET /api/users/me": USERS,
    "PUT /api/users/me": USERS,
    "PATCH /api/users/me": USERS,
    "GET /api/users/me/addresses": USERS,
    "POST /api/users/me/addresses": "401 201 201",
    "GET /api/users/me/addresses/{id}": OWNER,
    "PUT /api/users/me/addresses/{id}": OWNER,
    "PATCH /api/users/me/addresses/{id}": OWNER,
    "DELETE /api/users/me/addresses/{id}": "401 204 404",
    "POST /api/users/me/export": USERS,
    # There is an order under way, and the address is not the admin's.
    "POST /api/users/me/delete": "401 409 400",
    # There is one password for both in this shop.
    "POST /api/users/me/password": "401 204 204",
    "POST /api/v1/category": MADE,
    "DELETE /api/v1/delete_order/{id}": "404 204 204",
    "POST /api/v1/order": "201 201 201",
    "GET /api/v1/order/{id}": OWNER_OR_ADMIN,
    "POST /api/v1/product": MADE,
    "GET /api/v1/products_with_category/{id}": EVERYBODY,
    "PUT /api/v1/update_order/{id}": OWNER_OR_ADMIN,
    "POST /auth/login": EVERYBODY,
    "POST /auth/logout": EVERYBODY,
    "POST /auth/refresh": EVERYBODY,
    "POST /auth/register": "201 201 201",
    "POST /auth/token": EVERYBODY,
    "GET /auth/verify": USERS,
    "POST /auth/verify": USERS,
}


def bodies(shop: Shop) -> dict[str, Any]:
    """What a caller who knows the shop sends; a new object is named after its test."""
    phone = shop.products[0]
    line = {"product_id": phone, "qty": 1}
    product = {"sku": "NEW-1", "name": "Новый", "price": "10.00"}
    order = {
        "items": [{"product_id": phone, "quantity": 1}],
        "email": "guest@example.com",
    }
    address = {"address": "Алматы, Сатпаева 3"}
    login = {"email": shop.customer.email, "password": PASSWORD}
    return {
        "POST /api/admin/orders/{id}/refund": {"all": True, "stock": "put_back"},
        "PATCH /api/admin/orders/{id}/status": {"status": "processing"},
        "POST /api/cart/add": line,
        "POST /api/cart/remove": line,
        "POST /api/cart/set": line,
        "POST /api/categories": {"name": "Новая", "parent_id": shop.categories[0]},
        "PATCH /api/categories/{id}": {"name": "Другая"},
        "POST /api/orders": order,
        "POST /api/orders/checkout": {"email": "guest@example.com"},
        "POST /api/payments/pay": {"order_id": str(shop.own["waiting"].pk)},
        "POST /api/products": product,
        "PUT /api/products/{id}": product,
        "PATCH /api/products/{id}": {"price": "90.00"},
        "POST /api/templates": {"name": "New", "schema": {"size": "number"}},
        "PATCH /api/templates/{id}": {"name": "Newer"},
        "PUT /api/users/me": {"full_name": "Айгуль", "phone": "+77011234567"},
        "PATCH /api/users/me": {"full_name": "Айгуль"},
        "POST /api/users/me/addresses": address,
        "PUT /api/users/me/addresses/{id}": address,
        "PATCH /api/users/me/addresses/{id}": address,
        "POST /api/users/me/export": {"password": PASSWORD},
        "POST /api/users/me/delete": {
            "password": PASSWORD,
            "email": shop.customer.email,
        },
        "POST /api/users/me/password": {
            "old_password": PASSWORD,
            "new_password": f"{PASSWORD} again",
        },
        "POST /api/v1/category": {"name": "Новая"},
        "POST /api/v1/order": order,
        "POST /api/v1/product": product,
        "PUT /api/v1/update_order/{id}": {"product_id": phone, "quantity": 3},
        "POST /auth/login": login,
        "POST /auth/token": login,
        "POST /auth/logout": {"refresh_token": shop.refresh_token()},
        "POST /auth/refresh": {"refresh_token": shop.refresh_token()},
        "POST /auth/register": {"email": "new@example.com", "password": PASSWORD},
    }


def path_of(label: str, shop: Shop) -> str:
    """The address with an id in it that the customer, or else an admin, may use."""
    path = label.split()[1]
    order = shop.own["paid" if "refund" in path else "pending"]
    known = {
        "/addresses/": shop.addresses[0],
        "/api/users/": shop.users[2],
        "/categor": shop.categories[2],
        "/templates/": shop.templates[1],
        "/products/": shop.products[0],
        "order": str(order.pk),
        "/callback/": "emulator",
        "_category/": shop.categories[0],
    }
    found = next((value for part, value in known.items() if part in path), "")
    if "{sku}" in path:
        found = shop.skus[0]
    return re.sub(r"\{\w+\}", found, path)


def test_each_operation_as_each_caller(shop: Shop, openapi: dict[str, Any]) -> None:
    assert {
        f"{method.upper()} {path}"
        for path, operations in openapi["paths"].items()
        for method in operations
    } == EXPECTED.keys()
    closed = [key for key, codes in EXPECTED.items() if " 2" not in f" {codes}"]
    # tests/personal goes all the way.
    assert closed == ["POST /api/users/me/delete"]
    client = Client(Untouched(application), use_cookies=False)
    sent = {key: json.dumps(body).encode() for key, body in bodies(shop).items()}
    callback = message(shop.own["waiting"].payment)
    sent["POST /api/payments/callback/{provider}"] = callback
    answered = {}
    for label in EXPECTED:
        statuses = []
        for caller in CALLERS:
            headers = shop.headers(caller)
            if "callback" in label:
                headers["X-Signature"] = signature(callback)
            answer = client.open(
                path_of(label, shop),
                method=label.split()[0],
                headers=headers,
                data=sent.get(label, b""),
                content_type="application/json" if label in sent else None,
            )
            statuses.append(str(answer.status_code))
        answered[label] = " ".join(statuses)
    assert answered == EXPECTED
