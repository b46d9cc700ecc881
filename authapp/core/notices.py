"""Security mails and texts: what happened to an account, with a way to say that it was not you."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authapp.core import Db, clock, identifiers, limits, links, outbox, templates
from authapp.core.devices import Client, in_words
from authapp.core.removals import Removal

DISOWN = "wasnt_me"  # the action of its link
COME_BACK = "come_back"  # of the link that brings a removed address or number back
REFUSE = "refuse_return"  # of the link with which an older address refuses that
OBJECTIONS = (DISOWN, COME_BACK, REFUSE)  # a thief who locks or closes an account does not void those of the owner
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
    before: str = "",
    of: str = "",
    removal: Removal | None = None,
) -> None:
    """Mail what happened to every confirmed address; text it to every number, where it matters as much.

    Args:
        user_id: to whose account.
        template: the name of the mail in `mails/`.
        client: who did it.
        about: the address or number that it was done to.
        until: when something ends, for templates that mention it.
        undo: what "this wasn't me" takes back besides: `added`, `removed` or `main`; of the address `about`. Or
            `linked`: the identity `of`. Or `closed`.
        before: what was the main address or number until now, for `main`.
        of: the id of what is taken back, where it is no address.
        removal: of an address or number that is confirmed no more, and is told too.
    """
    event = {"undo": undo, "about": about} | ({"before": before} if before else {}) | ({"of": of} if of else {})
    facts: dict[str, Any] = {"when": clock.now(), "browser": in_words(client.browser), "address": client.address}
    facts |= {"about": identifiers.dialled(about), "until": until.date() if until else ""}
    addresses = identifiers.confirmed(db, user_id)
    numbers = identifiers.numbers(db, user_id) if template in _TEXTED or not addresses else []
    for address in [*addresses, *numbers]:
        url = links.issue(db, DISOWN, email=address, user_id=user_id, valid_for=DISOWN_LIFE, data=event)
        _send(db, address, template, template, client, url=url, **facts)
    if removal:
        url, data = "", event | removal.data()
        if removal.has_link:
            to = removal.identifier
            url = links.issue(db, DISOWN, email=to, user_id=user_id, valid_for=DISOWN_LIFE, data=data)
        _send(db, removal.identifier, template, "removed", client, url=url, **facts)


def _send(db: Db, to: str, subject: str, template: str, client: Client, **facts: Any) -> None:
    if not identifiers.is_number(to):
        return outbox.mail(db, to, template, client.language, **facts)
    what = templates.mail(subject, outbox.language_of(db, to, client.language), **facts).subject
    return outbox.text(db, to, "told", what=what, language=client.language, **facts)


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
