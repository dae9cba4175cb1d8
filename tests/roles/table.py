"""Who reaches what: M manager, W warehouse, C content, A analyst.

Superusers reach all of it, customers and visitors none.
"""

LETTERS = {"M": "manager", "W": "warehouse", "C": "content", "A": "analyst"}

# Each model of the back office: who sees it, adds, changes and deletes it there.
MODELS: dict[str, tuple[str, str, str, str]] = {
    "accounts.user": ("M", "M", "M", ""),
    "auth.group": ("", "", "", ""),
    "auditlog.logentry": ("", "", "", ""),
    "axes.accessattempt": ("", "", "", ""),
    "axes.accessfailurelog": ("", "", "", ""),
    "axes.accesslog": ("", "", "", ""),
    "catalog.category": ("MCA", "MC", "MC", "MC"),
    "catalog.goodsreceipt": ("MW", "MW", "", ""),
    # Its page leads to the run, however it is asked.
    "catalog.importrun": ("MWC", "", "MWC", ""),
    "catalog.pricechange": ("M", "", "", ""),
    "catalog.product": ("MWCA", "M", "MC", "M"),
    "catalog.spectemplate": ("MCA", "MC", "MC", "MC"),
    "catalog.stockentry": ("MWA", "", "", ""),
    "events.archivedmessage": ("", "", "", ""),
    "events.delivery": ("", "", "", ""),
    "events.outboxmessage": ("", "", "", ""),
    "notifications.letter": ("M", "", "", ""),
    "orders.deliverymethod": ("MA", "M", "M", "M"),
    "orders.order": ("MWA", "", "", ""),
    "payments.payment": ("MA", "", "", ""),
    "payments.refund": ("MA", "", "", ""),
    "telegram_bot.chat": ("", "", "", ""),
    "telegram_bot.push": ("", "", "", ""),
}

# Every other page: its name, what stands in its address, how it is asked, and by whom.
PAGES: list[tuple[str, str, str, str]] = [
    ("admin:index", "", "GET", "MWCA"),
    ("admin:auth_user_password_change", "customer", "GET", "M"),
    ("admin:auth_user_password_change", "customer", "POST", "M"),
    ("admin:catalog_category_find", "", "GET", "MCA"),
    ("admin:catalog_category_shown", "category", "POST", "MC"),
    ("admin:catalog_goodsreceipt_find", "", "GET", "MW"),
    ("admin:catalog_product_prices", "", "GET", "M"),
    ("category move", "", "POST", "MC"),
    ("category children", "", "GET", "MCA"),
    ("admin:catalog_product_stock", "product", "GET", "MW"),
    ("admin:catalog_product_stock", "product", "POST", "MW"),
    ("admin:catalog_product_import", "", "GET", "MWC"),
    ("admin:catalog_product_import", "", "POST", "MWC"),
    ("admin:catalog_product_import_run", "run", "GET", "MWC"),
    ("admin:catalog_product_import_report", "run", "GET", "MWC"),
    ("admin:catalog_product_import_file", "run", "GET", "MWC"),
    ("admin:catalog_product_import_confirm", "run", "POST", "MWC"),
    ("admin:catalog_product_import_discard", "run", "POST", "MWC"),
    ("admin:catalog_product_export", "", "GET", "MWCA"),
    ("admin:catalog_product_export", "", "POST", "MWCA"),
    ("admin:accounts_user_customer", "customer", "GET", "MWA"),
    # Who may delete accounts, which is no role.
    ("admin:accounts_user_personal_data", "customer", "GET", ""),
    ("admin:accounts_user_personal_data", "customer", "POST", ""),
    ("admin:orders_order_customer", "order", "GET", "MWA"),
    ("admin:orders_order_lines", "order", "POST", "M"),
    ("admin:orders_order_moved", "", "GET", "MWA"),
    ("admin:orders_order_slips", "", "GET", "MWA"),
    ("admin:orders_order_slips_pdf", "", "GET", "MWA"),
    ("dashboard:find", "", "GET", "MWCA"),
    ("admin:orders_order_refund", "order", "GET", "M"),
    ("admin:orders_order_refund", "order", "POST", "M"),
    # Without a step; which step is for whom: see STEPS.
    ("admin:orders_order_move", "order", "POST", "M"),
    ("admin:orders_order_note", "order", "POST", "MW"),
    ("admin:payments_payment_ask", "payment", "POST", "M"),
    ("admin:payments_payment_refund", "payment", "POST", "M"),
    ("admin:payments_refund_send", "refund", "POST", "M"),
    ("dashboard:front", "", "GET", "MWCA"),
    ("dashboard:stats", "", "GET", "MA"),
    *(
        (f"table {table}", "", "GET", roles)
        for table, roles in {
            "days": "MA",
            "products": "MA",
            "categories": "MA",
            "statuses": "MA",
            "hours": "MA",
            "low-stock": "MWA",
            "to-do": "MWA",
        }.items()
    ),
    # They lead to lists, which ask for the right.
    ("dashboard:templates", "", "GET", "MWCA"),
    ("dashboard:orders", "", "GET", "MWCA"),
    ("orders:order-detail", "order", "GET", "MWA"),
    ("orders:order-slip", "order", "GET", "MWA"),
    ("orders:order-slip-pdf", "order", "GET", "MWA"),
    ("orders:order-cancel", "order", "POST", "M"),
]
# Pages of a change of prices, which tests/catalog/test_pricing.py asks for; tables
# are in the list one by one.
ELSEWHERE = {"dashboard:table"} | {
    f"admin:catalog_product_price_{page}"
    for page in ("change", "confirm", "csv", "discard", "undo")
}
# Open to everybody who works here, or to everybody.
FOR_ALL = {
    "admin:app_list", "admin:autocomplete", "admin:javascript-catalog", "admin:jsi18n",
    "admin:login", "admin:logout", "admin:password_change",
    "admin:password_change_done", "admin:view_on_site",
}  # fmt: skip

# The steps of an order, in the back office and in the API.
STEPS = {
    "paid": "M",
    "processing": "MW",
    "shipped": "MW",
    "completed": "MW",
    "canceled": "M",
    "refunded": "M",
}

# Calls of the API; {names} are made by the test.
CALLS: list[tuple[str, str, dict, str]] = [
    ("GET", "/api/products/{hidden}", {}, "MWCA"),
    ("POST", "/api/products", {"sku": "N", "name": "N", "price": "1"}, "M"),
    ("PATCH", "/api/products/{product}", {"name": "New"}, "MC"),
    ("PATCH", "/api/products/{product}", {"description_kk": "New"}, "MC"),
    ("PATCH", "/api/products/{product}", {"attributes": {"a": "b"}}, "MC"),
    ("PATCH", "/api/products/{product}", {"images": ["https://x.kz/1.jpg"]}, "MC"),
    ("PATCH", "/api/products/{product}", {"category_ids": ["{category}"]}, "MC"),
    ("PATCH", "/api/products/{product}", {"template_id": "{template}"}, "MC"),
    ("PATCH", "/api/products/{product}", {"price": "7.00"}, "M"),
    ("PATCH", "/api/products/{product}", {"compare_at_price": "7.00"}, "M"),
    ("PATCH", "/api/products/{product}", {"stock": 7}, "MW"),
    ("PATCH", "/api/products/{product}", {"sku": "OTHER"}, "M"),
    ("PATCH", "/api/products/{product}", {"barcode": "4870001"}, "M"),
    ("PATCH", "/api/products/{product}", {"is_active": False}, "M"),
    ("PATCH", "/api/products/{product}", {"name": "New", "price": "7.00"}, "M"),
    ("PATCH", "/api/products/{product}", {"name": "New", "stock": 7}, "M"),
    ("DELETE", "/api/products/{product}", {}, "M"),
    ("POST", "/api/v1/product", {"sku": "N", "name": "N", "price": "1"}, "M"),
    ("POST", "/api/categories", {"name": "New"}, "MC"),
    ("POST", "/api/v1/category", {"name": "New"}, "MC"),
    ("PATCH", "/api/categories/{category}", {"name": "New"}, "MC"),
    ("DELETE", "/api/categories/{category}", {}, "MC"),
    ("GET", "/api/templates", {}, "MCA"),
    ("GET", "/api/templates/{template}", {}, "MCA"),
    ("POST", "/api/templates", {"name": "New", "schema": {}}, "MC"),
    ("PATCH", "/api/templates/{template}", {"name": "New"}, "MC"),
    ("DELETE", "/api/templates/{template}", {}, "MC"),
    ("GET", "/api/admin/orders", {}, "MWA"),
    ("PATCH", "/api/admin/orders/{order}/cancel", {}, "M"),
    ("POST", "/api/admin/orders/{order}/refund",
     {"all": True, "stock": "none"}, "M"),
    ("GET", "/api/orders/{order}", {}, "MWA"),
    ("PATCH", "/api/orders/{order}/cancel", {}, "M"),
    ("PUT", "/api/v1/update_order/{pending}",
     {"product_id": "{ordered}", "quantity": 1}, "M"),
    ("DELETE", "/api/v1/delete_order/{order}", {}, "M"),
    ("POST", "/api/payments/pay",
     {"order_id": "{pending}", "payment_method": "transfer"}, "M"),
    ("GET", "/api/users", {}, "M"),
    ("GET", "/api/users/{customer}", {}, "M"),
    ("DELETE", "/api/users/{customer}", {}, ""),
    ("GET", "/api/admin/stats", {}, "MA"),
]  # fmt: skip
