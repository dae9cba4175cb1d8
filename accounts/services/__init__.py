"""Every change to an account and its addresses, and the one door people come in by."""

from accounts.services.addresses import (
    add_address,
    delete_address,
    make_default,
    remember_address,
    update_address,
)
from accounts.services.administrators import (
    create_administrator,
    has_administrator,
    promote_to_administrator,
)
from accounts.services.expiring import forget_expired
from accounts.services.forgetting import (
    end_sessions,
    export_own,
    export_person,
    find_person,
    forget_own,
    forget_person,
    hindrances,
    person_of,
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
    "create_administrator",
    "delete_address",
    "delete_user",
    "end_sessions",
    "export_own",
    "export_person",
    "find_person",
    "forget_expired",
    "forget_own",
    "forget_person",
    "has_administrator",
    "hindrances",
    "issue_tokens",
    "make_default",
    "make_role_groups",
    "person_of",
    "promote_to_administrator",
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
