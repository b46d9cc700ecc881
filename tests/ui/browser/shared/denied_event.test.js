// The denied event that waits in the page, also over a visit to a provider.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { openPage } from "../../../javascript/browser.js";
import { sentEvents } from "../../../javascript/reflex.js";

const EVENT = { name: "notes.remove", payload: { id: 7 } };
const CARRIED = JSON.stringify({ mark: "the-mark", event: { ...EVENT, until: Date.now() + 60_000 } });
const browser = openPage("https://app.example/settings", { stored: { "authapp-denied": CARRIED } });
const denied = await import("../../../../authapp/ui/browser/shared/denied_event.js");

afterEach(() => {
  denied.discard();
  sentEvents.length = 0;
  browser.fields.length = 0;
  mock.timers.reset();
});

test("an event that a visit carried is removed from the storage at once, and sent for its mark", () => {
  assert.equal(browser.sessionStorage.getItem("authapp-denied"), null);

  denied.takeUp("the-mark");
  denied.sendAgain();
  denied.takeUp("the-mark");
  denied.sendAgain();

  assert.deepEqual(sentEvents, [EVENT], "once");
});

test("a kept event is sent once", () => {
  denied.keep(EVENT);
  assert.equal(denied.isKept(), true);

  denied.sendAgain();
  denied.sendAgain();

  assert.deepEqual(sentEvents, [EVENT]);
  assert.equal(denied.isKept(), false);
});

test("a newer event replaces an older one", () => {
  denied.keep({ name: "old", payload: {} });
  denied.keep(EVENT);

  denied.sendAgain();

  assert.deepEqual(sentEvents, [EVENT]);
});

test("a discarded event is not sent, and a denial may come without one", () => {
  denied.keep(null);
  assert.equal(denied.isKept(), false);
  denied.keep(EVENT);
  denied.discard();

  denied.sendAgain();

  assert.deepEqual(sentEvents, []);
});

test("an event waits for ten minutes", () => {
  mock.timers.enable({ apis: ["Date"] });
  denied.keep(EVENT);
  mock.timers.tick(599_999);
  assert.equal(denied.take().name, EVENT.name);

  denied.keep(EVENT);
  mock.timers.tick(600_000);
  assert.equal(denied.take(), null);
});

test("a visit carries the event under a new mark", () => {
  denied.keep(EVENT);

  const mark = denied.carry();

  assert.match(mark, /^[0-9a-f]{24}$/);
  const stored = JSON.parse(browser.sessionStorage.getItem("authapp-denied"));
  assert.equal(stored.mark, mark);
  assert.deepEqual(stored.event.payload, EVENT.payload);
  assert.notEqual(denied.carry(), mark);
});

test("a typed password is never written to the storage", () => {
  browser.fields.push({ value: "" }, { value: 'pa"ss word' });
  denied.keep({ name: "save", payload: { form: { secret: 'pa"ss word' } } });

  denied.carry();

  assert.equal(browser.sessionStorage.getItem("authapp-denied"), null);
});
