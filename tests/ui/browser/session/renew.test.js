// The end of a step-up: the session gets a new key, and the waiting event is sent after the reconnect.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { answerWith, openPage } from "../../../javascript/browser.js";
import { give } from "../../../javascript/reflex.js";

const { messages, window } = openPage("https://app.example/settings");
await import("../../../../authapp/ui/browser/session/renew.js");
const { page } = await import("../../../../authapp/ui/browser/shared/page.js");
const denied = await import("../../../../authapp/ui/browser/shared/denied_event.js");

const EVENT = { name: "remove", payload: {} };
let steps = [];
const done = () => new Promise((resolve) => setTimeout(resolve, 5));
window.addEventListener("pagehide", () => steps.push("reconnect"));

beforeEach(() => {
  steps = [];
  messages.length = 0;
  denied.discard();
  page.forgetUnfinished();
  page.stay();
  page.setFormError((message) => steps.push(message));
  page.setStepUpDialog(() => steps.push("close"));
});

test("the dialog closes, the page reconnects, and the event is sent with the new key", async () => {
  const requests = answerWith({ user_id: "alice" });
  page.connected("one", true);
  denied.keep(EVENT);

  give("renew", { ticket: "t" });
  assert.equal(page.isRenewing, true, "a session that ends meanwhile is ignored");
  await done();

  assert.deepEqual(requests[0].body, { ticket: "t", tab: "the-tab" });
  assert.deepEqual(messages, ["renewed"]);
  assert.deepEqual(steps, ["close", "reconnect"]);
  assert.equal(page.isRenewing, false);
  assert.deepEqual(page.connected("one", true), []);
  assert.equal(page.connected("two", true)[0].name, EVENT.name);
});

test("a lost connection keeps the ticket and the event", async () => {
  answerWith(new TypeError("network"), { user_id: "alice" });
  page.connected("one", true);
  denied.keep(EVENT);

  give("renew", { ticket: "t" });
  await done();
  assert.deepEqual([page.isRenewing, denied.isKept(), messages.length], [false, true, 0]);
  assert.match(steps[0], /can’t reach the server/);
  await page.finish();

  assert.deepEqual(steps.slice(1), ["close", "reconnect"]);
  assert.equal(page.connected("two", true).length, 1);
});

test("a refused ticket is not kept, and its event is", async () => {
  answerWith([401, { error: "TicketNotFoundOrExpired", message: "Too late." }]);
  denied.keep(EVENT);

  give("renew", { ticket: "t" });
  await done();

  assert.deepEqual([page.finish, denied.isKept(), steps], [null, true, ["Too late."]]);
});

test("an event that was sent with an old key of another tab is sent again", () => {
  page.connected("one", true);

  give("renewed", { event: EVENT });

  assert.deepEqual(steps, ["reconnect"]);
  assert.deepEqual(page.connected("two", true), [EVENT]);
});

test("a page that is left, or that renews the key itself, does not reconnect", () => {
  page.leave();
  give("renewed", { event: EVENT });
  page.stay();
  page.startRenewal();
  give("renewed", { event: EVENT });
  page.endRenewal();

  assert.deepEqual(steps, []);
});
