// Login dialog in the page: for a session that ended, or for a visitor who used something for users.
import { createElement, useEffect, useRef, useState } from "react";
import { reconnect } from "../session/navigation.js";
import { discard, sendAgain } from "../shared/denied_event.js";
import { button, listOf } from "../shared/elements.js";
import { RENEWED, onTabMessage, tellTabs } from "../shared/other_tabs.js";
import { page } from "../shared/page.js";

// Fill in the identifier when it is known, and focus the first empty field.
const prepare = (dialog) => {
  const field = dialog.querySelector("[name=identifier]");
  if (field && !field.value) field.value = page.identifier;
  const isUnknown = field && !field.value; // a visitor
  (isUnknown ? field : dialog.querySelector("[data-password]"))?.focus();
};

// Another tab logged in, or renewed the key of the session.
const wake = (message) => {
  // A hidden page cannot reconnect by itself. The server closes its connection in a moment, and it handles that.
  const isRenewed = message === RENEWED && !page.isRenewing && document.visibilityState === "visible";
  if (page.isSessionLost || isRenewed) reconnect();
};

export function SignedOut({ who, identifier, children }) {
  const [again, visitor, login, leave, newcomers, notNow] = listOf(children);
  const dialog = useRef(null);
  const first = useRef(""); // the first user of this page
  const [open, setOpen] = useState(false);
  if (who && !first.current) first.current = who;
  if (who && identifier) page.identifier = identifier;

  useEffect(() => {
    if (!first.current || page.isLeaving || (page.isRenewing && !who)) return;
    if (who) tellTabs(who); // a login through a provider sends no other message
    if (who && who !== first.current) window.location.reload(); // a different user: keep nothing of the first one
    if (who) page.sessionOpened();
    else page.sessionEnded(first.current);
    setOpen(!who);
    if (who) sendAgain();
  }, [who]);

  useEffect(() => {
    page.setLoginDialog(() => {
      if (first.current) return; // the page learns soon that its session ended, and opens then with its user
      page.askVisitor();
      setOpen(true);
    });
  }, []);

  useEffect(() => {
    if (!open) return;
    dialog.current.showModal();
    prepare(dialog.current);
  }, [open]);

  useEffect(() => onTabMessage(wake), []);

  if (!open) return null; // no login form in the page of a logged-in user
  const isVisitor = !first.current;
  const cancel = (event) => isVisitor || event.preventDefault(); // closing it would leave a page that does not work
  const closed = () => {
    if (!isVisitor) return dialog.current?.showModal(); // browsers close it on a second Escape in any case
    page.stopAsking();
    discard();
    setOpen(false);
  };
  const props = {
    ref: dialog,
    onCancel: cancel,
    onClose: closed,
    className: "dialog",
    "aria-labelledby": "authapp-signed-out",
  };
  const back = button("button-quiet", () => dialog.current?.close(), notNow);
  const parts = isVisitor ? [visitor, login, newcomers, back] : [again, login, leave];
  return createElement("dialog", props, createElement("div", null, ...parts));
}
