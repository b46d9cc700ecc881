// Texts in the language of the page.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.authappTexts = {
  language: "fr",
  words: {
    "Log in": "Se connecter",
    "{count} hour": [0, "{count} heure", "{count} heures"],
    "By {name} at {time}": "À {time} par {name}",
  },
  forms: [(count) => (count < 2 ? 0 : 1)],
};
const { Words, tn, language, t } = await import("../../../../authapp/ui/browser/shared/texts.js");

test("a text is translated, and English without a translation", () => {
  assert.equal(language, "fr");
  assert.equal(t("Log in"), "Se connecter");
  assert.equal(t("Log out"), "Log out");
  assert.equal(t("toString"), "toString", "no property of every object is a translation");
});

test("placeholders are filled, and unknown ones stay", () => {
  assert.equal(t("By {name} at {time}", { name: "Ada", time: "noon" }), "À noon par Ada");
  assert.equal(t("By {name}"), "By {name}");
});

test("the plural form follows the rule of the language", () => {
  assert.equal(tn("{count} hour", "{count} hours", 0), "0 heure");
  assert.equal(tn("{count} hour", "{count} hours", 2), "2 heures");
});

test("a plural without a translation is English", () => {
  assert.equal(tn("{count} day", "{count} days", 1), "1 day");
  assert.equal(tn("{count} day", "{count} days", 0), "0 days");
});

test("elements take the place that the language gives them", () => {
  const name = { type: "strong" };
  const { children } = Words({
    plain: "By {name} at {time}",
    names: ["name"],
    given: { time: "noon" },
    children: name,
  });

  const shown = children[0].map((part) => (typeof part === "string" ? part : part.children[0]));
  assert.deepEqual(shown, ["À ", "noon", " par ", name, ""]);
});
