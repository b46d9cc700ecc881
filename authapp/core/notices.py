"""Security mails and texts: what happened to an account, with a way to say that it was not you."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authapp.core import Db, clock, identifiers, limits, links, outbox, templates
from authapp.core.devices import Client, in_words

DISOWN = "wasnt_me"  # the action of its link
DISOWN_LIFE = timedelta(days=7)
# A text costs, and wakes people: these say it to every number too. Who has no address hears of everything by text.
_TEXTED = {"recovered", "phone_added", "phone_removed", "phone_main"}


def tell(
    db: Db,
    user_id: UUID,
    template: str,
    client: Client,
    *,
    about: str = "",
    until: datetime | None = None,
    undo: str = "",
    also: str = "",
    of: str = "",
) -> None:
    """Mail what happened to every confirmed address; text it to every number, where it matters as much.

    Args:
        user_id: to whose account.
        template: the name of the mail in `mails/`.
        client: who did it.
        about: the address or number that it was done to.
        until: when something ends, for templates that mention it.
        undo: what "this wasn't me" takes back besides: `added`, `removed` or `main`; of the address `about`. Or
            `linked`: the identity `of`.
        of: the id of what is taken back, where it is no address.
        also: an address or number that is confirmed no more, but shall hear of it.
    """
    facts: dict[str, Any] = {"when": clock.now(), "browser": in_words(client.browser), "address": client.address}
    facts |= {"about": identifiers.dialled(about), "until": until.date() if until else ""}
    addresses = identifiers.confirmed(db, user_id)
    numbers = identifiers.numbers(db, user_id) if template in _TEXTED or not addresses else []
    for address in [*addresses, *numbers, *([also] if also else [])]:
        url = links.issue(
            db,
            DISOWN,
            email=address,
            user_id=user_id,
            valid_for=DISOWN_LIFE,
            data={"undo": undo, "about": about} | ({"of": of} if of else {}) if undo else {},
        )
        if identifiers.is_number(address):
            language = outbox.language_of(db, address, client.language)
            what = templates.mail(template, language, url=url, **facts).subject
            outbox.text(db, address, "told", what=what, language=client.language, url=url, **facts)
        else:
            outbox.mail(db, address, template, client.language, url=url, **facts)


def tell_of_failures(db: Db, user_id: UUID, client: Client) -> None:
    """Tell a user that many logins failed and how to get back in; by text where there is no address."""
    if not limits.allows(db, user_id.hex, limits.MAILS_OF_FAILURES):
        return
    count = limits.FAILURES_PER_USER
    addresses = identifiers.confirmed(db, user_id)
    for address in addresses:
        outbox.mail(db, address, "failed_logins", client.language, count=count)
    for number in [] if addresses else identifiers.numbers(db, user_id):
        outbox.text(db, number, "failed_logins", language=client.language)
