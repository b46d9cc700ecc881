// Browser code of the admin page: search while typing, and the chosen user in the URL.
import { createElement, useEffect, useRef, useState } from "react";

const PAUSE = 150; // milliseconds after the last key
const SLOW_AFTER = 8000;

// Each search has a number, and the server returns the number with its results: an old result never replaces a new one.
export function Search({ id, answered, onSearch, ...rest }) {
  const [asked, setAsked] = useState(0);
  const [late, setLate] = useState(false);
  const input = useRef(null);
  const timer = useRef(0);
  const sent = useRef({ text: "", number: 0 });
  const busy = asked > answered;

  const send = () => {
    const text = input.current.value;
    if (text === sent.current.text) return;
    sent.current = { text, number: sent.current.number + 1 };
    setAsked(sent.current.number);
    onSearch(sent.current);
  };
  const typed = (event) => {
    clearTimeout(timer.current);
    if (!event.nativeEvent.isComposing) timer.current = setTimeout(send, PAUSE);
  };
  const entered = (event) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    clearTimeout(timer.current);
    send();
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    setLate(false);
    if (!busy) return;
    // An event that was lost with the connection is never answered: send it again.
    const again = setTimeout(() => {
      setLate(true);
      onSearch(sent.current);
    }, SLOW_AFTER);
    return () => clearTimeout(again);
  }, [busy, asked]);

  const field = createElement("input", {
    ref: input,
    id,
    type: "search",
    autoComplete: "off",
    autoCapitalize: "none",
    spellCheck: false,
    maxLength: 200,
    className: "input",
    onInput: typed,
    onCompositionEnd: typed,
    onKeyDown: entered,
    ...rest,
  });
  const ring = createElement("span", { className: "ring search-ring", "aria-hidden": true });
  const slow = createElement("p", { role: "status", className: late ? "hint" : "hidden" }, late ? rest["data-slow"] : "");
  return createElement("div", null, createElement("div", { className: "relative", "aria-busy": busy }, field, ring), slow);
}

const PARAMETER = "person";
const chosen = () => new URLSearchParams(window.location.search).get(PARAMETER) ?? "";
const place = (id) => `${window.location.pathname}${id ? `?${PARAMETER}=${encodeURIComponent(id)}` : ""}${window.location.hash}`;

// Link to a user, or back to the list. The URL changes with it, so that reload and the Back button work.
export function PersonLink({ person, onChoose, children, ...rest }) {
  const press = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return; // opens a new tab
    event.preventDefault();
    window.history.pushState(window.history.state, "", place(person));
    onChoose(person);
  };
  return createElement("a", { href: person ? `?${PARAMETER}=${person}` : "?", onClick: press, ...rest }, children);
}

// The list, or one user. The visible part gets the focus, and the Back and Forward buttons work.
export function ListOrPerson({ person, page, onChoose, children }) {
  const [list, details] = [children].flat();
  const before = useRef(null);
  const own = useRef(null);
  const seen = useRef(page);
  useEffect(() => {
    const follow = () => onChoose(chosen());
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, []);
  useEffect(() => {
    if (before.current !== null && before.current !== person) {
      const back = person ? null : document.querySelector(`a[href="?${PARAMETER}=${before.current}"]`);
      (person ? own.current?.lastElementChild.querySelector("h2") : (back ?? own.current?.querySelector("input")))?.focus();
      if (person) own.current?.scrollIntoView({ block: "start" });
    }
    before.current = person;
  }, [person]);
  useEffect(() => {
    if (seen.current === page) return;
    seen.current = page;
    const top = document.getElementById("found");
    if (top?.getBoundingClientRect().top < 0) top.scrollIntoView({ block: "start" });
  }, [page]);
  return createElement("div", { ref: own }, createElement("div", { hidden: Boolean(person), className: "stack" }, list), person ? details : null);
}
