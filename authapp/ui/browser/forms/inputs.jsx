// Fields of forms: for passwords, and for other text.
import { createElement, useEffect, useRef, useState } from "react";
import { t } from "../shared/texts.js";
import { ENOUGH, advice } from "./advice.js";

// Password field with a show button, and advice while typing a new password.
export function PasswordInput({ least, secret, ...rest }) {
  const [shown, setShown] = useState(false);
  const [typed, setTyped] = useState("");
  const input = createElement("input", {
    type: shown ? "text" : "password",
    spellCheck: false,
    autoCapitalize: "none",
    className: "input",
    "data-password": secret ? true : undefined,
    onChange: least ? (event) => setTyped(event.target.value) : undefined,
    ...rest,
  });
  const toggle = createElement(
    "button",
    { type: "button", className: "show", "aria-pressed": shown, onClick: () => setShown(!shown) },
    shown ? t("Hide") : t("Show"),
  );
  const field = createElement("div", { className: "password" }, input, toggle);
  if (!least) return createElement("div", null, field);
  const isRefused = rest["aria-invalid"] === "true";
  const message = advice(typed, least);
  const hint = isRefused && message === ENOUGH ? "" : message; // praise would contradict the refusal
  return createElement("div", null, field, createElement("p", { className: "hint", "aria-live": "polite" }, hint));
}

// Text field that follows the stored value, and never overwrites typed text.
export function TextInput({ initial, lines, ...rest }) {
  const input = useRef(null);
  const followed = useRef(initial ?? "");
  useEffect(() => {
    const stored = initial ?? "";
    if (input.current.value === followed.current) input.current.value = stored;
    followed.current = stored;
  }, [initial]);
  const props = { ref: input, className: "input", defaultValue: initial, ...rest };
  return lines ? createElement("textarea", { rows: lines, ...props }) : createElement("input", props);
}
