"""Sign-up and recovery by email or phone, and the user's own account: names, password, closing."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from authapp.api.codes import WRONG, told
from authapp.api.refusals import documented
from authapp.api.session import From, Me, Member, forget_cookies, let_in
from authapp.core.account import closing
from authapp.core.authentication import accounts, login, recovery, waitlist
from authapp.core.authentication import sign_up as sign_up_rules
from authapp.core.base import identifiers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    InvitationNeeded,
    NumberTaken,
    ProofOfWorkNeeded,
    SessionExpired,
    StepUpNeeded,
    UserNotRegistered,
    WeakPassword,
)
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Opened, Principal
from authapp.core.sessions.tickets import BlockedLogin
from authapp.db import read, run
from authapp.i18n.texts import into, t
from authapp.wire.account import Account, Closed, EmailBody, NamesBody, PasswordBody, PhoneBody, PhoneSignUpBody
from authapp.wire.codes import CodeBody, Step
from authapp.wire.common import Answer
from authapp.wire.login import LoginOk, LoginWait

router = APIRouter(tags=["accounts"])
SENT = t("We sent you an email. Follow the link in it.")


@router.post("/signup", status_code=202, responses=documented(InvitationNeeded, ProofOfWorkNeeded, UserNotRegistered))
async def sign_up(body: EmailBody, caller: From) -> Answer:
    """Mail a sign-up link. The answer is the same whether or not the email address has an account."""
    await run(sign_up_rules.sign_up, body.email, caller)
    return Answer(message=into(SENT, caller.language))


@router.post(
    "/signup/phone",
    status_code=202,
    responses=documented(InvitationNeeded, ProofOfWorkNeeded, UserNotRegistered, WeakPassword),
)
async def sign_up_by_phone(body: PhoneSignUpBody, caller: From) -> Step:
    """Text a sign-up code to a phone number. The answer is the same whether or not the number has an account."""
    new = sign_up_rules.NewUser(body.first_name, body.last_name, body.password)
    return told(sign_up_rules.SIGN_UP, await run(sign_up_rules.sign_up_by_phone, body.phone, new, caller))


@router.post("/signup/phone/confirm", responses=documented(SessionExpired, *WRONG, NumberTaken))
async def confirm_sign_up(
    body: CodeBody, request: Request, response: Response, me: Me, caller: From
) -> LoginOk | LoginWait:
    """Sign up with the texted code. This creates the account and opens its first session."""
    return await let_in(await _by_code(sign_up_rules.confirm_sign_up, body, me, caller), request, response)


@router.post("/preregister", status_code=202, responses=documented(ProofOfWorkNeeded))
async def preregister(body: EmailBody, caller: From) -> Answer:
    """Add an email address to the waitlist, and send a mail to it. The answer is the same for every address."""
    await run(waitlist.join, body.email, caller)
    return Answer(message=t("We sent you an email. It explains the next step."))


@router.post("/recover", status_code=202, responses=documented(ProofOfWorkNeeded))
async def recover(body: EmailBody, caller: From) -> Answer:
    """Mail a recovery link. The answer is the same whether or not the email address has an account."""
    await run(recovery.recover, body.email, caller)
    return Answer(message=into(SENT, caller.language))


@router.post("/recover/phone", status_code=202, responses=documented(ProofOfWorkNeeded))
async def recover_by_phone(body: PhoneBody, caller: From) -> Step:
    """Text a recovery code. The answer is the same whether or not the phone number has an account."""
    return told(recovery.RECOVERY, await run(recovery.recover_by_phone, body.phone, caller))


@router.post("/recover/phone/confirm", responses=documented(SessionExpired, *WRONG))
async def confirm_recovery(
    body: CodeBody, request: Request, response: Response, me: Me, caller: From
) -> LoginOk | LoginWait:
    """Recover the account with the texted code. Every other session ends. `PUT /account/password` sets a password."""
    return await let_in(await _by_code(recovery.confirm_recovery, body, me, caller), request, response)


@router.get("/account", responses=documented(SessionExpired))
async def show(me: Member) -> Account:
    """Return the account of the signed-in user."""
    return await _account(me)


@router.patch("/account", responses=documented(SessionExpired))
async def change(body: NamesBody, me: Member, caller: From) -> Account:
    """Change the names of the user, and the language of their mails and pages. An absent field stays as it is."""
    first = me.first_name if body.first_name is None else body.first_name
    last = me.last_name if body.last_name is None else body.last_name
    if body.language is not None:
        await run(accounts.set_language, me, body.language, caller)
    if body.language is None or (body.first_name, body.last_name) != (None, None):
        await run(accounts.set_names, me, first, last, caller)
    return await _account(await read(sessions.alive, me))


@router.put("/account/password", responses=documented(SessionExpired, StepUpNeeded, WeakPassword))
async def set_password(body: PasswordBody, request: Request, response: Response, me: Member, caller: From) -> LoginOk:
    """Set the password. Every other session ends, and this session gets a new key."""
    new = accounts.NewPassword(body.password, body.confirmation)
    result = await run(login.log_in_without_tab, accounts.set_password, me, new, caller=caller, shown=me)
    answer = await let_in(result, request, response)
    assert isinstance(answer, LoginOk)  # an open session never waits for a confirmation or approval
    return answer


@router.delete("/account", responses=documented(SessionExpired, StepUpNeeded))
async def close(response: Response, me: Member, caller: From) -> Closed:
    """Close the account. Every session ends at once. Logging in reopens the account until it is purged."""
    until = await run(closing.close, me, caller)
    forget_cookies(response)
    return Closed(until=until)


async def _by_code(
    rule: Callable[..., str], body: CodeBody, me: Principal | None, caller: Caller
) -> Opened | BlockedLogin:
    """Run a rule that checks a code and returns a ticket, and trade the ticket for its session."""
    return await run(login.log_in_without_tab, rule, body.step, body.code, caller=caller, shown=me)


async def _account(me: Principal | None) -> Account:
    if me is None:
        raise SessionExpired  # the session ended during this request
    return Account(
        user_id=me.user_id,
        login=me.identifier,
        first_name=me.first_name,
        last_name=me.last_name,
        identifiers=await read(identifiers.login_identifiers, me.user_id),
        has_password=me.has_password,
        avatar=me.avatar,
        language=me.language,
        method=me.method,
        fresh_until=me.fresh_until,
    )
