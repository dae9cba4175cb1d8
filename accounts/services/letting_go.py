"""An account's references are let go of, so that its row can be deleted."""

from collections.abc import Callable, Collection

from django.db import models, transaction

from accounts.models import User


def let_go(
    user: User,
    first: Callable[[], None] | None = None,
    but: Collection[type[models.Model]] = (),
) -> None:
    """What outlives the user names them no more, and nothing can that comes later.

    Who changes an order holds it, and asks for its user's key at commit. So the rows
    that others hold come first here, and the key after them: taken the other way
    round, the two wait for each other. With the key in hand nobody is waited for; if
    somebody has been quicker, it is given back and all begins again.

    Each time `first` is called before anything else. It takes the references of the
    models in `but` away itself, since it has more to do with their rows.
    """
    relations = User._meta.get_fields(include_hidden=True)
    kept = [
        (
            key.field.name,
            key.related_model,
            key.related_model._base_manager.filter(**{key.field.name: user}),
        )
        for key in relations
        if isinstance(key, models.ManyToOneRel) and key.on_delete is models.SET_NULL
    ]
    free = False
    while not free:
        if first:
            first()
        for name, model, rows in kept:
            if model not in but:
                rows.update(**{name: None})
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            free = not any(rows.exists() for _, _, rows in kept)
            if not free:
                transaction.set_rollback(True)
