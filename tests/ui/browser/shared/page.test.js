// The shared state of a page.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Page } from "../../../../authapp/ui/browser/shared/page.js";

test("a page leaves, and stays when the way failed", () => {
  const page = new Page();
  assert.equal(page.isLeaving, false);

  page.leave();
  assert.equal(page.isLeaving, true);

  page.stay();
  assert.equal(page.isLeaving, false);
});

test("errors appear in the form that was sent last", () => {
  const page = new Page();
  const shown = [];
  page.showFormError("before any form");

  page.setFormError((message) => shown.push(["first", message]));
  page.setFormError((message) => shown.push(["second", message]));
  page.showFormError("wrong");

  assert.deepEqual(shown, [["second", "wrong"]]);
});

test("errors of the page do not appear in a form", () => {
  const page = new Page();
  const shown = [];
  page.setFormError((message) => shown.push(["form", message]));
  page.setPageError((message) => shown.push(["page", message]));

  page.showPageError("offline");

  assert.deepEqual(shown, [["page", "offline"]]);
});

test("a page expects a signature until it is told otherwise", () => {
  const page = new Page();
  assert.equal(page.expectsSignature, false);

  page.expectSignature("signed", (renewal) => `sent ${renewal}`);
  assert.equal(page.expectsSignature, true);
  assert.equal(page.isExpected("signed"), true);
  assert.equal(page.isExpected("forged"), false);
  assert.equal(page.isExpected(undefined), false);
  assert.equal(page.sendRecord("record"), "sent record");

  page.expectNoSignature();
  assert.equal(page.expectsSignature, false);
});

test("an unfinished order can be finished for 25 seconds, however often it fails", () => {
  mock.timers.enable({ apis: ["Date"] });
  const page = new Page();
  const order = { ticket: "t" };
  const runs = [];
  assert.equal(page.finish, null);

  page.keepUnfinished(order, (again) => runs.push(again));
  mock.timers.tick(20_000);
  page.finish();
  page.keepUnfinished(order, (again) => runs.push(again)); // failed again
  mock.timers.tick(4999);
  page.finish();
  mock.timers.tick(1);

  assert.equal(page.finish, null);
  assert.deepEqual(runs, [order, order]);
  mock.timers.reset();
});

test("an unfinished order is forgotten when the user wants something else", () => {
  const page = new Page();
  page.keepUnfinished({ ticket: "t" }, () => {});

  page.forgetUnfinished();

  assert.equal(page.finish, null);
});

test("a page whose session ended stays for its user only", () => {
  const page = new Page();
  assert.equal(page.isSessionLost, false);
  assert.equal(page.staysFor("alice"), false);

  page.sessionEnded("alice");
  assert.equal(page.isSessionLost, true);
  assert.equal(page.staysFor("alice"), true);
  assert.equal(page.staysFor("bob"), false);

  page.sessionOpened();
  assert.equal(page.isSessionLost, false);
  assert.equal(page.staysFor("alice"), false);
});

test("the page of a visitor who was asked to log in stays for every user", () => {
  const page = new Page();

  page.askVisitor();
  assert.equal(page.staysFor("bob"), true);
  assert.equal(page.isSessionLost, false);

  page.stopAsking();
  assert.equal(page.staysFor("bob"), false);
});

test("a session that opens ends the question to the visitor", () => {
  const page = new Page();
  page.askVisitor();

  page.sessionOpened();

  assert.equal(page.staysFor("bob"), false);
});

test("an event waits for a new connection whose page is hydrated", () => {
  const page = new Page();
  assert.deepEqual(page.connected("one", true), []);

  page.awaitConnection("event");
  assert.deepEqual(page.connected("one", true), [], "the old connection is not closed yet");
  assert.deepEqual(page.connected("two", false), [], "the new one is not hydrated yet");
  assert.deepEqual(page.connected("two", true), ["event"]);
  assert.deepEqual(page.connected("three", true), [], "an event is sent once");
});

test("events wait together, and a reconnect without an event sends none", () => {
  const page = new Page();
  page.connected("one", true);

  page.awaitConnection("first");
  page.awaitConnection(null);
  page.awaitConnection("second");

  assert.deepEqual(page.connected("two", true), ["first", "second"]);
});
