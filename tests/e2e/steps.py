"""Somebody at work in the back office, whose every step is counted.

A step is one press (of a link, a button, a box, Enter) or one field that is typed into
or chosen from. Waiting, reading and scrolling are none.
"""

from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Locator, Page

from accounts.models import User


class Steps:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.taken = 0

    def press(self, what: Locator) -> None:
        self.taken += 1
        what.click()

    def tick(self, box: Locator) -> None:
        self.taken += 1
        box.check()

    def type(self, field: Locator, text: str) -> None:
        self.taken += 1
        field.fill(text)

    def choose(self, field: Locator, label: str) -> None:
        self.taken += 1
        field.select_option(label=label)

    def enter(self) -> None:
        self.taken += 1
        self.page.keyboard.press("Enter")

    # --- What every page has ------------------------------------------------------

    def link(self, name: str) -> None:
        main = self.page.locator("#container")
        self.press(main.get_by_role("link", name=name, exact=True).first)

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True))

    def find(self, query: str) -> None:
        """The search above every page."""
        self.type(self.page.locator("#search"), query)
        self.enter()


def sign_in(page: Page, user: User, base_url: str) -> None:
    """The user's session, without the steps of the login page."""
    client = Client()
    client.force_login(user)
    cookie: Any = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": base_url}]
    )
