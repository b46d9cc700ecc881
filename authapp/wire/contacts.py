"""Email addresses and phone numbers on pages. The API answers with `EmailRow` and `PhoneRow`."""

from authapp.wire.common import Row


class Contact(Row):
    """Email address or phone number of a user, as pages show it."""

    id: str  # of its row; on the page of an administrator, the address or number itself
    shown: str  # a number as it is dialled
    is_main: bool
    confirmed: bool
    undelivered: str = ""  # `bounced` where messages do not arrive; `complained` where one was marked as spam
