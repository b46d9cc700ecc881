// The key of an action link: out of the URL, into the storage of the tab.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openPage } from "../../../javascript/browser.js";

const metas = { "authapp-routes": '{"link": "/link"}' };
const { location, sessionStorage } = openPage("https://app.example/link/?a=1#the-key", { metas });
const keys = await import("../../../../authapp/ui/browser/shared/link_key.js");

const open = (path) => {
  location.url = new URL(path, location.url);
};
beforeEach(() => keys.hasNewKey()); // forgets what the page loaded with

test("the key leaves the URL when the page loads", () => {
  assert.equal(location.href, "https://app.example/link/?a=1");
  assert.equal(keys.storedKey(), "the-key");
});

test("a key that arrives later is new once", () => {
  open("/link#another");

  assert.equal(keys.hasNewKey(), true);
  assert.equal(keys.storedKey(), "another");
  assert.equal(location.hash, "");
  assert.equal(keys.hasNewKey(), false);
});

test("the fragment of another page is no key", () => {
  for (const path of ["/settings#phone", "/link#", "/link", "/links#key"]) {
    open(path);
    assert.equal(keys.takeKey(), false, path);
  }
  assert.equal(keys.storedKey(), "another");
});

test("a forgotten key is gone", () => {
  keys.forgetKey();

  assert.equal(sessionStorage.getItem("authapp-link"), null);
  assert.equal(keys.storedKey(), null);
});
