// Fields of forms: for passwords, and for other text.
import { createElement, useEffect, useRef, useState } from "react";
import { t } from "../shared/texts.js";

// An eye; its last line, the lid, is visible while the password is shown.
const EYE = ["M1.5 12C5 4.5 19 4.5 22.5 12 19 19.5 5 19.5 1.5 12Z", "M9 12a3 3 0 1 0 6 0 3 3 0 1 0-6 0", "M3 21 21 3"];

const eye = () => {
  const line = (d, index) => createElement("path", { key: d, d, className: index === 2 ? "lid" : undefined });
  return createElement("svg", { viewBox: "0 0 24 24", className: "eye", "aria-hidden": true }, EYE.map(line));
};

// Password field with a button that shows the password; `show` is the name of the button.
export function PasswordInput({ secret, show, ...rest }) {
  const [shown, setShown] = useState(false);
  const input = createElement("input", {
    type: shown ? "text" : "password",
    spellCheck: false,
    autoCapitalize: "none",
    className: "input",
    "data-password": secret ? true : undefined,
    ...rest,
  });
  const name = createElement("span", { className: "visually-hidden" }, show ?? t("Show password"));
  const toggle = createElement(
    "button",
    { type: "button", className: "show", "aria-pressed": shown, onClick: () => setShown(!shown) },
    eye(),
    name,
  );
  return createElement("div", { className: "password" }, input, toggle);
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

// Hidden copy of another field, before a new password: password managers store it as the username of the password.
export function Username({ field }) {
  const copy = useRef(null);
  useEffect(() => {
    const input = document.getElementById(field);
    const follow = () => {
      copy.current.value = input.value;
    };
    follow();
    input.addEventListener("input", follow);
    return () => input.removeEventListener("input", follow);
  }, [field]);
  const props = { type: "text", autoComplete: "username", readOnly: true, hidden: true, defaultValue: "" };
  return createElement("input", { ref: copy, ...props });
}
