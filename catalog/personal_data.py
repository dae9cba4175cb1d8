"""Pictures that a colleague has uploaded and not used: their rows name who it was."""

from accounts.personal import Person, PersonalData, register
from catalog.services.drafts import forget_drafts_of


@register
class PictureDrafts(PersonalData):
    name = "picture_drafts"

    def forget(self, person: Person) -> None:
        if person.user:
            forget_drafts_of(person.user)
