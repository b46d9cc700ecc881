"""Installation of authapp in a Reflex app: pages, API, guard, middleware, migrations, background work."""

import asyncio
import gc
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import reflex as rx
from sqlalchemy.exc import SQLAlchemyError

from authapp import extras, pages
from authapp.background import senders
from authapp.background.cleanup import clean_up
from authapp.background.delivery import deliver
from authapp.config import BadSettings, settings, suggest
from authapp.core.admin import rotation
from authapp.core.base.errors import where
from authapp.core.base.headers import Headers, use_headers
from authapp.core.base.process_state import on_reset
from authapp.core.base.routes import ROUTES, all_routes, move, route
from authapp.core.base.theme import Theme, use_theme
from authapp.db import close, run
from authapp.db.engines import tidy_sqlite
from authapp.guards import registry
from authapp.guards.middleware import EventGuard
from authapp.guards.route_rules import Open, RouteRules, decorated
from authapp.guards.screen import guard_pages
from authapp.i18n import catalogues
from authapp.installation import reflex_seams
from authapp.installation.logs import keep_secrets_out, tell_frontend_error, tell_mishap, write_one_line_each
from authapp.installation.reflex_seams import format_route
from authapp.states.account import watch_what_leaves
from authapp.ui.slots import fill
from authapp.ui.style import floor_script, head_elements, stylesheets, touch_icon
from authapp.ui.texts import t

log = logging.getLogger(__name__)
MAY_BE_LEFT_OUT = ("home", "preregister", "outbox", "admin")
route_rules: dict[int, RouteRules] = {}  # by the `id()` of the app
histories: dict[int, str] = {}  # the folder with the Alembic versions of the product; by the same key


def install(
    app: rx.App,
    *,
    default: str = "open",
    routes: Mapping[str, str] | None = None,
    public_routes: Sequence[str] = (),
    languages: str | Path = "",
    theme: Theme | None = None,
    slots: Mapping[str, Callable[[], rx.Component]] | None = None,
    mails: str | Path = "",
    migrations: str | Path = "",
    headers: Headers | None = None,
    **own_pages: Callable[[], rx.Component] | None,
) -> rx.App:
    """Add accounts to a Reflex app.

    Args:
        app: a Reflex app. Its existing pages, API and middleware stay.
        default: `open`, or `closed`: everything of the product then requires a login, except where it declares
            `allow=authapp.PUBLIC`.
        routes: new paths for our pages, by page name, like `{"login": "/enter"}`.
        public_routes: paths that are not pages and need no login even when `default="closed"`: `/hook`, or `/hooks/`
            for every path below it.
        languages: a folder with your own gettext catalogues: `de.po` adds a language, `fr.po` adds to ours.
        theme: colours, font, corners, logo and name; the default theme when None.
        slots: functions that return a component, by the name of the slot that they fill.
        mails: a folder with your own mail templates, used when `AUTHAPP_MAIL_TEMPLATES` is not set.
        migrations: a folder with the Alembic versions of your own tables, applied at start-up after ours.
        headers: what your pages may load, use and be shown in, beyond the strict default; nothing when None.
        own_pages: functions that draw one of our pages instead of us, by page name, like `login=shop_login`. None
            leaves the page out. A page of the product at `/` replaces `home` automatically.

    Raises:
        BadSettings: a setting is wrong, or the database was written by a newer version.
        TypeError: a page of this name does not exist, cannot be left out, or is not a function; `app` is not an
            `rx.App`, or `headers` not an `authapp.Headers`.
        ValueError: a route, slot, folder or `default` is invalid, the product has a page at the path of one of ours, or
            authapp is installed in this app already.
    """
    _check(app, default, own_pages)
    if not isinstance(headers, Headers | None):
        raise TypeError(f"headers= must be an authapp.Headers, not {headers!r}")
    _check_transport()
    _check_folders(mails=mails, migrations=migrations)
    move(routes or {})
    use_theme(theme)
    use_headers(headers or Headers())
    suggest(product_name=theme.product_name if theme else "", mail_templates=str(mails))
    fill(slots or {})
    conf = settings()
    if reflex_seams.is_development():
        tidy_sqlite()
    if languages:
        catalogues.use(languages)
    if catalogues.has_own():
        catalogues.languages()  # an unreadable catalogue stops the start-up, instead of failing in a request
    # The origins as the settings spell them. The guard restricts other origins to the API.
    reflex_seams.allow_origins(app, page=conf.url, others=sorted(conf.other_origins))
    app.stylesheets[:0] = stylesheets()  # first, so that the stylesheets of the product override them
    existing = {*reflex_seams.pages_of(app), *decorated()}
    if format_route(route("home")) in existing:
        own_pages = {"home": None, **own_pages}
    table = [page for page in pages.table() if own_pages.get(page.name, page)]
    _check_room(existing, table)
    icon = touch_icon()
    for page in table:
        title = conf.product_name
        if page.title is not None:
            title = t("{page} · {product}", page=page.title, product=conf.product_name)
        draw = own_pages.get(page.name) or page.look
        about = {"title": title, "description": page.description, "image": icon}
        app.add_page(draw, route=page.route, on_load=list(page.on_load), **about)
    app.head_components.append(rx.el.meta(name="authapp-api", content=conf.rpc_path))  # read by `ui/browser/shared/`
    app.head_components.append(rx.el.meta(name="authapp-routes", content=json.dumps(all_routes())))
    app.head_components.extend(head_elements(conf.product_name))
    app.head_components.append(rx.el.script(src=floor_script(), defer=True))
    rules = route_rules[id(app)] = RouteRules(app, [page.route for page in table], public_routes)
    histories[id(app)] = str(migrations)
    guard_pages(rules)
    if default == "closed":
        registry.close()
    watch_what_leaves()
    app.add_middleware(EventGuard(), index=0)
    app.frontend_exception_handler = tell_frontend_error
    app.backend_exception_handler = tell_mishap
    app.register_lifespan_task(write_one_line_each)
    app.register_lifespan_task(keep_secrets_out)  # before the first request: until then no client sent anything
    app.register_lifespan_task(_running, versions=str(migrations))
    our_pages = {page.route: page.members for page in table}
    app.api_transformer = [*_as_list(app.api_transformer), lambda inner: _guarded(inner, our_pages, rules)]
    return app


def _guarded(inner: Any, our_pages: Mapping[str, bool | None], rules: RouteRules) -> Any:
    """Wrap the whole app into the API and the guard, when a server starts. Nothing else needs to import them."""
    from authapp import api
    from authapp.guards.asgi import Guard

    return Guard(inner, api.build(), our_pages, rules)


def _forget_products() -> None:
    """Forget the apps that authapp was installed in, and what fills the slots of their pages."""
    route_rules.clear()
    histories.clear()
    fill({})


on_reset(_forget_products, product=True)


def public_surface(app: rx.App) -> Open:
    """Return what of a product is reachable without login, and what its security headers open. Use it in tests."""
    return route_rules[id(app)].open()


def _check(app: rx.App, default: str, own_pages: Mapping[str, Any]) -> None:
    if not isinstance(app, rx.App):
        raise TypeError(f"install() needs the rx.App, not {app!r}")
    if id(app) in route_rules:
        raise ValueError("authapp is already installed in this app")
    if default not in ("open", "closed"):
        raise ValueError(f"default must be 'open' or 'closed', not {default!r}")
    if unknown := sorted(own_pages.keys() - ROUTES.keys()):
        raise TypeError(f"page {unknown[0]!r} does not exist; the pages are {', '.join(ROUTES)}")
    for name, draw in own_pages.items():
        if draw is None and name not in MAY_BE_LEFT_OUT:
            raise TypeError(f"the page {name!r} cannot be left out; these can: {', '.join(MAY_BE_LEFT_OUT)}")
        if draw is not None and not callable(draw):
            raise TypeError(f"{name}= must be a function that returns the page, or None")


def _check_transport() -> None:
    """Refuse polling. It sends events over plain HTTP requests, where the guard cannot bind them to a session."""
    if (transport := reflex_seams.transport()) != "websocket":
        raise BadSettings(
            f"authapp cannot start: rxconfig.py sets transport={transport!r}, but authapp supports only "
            "websockets. Remove it."
        )


def _check_folders(**folders: str | Path) -> None:
    for name, folder in folders.items():
        if folder and not Path(folder).is_dir():
            raise ValueError(f"{name}= must be a folder; {Path(folder).absolute()} is not one")


def _check_room(existing: Collection[str], table: Sequence[pages.Page]) -> None:
    for page in table:
        if page.name != "404" and format_route(page.route) in existing:
            example = f'routes={{"{page.name}": "/elsewhere"}}'
            raise ValueError(
                f"the product already has a page at {page.route}, the path of ours. Move ours: install(app, {example})"
            )


@asynccontextmanager
async def _running(versions: str) -> AsyncIterator[None]:
    """Prepare the app before the server listens, then run the background tasks. Exit with a message when that fails."""
    try:
        await _start(versions)
    except BaseException as error:
        # An exception raised here would be lost between the tracebacks of Starlette and the server.
        print(trouble_at_start(error), file=sys.stderr, flush=True)
        os._exit(1)
    from authapp.guards.sockets import sockets

    tasks = [asyncio.create_task(work()) for work in (sockets.watch, deliver, clean_up)]
    for task in tasks:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        close()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("a background task ended: %s", where(error))


def trouble_at_start(error: BaseException) -> str:
    """Return the reason why the app cannot start, in one sentence."""
    if isinstance(error, BadSettings):
        return str(error)
    if isinstance(error, extras.MissingExtra):
        return f"authapp cannot start: {error}"
    if isinstance(error, SQLAlchemyError):
        cause = str(getattr(error, "orig", None) or type(error).__name__).strip()
        return (
            f"authapp cannot start: the database cannot be used ({settings().database_place}): {cause.splitlines()[0]}"
        )
    if isinstance(error, OSError):
        return f"authapp cannot start: {error.strerror or type(error).__name__}: {error.filename or 'a file'}"
    return f"authapp cannot start: {type(error).__name__}: {error} ({where(error)})"


async def _start(versions: str) -> None:
    from authapp import migrations as migrate

    for name in extras.required(settings()):
        extras.require(name)
    extras.load()
    catalogues.languages()  # read before the first request
    migrate.apply(versions)
    await run(rotation.require_key)
    gc.collect()
    gc.freeze()  # the present objects stay for good: no request waits while the collector scans them again
    conf = settings()
    log.info("%s is ready: open %s", conf.product_name, conf.url)
    if conf.shows_outbox:
        log.info("emails and text messages of this demo are shown at %s/outbox", conf.url)
    for name in await registry.missing_groups():
        remedy = f"python -m authapp group create {name}"
        log.warning("group %r does not exist, so nobody can open what requires it: %s", name, remedy)
    if not conf.shows_outbox and conf.phones and not senders.sends_texts():
        log.warning("text messages are only stored, not sent: set AUTHAPP_TEXT_SENDER, or AUTHAPP_PHONES=false")


def _as_list(transformer: Any) -> Sequence[Any]:
    if transformer is None:
        return []
    return list(transformer) if isinstance(transformer, Sequence) else [transformer]
