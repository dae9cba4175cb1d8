"""Which rules can refuse which call of the API: what its documentation tells.

The key is the view and its action (or method), the value each status with its codes.
What refuses everywhere (no token, too many calls …) is found out by `shop.schema`.
"""

Codes = tuple[str, ...]

_CART: dict[int, Codes] = {
    404: ("product_not_found",),
    409: ("not_available", "out_of_stock", "cart_full"),
}
_CANCEL: dict[int, Codes] = {409: ("invalid_transition",)}
_ORDER: Codes = (
    "out_of_stock",
    "not_available",
    "price_changed",
    "total_too_large",
    "idempotency_key_reused",
)
_PRODUCT: dict[int, Codes] = {409: ("sku_taken",)}

REFUSALS: dict[str, dict[int, Codes]] = {
    "RegisterView.post": {409: ("email_taken",)},
    "LoginView.post": {401: ("invalid_credentials",), 429: ("too_many_attempts",)},
    "RefreshView.post": {401: ("token_not_valid",)},
    "MyPasswordView.post": {429: ("too_many_attempts",)},
    "ExportView.post": {429: ("too_many_attempts",)},
    "DeleteView.post": {
        409: ("orders_in_progress", "money_under_way", "last_administrator"),
        429: ("too_many_attempts",),
    },
    "AddressListView.post": {409: ("too_many_addresses",)},
    "UserView.delete": {409: ("cannot_delete_self",)},
    "ProductViewSet.create": _PRODUCT,
    "ProductViewSet.update": _PRODUCT,
    "ProductViewSet.partial_update": _PRODUCT,
    "CategoryViewSet.create": {409: ("category_exists", "category_too_deep")},
    "CategoryViewSet.partial_update": {
        409: ("category_exists", "category_cycle", "category_too_deep")
    },
    "CategoryViewSet.destroy": {409: ("category_not_empty",)},
    "TemplateViewSet.create": {409: ("template_exists",)},
    "TemplateViewSet.partial_update": {409: ("template_exists", "template_in_use")},
    "TemplateViewSet.destroy": {409: ("template_in_use",)},
    "CartAddView.post": _CART,
    "CartSetView.post": _CART,
    "CheckoutView.post": {400: ("cart_empty",), 409: _ORDER},
    "OrderListView.post": {
        400: ("cart_empty",),
        404: ("product_not_found",),
        409: _ORDER,
    },
    "OrderCancelView.patch": _CANCEL,
    "OrderDeleteView.delete": _CANCEL,
    "OrderUpdateView.put": {
        404: ("product_not_found",),
        409: ("invalid_transition", "last_line", "out_of_stock", "total_too_large"),
    },
    "AdminOrderCancelView.patch": _CANCEL,
    "AdminOrderStatusView.patch": {409: ("invalid_transition", "nothing_paid")},
    "PayView.post": {
        404: ("not_found", "unknown_provider"),
        409: ("already_paid", "not_payable"),
    },
    "CallbackView.post": {
        400: ("invalid_callback",),
        403: ("bad_signature",),
        404: ("unknown_provider", "payment_not_found"),
        409: ("amount_mismatch", "currency_mismatch", "event_id_reused"),
    },
    "RefundView.post": {
        404: ("product_not_found",),
        409: (
            "invalid_transition",
            "nothing_paid",
            "refund_too_large",
            "idempotency_key_reused",
        ),
    },
}
