// Step-up dialog, which names the action. The server opens it. Closing it discards the action.
import { createElement, useEffect, useRef, useState } from "react";
import "../session/renew.js"; // its orders are the answers to a step-up
import { discard, keep, send } from "../shared/denied_event.js";
import { button, listOf } from "../shared/elements.js";
import { onOrder } from "../shared/orders.js";
import { page } from "../shared/page.js";
import { t } from "../shared/texts.js";

export function StepUp({ line, hydrated, onOpen, onGiveUp, children }) {
  const dialog = useRef(null);
  const [action, setAction] = useState("");
  const proved = useRef(false);
  const open = Boolean(action);

  useEffect(() => {
    onOrder("step_up", (order) => {
      if (page.isLeaving) return;
      keep(order.event);
      proved.current = false;
      setAction(order.action);
    });
    page.setStepUpDialog(() => {
      proved.current = true;
      dialog.current?.close(); // returns the focus to the pressed element
    });
  }, []);

  useEffect(() => page.connected(line, hydrated).forEach(send), [line, hydrated]);

  useEffect(() => {
    if (open) onOpen();
  }, [open, line]); // another server must load the providers again

  useEffect(() => {
    if (!open) return;
    dialog.current.showModal();
    dialog.current.querySelector("[data-password]")?.focus();
  }, [open]);

  if (!open) return null;
  const closed = () => {
    setAction("");
    if (proved.current) return;
    discard();
    onGiveUp();
  };
  const [heading, ...rest] = listOf(children);
  const words = t("Requested action: {action}", { action });
  const requested = createElement("p", { id: "authapp-step-up-action", className: "text" }, words);
  const cancel = button("button-quiet", () => dialog.current.close(), t("Cancel"));
  const content = createElement("div", null, heading, requested, ...rest, cancel);
  const props = {
    ref: dialog,
    onClose: closed,
    className: "dialog",
    "aria-labelledby": "authapp-step-up",
    "aria-describedby": "authapp-step-up-action",
  };
  return createElement("dialog", props, content);
}
