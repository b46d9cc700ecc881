// Field for a new password: a hint, and a meter with words while the user types.
import { createElement, useEffect, useState } from "react";
import { t, tn } from "../shared/texts.js";
import { PasswordInput } from "./inputs.jsx";
import { judge, unpack } from "./password_rule.js";

const PAUSE = 400; // milliseconds after the last key: screen readers would read each change of the words
const LEVELS = { short: 1, good: 3, strong: 4 }; // of the four bars

const WORDS = {
  long: t("Too long: at most 256 characters"),
  odd: t("One of these characters can’t be typed on every keyboard"),
  common: t("Very common"),
  repetitive: t("Too repetitive"),
  pattern: t("Follows a simple pattern"),
  own: t("Contains your name or address"),
  good: t("Good"),
  strong: t("Strong"),
};

const wordsFor = (verdict, missing) =>
  verdict === "short"
    ? tn("Too short: {count} more character", "Too short: {count} more characters", missing)
    : WORDS[verdict];

const levelFor = (verdict, length, least) => (verdict === "short" && 2 * length > least ? 2 : (LEVELS[verdict] ?? 1));

// Return the typed values of the other fields of the form.
const othersIn = (form) =>
  [...(form?.elements ?? [])]
    .filter(({ type, hidden }) => !hidden && ["text", "email", "tel"].includes(type))
    .filter(({ autocomplete }) => !autocomplete.endsWith("password"))
    .map(({ type, value }) => (type === "tel" ? value.replace(/[^\d+]/g, "") : value));

let list = null; // the promise of the list of common passwords, loaded once

const loadList = () => {
  list ??= import("./common_passwords.js").then((file) => unpack(file.default)).catch(() => (list = null));
  return list;
};

// `own`: names and addresses of the user that are in no field of the form.
export function NewPasswordInput({ least, own = [], ...rest }) {
  const [common, setCommon] = useState(undefined);
  const [typed, setTyped] = useState({ text: "", others: [] });
  const [words, setWords] = useState("");
  const isRefused = rest["aria-invalid"] === "true";
  const { length } = [...typed.text];
  const verdict = length ? judge(typed.text, { least, own: [...own, ...typed.others], common }) : "";
  const isPraise = verdict === "good" || verdict === "strong";
  const shown = length && !(isRefused && isPraise) ? verdict : ""; // praise would contradict the refusal
  const wanted = shown ? wordsFor(shown, least - length) : "";

  useEffect(() => {
    const timer = setTimeout(() => setWords(wanted), wanted ? PAUSE : 0);
    return () => clearTimeout(timer);
  }, [wanted]);

  const type = ({ target }) => setTyped({ text: target.value, others: othersIn(target.form) });
  const load = async () => setCommon((await loadList()) ?? undefined);
  const bars = [1, 2, 3, 4].map((bar) => createElement("span", { key: bar }));
  const level = shown ? levelFor(shown, length, least) : 0;
  const hint = t("At least {least} characters. A few words in a row are easy to remember.", { least });
  return createElement(
    "div",
    null,
    createElement(PasswordInput, { ...rest, onChange: type, onFocus: load }),
    createElement("div", { className: "meter", "data-level": level, "aria-hidden": true, hidden: !length }, bars),
    createElement("p", { className: "hint", "aria-live": "polite" }, words),
    createElement("p", { id: `${rest.id}-hint`, className: "hint" }, hint),
  );
}
