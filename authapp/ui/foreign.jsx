// Logins with an account elsewhere: the buttons, the way there, and what is said to whoever comes back.
import { createElement, useEffect, useState } from "react";
import { refs } from "$/utils/state";
import { carry, sendAgain, takeUp } from "$/public/external/authapp/ui/browser/again.js";
import { ask, explain, route } from "$/public/external/authapp/ui/browser/common.jsx";

const VISITORS = ["home", "login", "sign_up"].map(route);

// Where to come back to: what the page leads on to, else the page itself.
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

// What was asked for last can be told that it went wrong.
let complain = () => {};

// The server sends the page elsewhere by setting the "value" of a control by this name.
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
    const back = () => setBusy(""); // with the browser's own button, to the page as it was left
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

// Hears what goes wrong on the way to another origin that the server sent the page to.
export function LeftHere() {
  const [words, setWords] = useState("");
  useEffect(() => {
    complain = setWords;
  }, []);
  return createElement("p", { role: "alert", className: words ? "notice-bad" : "hidden" }, words);
}

// Whoever comes back with a new proof goes on with what was asked for. An address that says so proves nothing: the event
// is asked once more whether it may.
export function Proved({ who, hydrated }) {
  useEffect(() => {
    const url = new URL(window.location.href);
    if (!who || !hydrated || !url.searchParams.has("proved")) return;
    takeUp(url.searchParams.get("proved"));
    url.searchParams.delete("proved"); // a reload asks for nothing
    window.history.replaceState(window.history.state, "", url);
    sendAgain();
  }, [who, hydrated]);
  return null;
}
