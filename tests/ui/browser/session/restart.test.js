// The end of a login or logout: what is sent, in which order, and where the page goes.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { answerWith, openPage } from "../../../javascript/browser.js";
import { give } from "../../../javascript/reflex.js";

const metas = { "authapp-routes": '{"waiting": "/waiting", "link": "/link", "home": "/"}' };
const { location, messages, window } = openPage("https://app.example/login?next=%2Fnotes", { metas });
const { ENTERED, restart } = await import("../../../../authapp/ui/browser/session/restart.js");
const { page } = await import("../../../../authapp/ui/browser/shared/page.js");
const { hasProved } = await import("../../../../authapp/ui/browser/shared/client.js");

let errors = [];
let reconnects = 0;
window.addEventListener("pagehide", () => (reconnects += 1));

beforeEach(() => {
  location.visits.length = 0;
  messages.length = 0;
  errors = [];
  reconnects = 0;
  page.setFormError((message) => errors.push(["form", message]));
  page.setPageError((message) => errors.push(["page", message]));
  page.expectNoSignature();
  page.forgetUnfinished();
  page.sessionOpened();
  page.stay();
  for (const name of [ENTERED, "token", "authapp-link"]) sessionStorage.removeItem(name);
  localStorage.removeItem("authapp-proved https://app.example");
});

const paths = (requests) => requests.map(({ path }) => path);

test("a ticket is exchanged, other tabs hear of it, and the next page is loaded", async () => {
  sessionStorage.setItem("token", "the-tab");
  const requests = answerWith({ user_id: "alice" });

  await restart({ path: "/notes", ticket: "t" });

  assert.deepEqual(requests[0].body, { ticket: "t", tab: "the-tab" });
  assert.deepEqual(paths(requests), ["session"]);
  assert.deepEqual(messages, ["alice"]);
  assert.deepEqual(location.visits, ["https://app.example/notes"]);
  assert.equal(sessionStorage.getItem("token"), null, "a new session needs a new tab token");
  assert.equal(sessionStorage.getItem(ENTERED), "1");
  assert.equal(page.isLeaving, true);
});

test("the server gives the order under its name", async () => {
  const requests = answerWith({ user_id: "alice" });

  give("restart", { path: "/", ticket: "t" });
  await new Promise((resolve) => setTimeout(resolve));

  assert.deepEqual(paths(requests), ["session"]);
});

test("a wrong signature ends the login before the ticket is sent", async () => {
  page.expectSignature("signed", () => assert.fail("a record was sent"));
  const requests = answerWith();

  await restart({ path: "/", ticket: "t", signature: "forged", renewal: {} });

  assert.deepEqual(requests, []);
  assert.deepEqual(location.visits, []);
  assert.match(errors[0][1], /couldn’t verify this server/);
  assert.equal(hasProved("https://app.example/"), false);
  assert.equal(page.isLeaving, false);
});

test("the record is sent after the signature was checked and before the ticket", async () => {
  const requests = answerWith({ user_id: "alice" });
  const order = [];
  page.expectSignature("signed", async (renewal) => order.push(renewal, requests.length));

  await restart({ path: "/", ticket: "t", signature: "signed", renewal: "record" });

  assert.deepEqual(order, ["record", 0]);
  assert.equal(hasProved("https://app.example/"), true);
  assert.equal(page.expectsSignature, false);
});

test("a login without a proof notes none", async () => {
  answerWith({ user_id: "alice" });

  await restart({ path: "/", ticket: "t", signature: "anything" });

  assert.equal(hasProved("https://app.example/"), false);
});

test("a login that must wait leads to its page", async () => {
  answerWith({ user_id: "alice", reason: "approval" });

  await restart({ path: "/a?b=c", ticket: "t" });

  assert.deepEqual(location.visits, ["https://app.example/waiting?next=%2Fa%3Fb%3Dc"]);
  assert.deepEqual(messages, []);
  assert.equal(sessionStorage.getItem(ENTERED), null);
});

test("logging out ends the session before a new one begins", async () => {
  const requests = answerWith({}, { user_id: "bob" });

  await restart({ path: "/", ticket: "t", logOut: true });

  assert.deepEqual(paths(requests), ["logout", "session"]);
});

test("logging out forgets the key of a link, except on the way to its page", async () => {
  sessionStorage.setItem("authapp-link", "key");
  answerWith({}, {});

  await restart({ path: "/link", logOut: true });
  assert.equal(sessionStorage.getItem("authapp-link"), "key");

  await restart({ path: "/", logOut: true });
  assert.equal(sessionStorage.getItem("authapp-link"), null);
});

test("the key of a link is stored for the page that the login leads to", async () => {
  answerWith({ user_id: "alice" });

  await restart({ path: "/link", ticket: "t", link: "key" });

  assert.equal(sessionStorage.getItem("authapp-link"), "key");
});

test("a page behind the login dialog reconnects and stays for its user", async () => {
  page.sessionEnded("alice");
  answerWith({ user_id: "alice" });

  await restart({ path: "/notes", ticket: "t" });

  assert.deepEqual([location.visits, reconnects, page.isLeaving], [[], 1, false]);
});

test("a page behind the login dialog is left for another user", async () => {
  page.sessionEnded("alice");
  answerWith({ user_id: "bob" });

  await restart({ path: "/notes", ticket: "t" });

  assert.deepEqual([location.visits.length, reconnects], [1, 0]);
});

for (const path of ["https://evil.example/", "//evil.example", "http://[", "javascript:alert(1)"]) {
  test(`the page never goes to ${path}`, async () => {
    answerWith({});

    await restart({ path, logOut: true });

    assert.deepEqual(location.visits, ["https://app.example/"]);
  });
}

test("the page itself is loaded anew", async () => {
  answerWith({});

  await restart({ path: "/login?next=%2Fnotes", logOut: true });

  assert.deepEqual(location.visits, ["reload"]);
});

test("a ticket whose exchange failed with the connection is kept for the next try", async () => {
  const requests = answerWith(new TypeError("network"), { user_id: "alice" });

  await restart({ path: "/notes", ticket: "t" });
  assert.equal(errors[0][0], "form");
  assert.equal(page.isLeaving, false);
  await page.finish();

  assert.deepEqual(paths(requests), ["session", "session"]);
  assert.deepEqual(location.visits, ["https://app.example/notes"]);
  assert.equal(page.finish, null);
});

test("a refused ticket is not kept", async () => {
  answerWith([401, { error: "TicketNotFoundOrExpired", message: "Log in again." }]);

  await restart({ path: "/", ticket: "t" });

  assert.equal(page.finish, null);
  assert.deepEqual(errors, [["form", "Log in again."]]);
});

test("a failed logout is an error of the page", async () => {
  answerWith(new TypeError("network"));
  mock.method(console, "error", () => {});

  await restart({ path: "/", logOut: true });

  assert.equal(errors[0][0], "page");
  assert.equal(page.finish, null);
});
