from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Make sure that the administrator from ADMIN_EMAIL and ADMIN_PASSWORD exists. "
        "An existing account becomes an active administrator and keeps its password."
    )

    def handle(self, **options: Any) -> None:
        email = User.normalize_username(settings.ADMIN_EMAIL)
        password = settings.ADMIN_PASSWORD
        if not email or not password:
            raise CommandError("Set ADMIN_EMAIL and ADMIN_PASSWORD.")
        if (email, password) == services.DEMO_LOGIN and not settings.DEBUG:
            raise CommandError(
                "The demo login is known to everybody: with DEBUG=false choose "
                "another ADMIN_PASSWORD."
            )
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"ADMIN_EMAIL is no e-mail address: {email}") from error

        user = User.objects.filter(email=email).first()
        if user is None:
            user = User(email=email, is_superuser=True, is_staff=True)
            user.set_password(password)
            services.save_user(user)
            self.stdout.write(f"{email}: created.")
        elif user.is_superuser and user.is_staff and user.is_active:
            self.stdout.write(f"{email}: is an administrator already.")
        else:
            services.update_user(user, is_superuser=True, is_staff=True, is_active=True)
            self.stdout.write(f"{email}: made an administrator, password kept.")
