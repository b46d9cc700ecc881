"""Every handler that a client may call by name, with a call of each as a page makes it.

Reflex registers each public method of each state. A handler that is not in this table must not be callable. A developer
who adds a handler adds a line here, and so confirms that its access was considered.
"""

from typing import Any, NamedTuple


class Handler(NamedTuple):
    """Arguments as a page sends them, and the users that the handler serves: anyone, members or administrators."""

    arguments: dict[str, Any]
    members: bool = False
    admin: bool = False


FORM = {"email": "somebody@example.com"}
LOGIN = {"identifier": "somebody@example.com", "password": "a wrong password", "keep": False}
NAMES = {"first_name": "Mallory", "last_name": "Malicious"}
PASSWORDS = {"password": "mallory was here too"}
ADDED = {"new_email": "mallory@example.com"}
PROOF = {"password": "a wrong password"}
NUMBER = {"phone": "+49 1512 0000000"}
JOINING = {**NAMES, **NUMBER, "password": "mallory was here too"}
ADDED_NUMBER = {"new_phone": "+49 1512 0000001"}
STEP = "AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # has the form of a key, but belongs to no step
CODE = {"step": STEP, "code": "123456"}
NOBODYS = "00000000-0000-0000-0000-000000000000"

OURS = {
    "account.account.dismiss_trouble": Handler({}),
    "account.account.log_out": Handler({}),
    "account.account.look_again": Handler({}),
    "account.account.report_trouble": Handler({}),
    "admin.admin_page_state.enter": Handler({}, admin=True),
    "admin.admin_page_state.refresh": Handler({}, admin=True),
    "admin.admin_state.approve": Handler({"id": NOBODYS}, admin=True),
    "admin.admin_state.ask": Handler({"group": "buyers"}, admin=True),
    "admin.admin_state.create_group": Handler({"form": {"group": "mallorys", "about": ""}}, admin=True),
    "admin.admin_state.delete_group": Handler({"group": "buyers"}, admin=True),
    "admin.admin_state.forget": Handler({"address": "somebody@example.com"}, admin=True),
    "admin.admin_state.invite": Handler({"form": FORM}, admin=True),
    "admin.admin_state.invite_one": Handler({"address": "somebody@example.com"}, admin=True),
    "admin.admin_state.invite_shown": Handler({}, admin=True),
    "admin.admin_state.show_more": Handler({}, admin=True),
    "admin.admin_state.send_again": Handler({"id": NOBODYS}, admin=True),
    "avatar.avatar_state.remove": Handler({}, members=True),
    "closing.closing_state.ask": Handler({}),
    "closing.closing_state.close": Handler({}, members=True),
    "closing.closing_state.keep": Handler({}),
    "country.country_state.read": Handler({"text": "+49 1512 0000000", "country": "", "with_names": True}),
    "emails.emails_state.add": Handler({"form": ADDED}, members=True),
    "emails.emails_state.make_main": Handler({"id": NOBODYS}, members=True),
    "emails.emails_state.remove": Handler({"id": NOBODYS}, members=True),
    "emails.emails_state.send_again": Handler({"id": NOBODYS}, members=True),
    "forgot.forgot_by_phone_state.submit": Handler({"form": NUMBER}),
    "forgot.forgot_state.enter": Handler({}),
    "forgot.forgot_state.submit": Handler({"form": FORM}),
    "identities.linked_state.enter": Handler({}),
    "identities.linked_state.link": Handler({"name": "google"}, members=True),
    "identities.linked_state.unlink": Handler({"id": NOBODYS}, members=True),
    "link.link_state.enter": Handler({}),
    "link.link_state.follow": Handler({"form": {"key": "x"}}),
    "link.link_state.look": Handler({"key": "x"}),
    "link.link_state.send_again": Handler({"form": {"key": "x"}}),
    "link.link_state.sign_up": Handler({"form": {"key": "x"}}),
    "link.link_state.stay": Handler({}),
    "link.link_state.switch": Handler({"form": {"key": "x"}}),
    "login.login_state.answer": Handler({"form": LOGIN}),
    "login.login_state.enter": Handler({}),
    "outbox.outbox_state.load": Handler({}),
    "outbox.outbox_state.send_again": Handler({"id": NOBODYS}),
    "people.people_state.choose_group": Handler({"group": "buyers"}, admin=True),
    "people.people_state.choose_state": Handler({"state": "active"}, admin=True),
    "people.people_state.go_back": Handler({}, admin=True),
    "people.people_state.go_on": Handler({}, admin=True),
    "people.people_state.search": Handler({"form": {"text": "a", "number": 1}}, admin=True),
    "person.person_state.add_to_group": Handler({"form": {"id": NOBODYS, "group": "admin"}}, admin=True),
    "person.person_state.approve": Handler({"id": NOBODYS}, admin=True),
    "person.person_state.ask": Handler({"deed": "disable"}, admin=True),
    "person.person_state.choose": Handler({"id": NOBODYS}, admin=True),
    "person.person_state.close": Handler({"id": NOBODYS}, admin=True),
    "person.person_state.disable": Handler({"id": NOBODYS}, admin=True),
    "person.person_state.enable": Handler({"id": NOBODYS}, admin=True),
    "person.person_state.end_session": Handler({"id": NOBODYS, "session": "x"}, admin=True),
    "person.person_state.end_sessions": Handler({"id": NOBODYS}, admin=True),
    "person.person_state.keep": Handler({}, admin=True),
    "person.person_state.remove_from_group": Handler({"id": NOBODYS, "group": "admin"}, admin=True),
    "person.person_state.resend": Handler({"id": NOBODYS, "way": "somebody@example.com"}, admin=True),
    "phones.phones_state.add": Handler({"form": ADDED_NUMBER}, members=True),
    "phones.phones_state.make_main": Handler({"id": NOBODYS}, members=True),
    "phones.phones_state.remove": Handler({"id": NOBODYS}, members=True),
    "waitlist.waitlist_state.enter": Handler({}),
    "waitlist.waitlist_state.submit": Handler({"form": FORM}),
    "sessions.sessions_state.end_session": Handler({"id": NOBODYS}, members=True),
    "sessions.sessions_state.log_out_others": Handler({}, members=True),
    "settings.password_state.enter": Handler({}),
    "settings.password_state.set_password": Handler({"form": PASSWORDS}, members=True),
    "settings.personal_data_state.load": Handler({}, members=True),
    "settings.personal_data_state.save": Handler({"form": NAMES}, members=True),
    "settings.settings_state.refresh": Handler({}, members=True),
    "sign_up.sign_up_by_phone_state.submit": Handler({"form": JOINING}),
    "sign_up.sign_up_state.enter": Handler({}),
    "sign_up.sign_up_state.submit": Handler({"form": FORM}),
    "step_up.step_up_state.answer": Handler({"form": PROOF}, members=True),
    "step_up.step_up_state.enter": Handler({}),
    "step_up.step_up_state.give_up": Handler({}),
    "step_up.step_up_state.send_code": Handler({}, members=True),
}

# Every state that waits for a code, and whether its codes are for members only.
WAITING = {
    "forgot.forgot_by_phone_state": False,
    "phones.phones_state": True,
    "sign_up.sign_up_by_phone_state": False,
    "step_up.step_up_state": True,
}
for _state, _members in WAITING.items():
    OURS[f"{_state}.confirm_code"] = Handler({"form": CODE}, members=_members)
    _steps = ("give_up_code", "look_code", "resume_code", "send_code_again")
    OURS |= {f"{_state}.{name}": Handler({"step": STEP}) for name in _steps}

# These handlers end the session or replace its key.
ENDS = {"closing.closing_state.close", "settings.password_state.set_password"}

_REPORT = {"info": "TypeError: x is not a function", "component_stack": "at Form"}
REFLEX = {  # Reflex's own handlers; none of them reaches a rule or a var of ours
    "hydrate": Handler({}),
    "hydrate_and_load": Handler({"vars": {}, "hashes": []}),
    "set_is_hydrated": Handler({"value": True}),
    "reflex___state____frontend_event_exception_state.handle_frontend_exception": Handler(_REPORT),
    "reflex___state____on_load_internal_state.on_load_internal": Handler({}),
    "reflex___state____on_load_internal_state.set_is_hydrated": Handler({"value": True}),
    "reflex___state____update_vars_internal_state.update_vars_internal": Handler({"vars": {}}),
}

ALL = {**OURS, **REFLEX}
