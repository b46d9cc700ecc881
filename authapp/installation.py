"""Put authapp into a Reflex app: pages, API, guard, middleware, migrations, background work."""

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import reflex as rx
from reflex.config import get_config

from authapp import api, migrations, pages, senders, texts
from authapp.api.guard import Guard
from authapp.api.sockets import sockets
from authapp.config import settings
from authapp.core import guards
from authapp.core.guards import Allow
from authapp.delivery import deliver
from authapp.housekeeping import keep_house
from authapp.logs import keep_secrets_out, tell_frontend_error, tell_mishap
from authapp.states.account import Doorkeeper
from authapp.ui.texts import say

Look = TypeVar("Look", bound=Callable[[], rx.Component])


def install(app: rx.App, *, languages: str | Path = "") -> rx.App:
    """Add accounts to an app.

    Args:
        app: a Reflex app; what it has already (pages, API, middleware) stays.
        languages: a folder with gettext catalogues of your own: `de.po` adds a language, `fr.po` adds to ours.

    Raises:
        BadSettings: a setting is wrong, or the database was written by a newer version.
    """
    conf = settings()
    if languages:
        texts.use(languages)
    texts.languages()  # a catalogue that cannot be read ends the start, and not a visit
    keep_secrets_out()
    # As the settings spell them, wherever they were read from. The guard keeps other origins to the API.
    get_config().cors_allowed_origins = (conf.url, *sorted(conf.other_origins))
    if app.sio:
        app.sio.eio.cors_allowed_origins = [conf.url]
    table = pages.table()
    for page in table:
        title = conf.product_name
        if page.title is not None:
            title = say("{page} · {product}", page=page.title, product=conf.product_name)
        app.add_page(page.look, route=page.route, title=title, description=title, on_load=page.on_load)
    app.head_components.append(rx.el.meta(name="authapp-api", content=conf.rpc_path))  # where `common.jsx` finds it
    app.add_middleware(Doorkeeper(), index=0)
    app.frontend_exception_handler = tell_frontend_error
    app.backend_exception_handler = tell_mishap
    app.register_lifespan_task(_start)
    app.register_lifespan_task(sockets.watch)
    app.register_lifespan_task(deliver)
    app.register_lifespan_task(keep_house)
    needs = {page.route: page.members for page in table}
    app.api_transformer = [*_given(app.api_transformer), lambda inner: Guard(inner, api.build(), needs)]
    return app


def page(*, route: str, title: str = "", allow: Allow | None = None, **more: Any) -> Callable[[Look], Look]:
    """A page of the product, and for whom it is.

    Args:
        route: where it is, as in `rx.page`.
        title: what its tab is called.
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal, sync
            or async. Visitors are led to the login page and back; members who may not see it are told so.
        more: what `rx.page` takes besides.
    """
    law = None if allow is None else guards.checked(allow)

    def declare(look: Look) -> Look:
        if law is not None:
            GUARDED[route] = law
        rx.page(route=route, title=title or None, **more)(look)
        return look

    return declare


GUARDED: dict[str, Allow] = {}


async def _start() -> None:
    migrations.apply()
    gc.collect()
    gc.freeze()  # what is there now stays: nobody waits while it is searched for garbage again and again
    conf = settings()
    print(f"\n  {conf.product_name} is ready: open {conf.url}", flush=True)
    if conf.shows_outbox:
        print(f"  Mails and texts of this demo are kept at {conf.url}/outbox\n", flush=True)
    elif conf.phones and not senders.sends_texts():
        print("  Nobody sends texts to phones: set AUTHAPP_TEXT_SENDER, or AUTHAPP_PHONES=false\n", flush=True)


def _given(transformer: Any) -> Sequence[Any]:
    if transformer is None:
        return []
    return list(transformer) if isinstance(transformer, Sequence) else [transformer]
