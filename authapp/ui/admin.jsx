// What the admin page does in the browser: a search that is answered while one types, and a person in the address.
import { createElement, useEffect, useRef, useState } from "react";

const PAUSE = 150; // milliseconds after the last key
const SLOW_AFTER = 8000;

// Each search has a number, and the server says which one its list answers: what is older is never shown as newer.
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
    // What was lost on a dying line never comes back: it is asked for again.
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

// A link to a person, or back to the list: part of the address, so that a reload shows the same and Back leads back.
export function PersonLink({ person, onChoose, children, ...rest }) {
  const press = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return; // a tab of its own
    event.preventDefault();
    window.history.pushState(window.history.state, "", place(person));
    onChoose(person);
  };
  return createElement("a", { href: person ? `?${PARAMETER}=${person}` : "?", onClick: press, ...rest }, children);
}

// The list, or a person: whichever is chosen has the focus, and Back and Forward are followed.
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
