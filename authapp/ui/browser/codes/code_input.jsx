// Parts of the form in a code dialog: the field for the code, and the button for another one.
import { createElement, useContext, useEffect, useId, useRef, useState } from "react";
import { Action } from "../forms/action.jsx";
import { t } from "../shared/texts.js";
import { Step } from "./code_dialog.jsx";
import { codeIn, secondsUntil, waitingTime } from "./code_text.js";

const TICK = 250; // milliseconds

// Code field. A pasted message is reduced to its code.
export function CodeInput(props) {
  const { step } = useContext(Step);
  const paste = (event) => {
    const code = codeIn(event.clipboardData.getData("text"));
    if (!code) return;
    event.preventDefault();
    event.target.value = code;
  };
  const input = createElement("input", {
    name: "code",
    type: "text",
    inputMode: "numeric",
    autoComplete: "one-time-code",
    className: "input code",
    onPaste: paste,
    onFocus: (event) => event.target.select(),
    ...props,
  });
  const key = createElement("input", { type: "hidden", name: "step", value: step ?? "", readOnly: true });
  return createElement("div", null, input, key);
}

// Empty the code field of the open dialog: the previous code is invalid.
const emptyCode = () => {
  const field = document.querySelector("dialog[open] [name=code]");
  if (!field) return;
  field.value = "";
  field.focus();
};

export function SendAgain({ answers, sends, pause, onPress, children }) {
  const { step } = useContext(Step);
  const [left, setLeft] = useState(pause);
  const last = useRef(sends);
  useEffect(() => {
    if (!sends || last.current === sends) return;
    last.current = sends;
    emptyCode();
  }, [sends]);
  useEffect(() => {
    const until = Date.now() + pause * 1000;
    const tick = () => setLeft(secondsUntil(until));
    tick();
    const timer = setInterval(tick, TICK);
    return () => clearInterval(timer);
  }, [sends, pause, answers]);
  const id = useId();
  const words = left ? waitingTime(left) : t("No code? Check the number, or get a new one.");
  const hint = createElement("p", { id, className: "hint" }, words);
  const props = { answers, onPress: () => onPress(step), className: "button-quiet", "aria-describedby": id };
  const again = createElement(Action, { ...props, "aria-disabled": left > 0 }, t("Resend"));
  return createElement("div", null, hint, createElement("div", { className: "choices" }, again, children));
}
