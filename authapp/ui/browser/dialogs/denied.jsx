// Dialog that says why an event was denied, and can send it again. The server opens it.
import { createElement, useEffect, useRef, useState } from "react";
import { isKept, keep, sendAgain } from "../shared/denied_event.js";
import { button, listOf } from "../shared/elements.js";
import { onOrder } from "../shared/orders.js";
import { page } from "../shared/page.js";

export function Denied({ children }) {
  const [again, close] = listOf(children);
  const dialog = useRef(null);
  const [message, setMessage] = useState("");
  useEffect(() => {
    onOrder("denied", (order) => {
      if (page.isLeaving) return;
      keep(order.event);
      if (order.code === "SessionExpired") page.openLogin();
      else setMessage(order.message);
    });
  }, []);
  useEffect(() => {
    if (message) dialog.current.showModal();
  }, [message]);
  if (!message) return null;
  const dismiss = () => dialog.current.close(); // returns the focus to the pressed element
  const retry = () => {
    dismiss();
    sendAgain();
  };
  const heading = createElement("h2", { id: "authapp-denied", className: "heading" }, message);
  const choices = createElement(
    "div",
    { className: "choices" },
    button("button-quiet", dismiss, close),
    isKept() && button("button", retry, again),
  );
  const props = {
    ref: dialog,
    onClose: () => setMessage(""),
    className: "dialog",
    "aria-labelledby": "authapp-denied",
  };
  return createElement("dialog", props, createElement("div", null, heading, choices));
}
