"""Security mails: what happened to an account, to every confirmed address, with a way to say that it was not you."""

from datetime import datetime, timedelta
from uuid import UUID

from authapp.core import Db, clock, identifiers, links, outbox
from authapp.core.devices import Client, in_words

DISOWN = "wasnt_me"  # the action of its link
DISOWN_LIFE = timedelta(days=7)


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
) -> None:
    """Mail what happened.

    Args:
        user_id: to whose account.
        template: the name of the mail in `mails/`.
        client: who did it.
        about: the address that it was done to.
        until: when something ends, for templates that mention it.
        undo: what "this wasn't me" takes back besides: `added`, `removed` or `main`; of the address `about`.
        also: an address that is confirmed no more, but shall hear of it.
    """
    facts = {"when": _in_words(clock.now()), "browser": in_words(client.browser), "address": client.address}
    facts |= {"about": about, "until": f"{until:%-d %B %Y}" if until else ""}
    for address in [*identifiers.confirmed(db, user_id), *([also] if also else [])]:
        url = links.issue(
            db,
            DISOWN,
            email=address,
            user_id=user_id,
            valid_for=DISOWN_LIFE,
            data={"undo": undo, "about": about} if undo else {},
        )
        outbox.mail(db, address, template, url=url, **facts)


def _in_words(at: datetime) -> str:
    return f"{at:%-d %B %Y, %H:%M} UTC"
