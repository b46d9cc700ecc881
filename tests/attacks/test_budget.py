"""R11: a socket that sends too much is slowed down; nothing it sent is lost, and nobody else waits for it."""

from tests.attacks.intruder import Intruder

BURST = 200
TROUBLE = ("account.account.report_trouble", "account.account.dismiss_trouble")


def answered(tab):
    return sum('"trouble_rx_state_"' in packet for packet in tab.heard)


def test_a_flood_is_slowed_and_answered_to_its_last_event_while_others_are_served(strict):
    with Intruder(strict, tab="the flood") as flood, Intruder(strict, tab="somebody else") as other:
        before = answered(flood)
        for number in range(BURST):
            flood.call(TROUBLE[number % 2])
        flood.until(lambda: answered(flood) - before >= 40)

        for number in range(10):
            other.call(TROUBLE[number % 2])
        other.settle()
        flood.listen()
        assert answered(flood) - before < BURST

        flood.until(lambda: answered(flood) - before == BURST)


def test_a_page_that_behaves_is_not_slowed(strict):
    with Intruder(strict, tab="a page") as page:
        for _ in range(40):
            page.call("account.account.dismiss_trouble")
        page.settle()
