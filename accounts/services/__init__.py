"""Every change to an account and its addresses, and the one door people come in by."""

from accounts.services.addresses import (
    add_address,
    delete_address,
    make_default,
    remember_address,
    update_address,
)
from accounts.services.people import (
    DEMO_LOGIN,
    DEMO_STAFF,
    change_password,
    check_credentials,
    delete_user,
    issue_tokens,
    refresh_tokens,
    register_user,
    remember_language,
    revoke_token,
    save_user,
    sign_in,
    update_user,
    welcome,
)
from accounts.services.resetting import (
    ask_for_reset_link,
    reset_letter,
    send_reset_link,
)
from accounts.services.roles import make_role_groups

__all__ = [
    "DEMO_LOGIN",
    "DEMO_STAFF",
    "add_address",
    "ask_for_reset_link",
    "change_password",
    "check_credentials",
    "delete_address",
    "delete_user",
    "issue_tokens",
    "make_default",
    "make_role_groups",
    "refresh_tokens",
    "register_user",
    "remember_address",
    "remember_language",
    "reset_letter",
    "revoke_token",
    "save_user",
    "send_reset_link",
    "sign_in",
    "update_address",
    "update_user",
    "welcome",
]
