// A visit to a provider: the path to return to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerWith, openPage } from "../../../javascript/browser.js";

const metas = { "authapp-routes": '{"home": "/", "login": "/login", "sign_up": "/signup"}' };
const { location } = openPage("https://app.example/", { metas });
const { returnPath, visit } = await import("../../../../authapp/ui/browser/providers/visit.js");

const from = (path, mode) => {
  location.url = new URL(path, location.url);
  return returnPath(mode);
};

test("a login returns to the page that asked for it", () => {
  assert.equal(from("/login?next=%2Fnotes%3Fa%3D1", "login"), "/notes?a=1");
  assert.equal(from("/signup/?next=/notes", "login"), "/notes");
  assert.equal(from("/login", "login"), "/");
});

test("a login in the dialog of a page returns to the page", () => {
  assert.equal(from("/notes?a=1#b", "login"), "/notes?a=1#b");
});

test("the answers of an earlier visit are no part of the path", () => {
  assert.equal(from("/settings?refused=x&origin=y&linked=z&proved=p&a=1", "link"), "/settings?a=1");
});

test("a step-up returns with the mark of its event", () => {
  assert.match(from("/settings?proved=old#phone", "prove"), /^\/settings\?proved=[0-9a-f]{24}#phone$/);
});

test("a visit goes where the server says", async () => {
  const requests = answerWith({ url: "https://provider.example/authorize?x" });

  await visit("example", { mode: "login", keep: false, next: "/" });

  assert.equal(requests[0].path, "foreign/example");
  assert.deepEqual(requests[0].body, { mode: "login", keep: false, next: "/" });
  assert.deepEqual(location.visits, ["https://provider.example/authorize?x"]);
});
