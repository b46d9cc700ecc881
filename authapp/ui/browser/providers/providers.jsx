// Social login: the buttons, and what happens around a visit to a provider.
import { createElement, useEffect, useState } from "react";
import { explain } from "../shared/api.js";
import { sendAgain, takeUp } from "../shared/denied_event.js";
import { alert, ring } from "../shared/elements.js";
import { onOrder } from "../shared/orders.js";
import { returnPath, visit } from "./visit.js";

// Shows an error of the visit that the server started last.
let complain = () => {};

// The server sends the page to a provider.
onOrder("foreign", ({ name, ...body }) => {
  visit(name, body).catch((error) => complain(explain(error)));
});

// The logo of a preset. Screen readers skip it, because the button says the name.
const logo = (folder, preset) => {
  if (!preset) return null;
  const size = { width: 20, height: 20 };
  return createElement("img", {
    src: `${folder}/${preset}.svg`,
    alt: "",
    "aria-hidden": true,
    className: "logo",
    ...size,
  });
};

export function Origins({ built, live, known, mode, words, divider, logos }) {
  const [busy, setBusy] = useState("");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    const back = () => setBusy(""); // the Back button of the browser restores the page as it was
    window.addEventListener("pageshow", back);
    return () => window.removeEventListener("pageshow", back);
  }, []);
  const origins = known ? live : built;
  if (!origins?.length) return null;
  const press = async (event, name) => {
    if (busy) return;
    const keep = event.currentTarget.closest("main, dialog")?.querySelector("[name=keep]")?.checked ?? false;
    setBusy(name);
    setProblem("");
    try {
      await visit(name, { mode, keep: mode === "login" && keep, next: returnPath(mode) });
    } catch (error) {
      setBusy("");
      setProblem(explain(error));
    }
  };
  const button = ({ name, label, preset }) => {
    const props = { key: name, type: "button", className: "button-quiet", "aria-busy": busy === name };
    return createElement(
      "button",
      { ...props, onClick: (event) => press(event, name) },
      ring(),
      logo(logos, preset),
      words.replace("{label}", label),
    );
  };
  const or = divider && createElement("p", { className: "or" }, divider);
  return createElement("div", { className: "origins" }, or, alert(problem), origins.map(button));
}

// Shows errors on the way to a provider, when the server started the redirect.
export function LeftHere() {
  const [message, setMessage] = useState("");
  useEffect(() => {
    complain = setMessage;
  }, []);
  return alert(message);
}

// Sends the waiting event after a step-up at a provider. The URL itself proves nothing: the server checks the event
// again.
export function Proved({ who, hydrated }) {
  useEffect(() => {
    const url = new URL(window.location.href);
    if (!who || !hydrated || !url.searchParams.has("proved")) return;
    takeUp(url.searchParams.get("proved"));
    url.searchParams.delete("proved"); // a reload must not send it again
    window.history.replaceState(window.history.state, "", url);
    sendAgain();
  }, [who, hydrated]);
  return null;
}
