// Dialog that asks before the browser sends the password itself to a server that did not need it before.
import { createElement, useEffect, useRef } from "react";
import { button } from "../shared/elements.js";
import { t } from "../shared/texts.js";

const QUESTION = t(
  "Until now, this browser proved your password without sending it. Now the server asks for the password itself. This is normal for an account that was imported from another system. If yours was not, someone may be trying to read your password: press “Cancel”.",
);

export function AskToSend({ onDecide }) {
  const dialog = useRef(null);
  const decision = useRef(false);
  useEffect(() => dialog.current.showModal(), []);
  const close = (isAllowed) => () => {
    decision.current = isAllowed;
    dialog.current.close();
  };
  const props = {
    ref: dialog,
    onClose: () => onDecide(decision.current),
    className: "dialog",
    "aria-labelledby": "authapp-ask-to-send",
  };
  const heading = createElement("h2", { id: "authapp-ask-to-send", className: "heading" }, t("Send your password?"));
  const cancel = button("button-quiet", close(false), t("Cancel"));
  const send = button("button", close(true), t("Send the password"));
  const choices = createElement("div", { className: "choices" }, cancel, send);
  const content = createElement("div", null, heading, createElement("p", null, QUESTION), choices);
  return createElement("dialog", props, content);
}
