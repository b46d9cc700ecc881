"""Language: the choice of users and visitors, and the translated texts for pages."""

from fastapi import APIRouter, Request, Response

from authapp.api.refusals import documented
from authapp.api.requests import language_cookie_name, without_port
from authapp.api.session import From, Me, forget_cookie, keep_cookie
from authapp.api.translated import script_path
from authapp.core.authentication import accounts
from authapp.core.base.callers import COOKIE_LIFE
from authapp.core.base.errors import BadInput, NotFound, SessionExpired
from authapp.db import run
from authapp.i18n import catalogues, negotiation, texts
from authapp.i18n.texts import t
from authapp.wire.account import Language, LanguageBody

router = APIRouter(tags=["language"])


@router.put("/language", responses=documented(SessionExpired))
async def choose(body: LanguageBody, response: Response, me: Me, caller: From) -> Language:
    """Choose the language in this browser and for the account. An empty value means what the browser prefers."""
    if me:
        await run(accounts.set_language, me, body.language, caller)
    elif body.language not in {"", *catalogues.languages()}:
        raise BadInput(t("This language is not available here."), field="language")
    remember(response, body.language)
    return Language(language=negotiation.negotiated(body.language, "", caller.languages))


def remember(response: Response, language: str) -> None:
    """Store a chosen language in the browser's cookie; an empty one deletes the cookie."""
    if language:
        keep_cookie(response, language_cookie_name(), language, COOKIE_LIFE)
    else:
        for name in {language_cookie_name(), without_port(language_cookie_name())}:
            forget_cookie(response, name)


async def show(request: Request) -> Response:
    """Send the texts of a language as a script. A plain endpoint, because visitors may load it without a rate limit."""
    language = request.path_params["language"]
    if not catalogues.is_said(language):
        raise NotFound
    is_newest = script_path(language).endswith(f"?{request.url.query}")
    cache_control = "public, max-age=31536000, immutable" if is_newest else "no-cache"
    return Response(texts.script(language), media_type="text/javascript", headers={"Cache-Control": cache_control})


router.add_route("/texts/{language}.js", show, methods=["GET"])
