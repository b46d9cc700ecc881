// Social login: the buttons, the redirect to the provider, and the messages after it.
import { createElement, useEffect, useState } from "react";
import { refs } from "$/utils/state";
import { carry, sendAgain, takeUp } from "../shared/denied_event.js";
import { ask, explain, route } from "../shared/common.jsx";

const VISITORS = ["home", "login", "sign_up"].map(route);

// The path to return to: the `next` parameter of a login page, else the page itself.
const next = (mode) => {
  const { pathname, search, hash } = window.location;
  const query = new URLSearchParams(search);
  if (mode === "login" && VISITORS.includes(pathname.replace(/(.)\/$/, "$1"))) return query.get("next") ?? "/";
  for (const said of ["refused", "origin", "linked", "proved"]) query.delete(said);
  if (mode === "prove") query.set("proved", carry());
  const rest = query.toString();
  return pathname + (rest && `?${rest}`) + hash;
};

const leave = async (name, body) => {
  const asked = { method: "POST", type: "application/json", body: JSON.stringify(body) };
  const { url } = await ask(`foreign/${name}`, asked);
  window.location.assign(url);
};

// Shows an error of the redirect that the server started last.
let complain = () => {};

// The server redirects the page to a provider by setting the "value" of a control with this name.
refs["ref_foreign"] = {
  current: {
    set value({ name, ...body }) {
      leave(name, body).catch((error) => complain(explain(error)));
    },
  },
};

export function Origins({ built, live, known, mode, words, divider }) {
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
      await leave(name, { mode, keep: mode === "login" && keep, next: next(mode) });
    } catch (error) {
      setBusy("");
      setProblem(explain(error));
    }
  };
  const ring = createElement("span", { className: "ring", "aria-hidden": true });
  const button = ({ name, label }) => {
    const props = { key: name, type: "button", className: "button-quiet", "aria-busy": busy === name };
    return createElement("button", { ...props, onClick: (event) => press(event, name) }, ring, words.replace("{label}", label));
  };
  const notice = createElement("p", { role: "alert", className: problem ? "notice-bad" : "hidden" }, problem);
  const or = divider && createElement("p", { className: "or" }, divider);
  return createElement("div", { className: "origins" }, or, notice, origins.map(button));
}

// Shows errors on the way to a provider, when the server started the redirect.
export function LeftHere() {
  const [words, setWords] = useState("");
  useEffect(() => {
    complain = setWords;
  }, []);
  return createElement("p", { role: "alert", className: words ? "notice-bad" : "hidden" }, words);
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
