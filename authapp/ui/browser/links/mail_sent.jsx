// The address that a mail went to, shown until the user returns to the form. The server deliberately forgets it when the
// connection is lost: the token of a tab must not reveal typed text. The page can keep it.
import { createContext, createElement, useContext, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { listOf } from "../shared/elements.js";

const Mail = createContext({});

export function MailSent({ to, onAgain, children }) {
  const [form, sent] = listOf(children);
  const [address, setAddress] = useState("");
  const seen = useRef(to); // ignore mails from before the page was opened
  if (to !== seen.current) {
    seen.current = to;
    if (to) setAddress(to);
  }
  const again = () => {
    flushSync(() => setAddress(""));
    document.querySelector("main input")?.focus();
    onAgain();
  };
  return createElement(Mail.Provider, { value: { address, again } }, address ? sent : form);
}

export function SentTo() {
  return createElement("strong", null, useContext(Mail).address);
}

export function AnotherAddress({ children }) {
  const props = { type: "button", className: "button-quiet", onClick: useContext(Mail).again };
  return createElement("button", props, children);
}
