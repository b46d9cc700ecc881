// The chosen user of the admin page, in its URL.
import { createElement, useEffect, useRef } from "react";
import { listOf } from "../shared/elements.js";

const PARAMETER = "person";

const chosen = () => new URLSearchParams(window.location.search).get(PARAMETER) ?? "";

// The URL of this page with a user, or with none.
const pathWith = (id) => {
  const { pathname, hash } = window.location;
  return pathname + (id ? `?${PARAMETER}=${encodeURIComponent(id)}` : "") + hash;
};

// Focus the heading of a user, or the link of the list that led to the user.
const focusShown = (element, person, before) => {
  if (person) return element?.lastElementChild.querySelector("h2")?.focus();
  const link = document.querySelector(`a[href="?${PARAMETER}=${before}"]`);
  (link ?? element?.querySelector("input"))?.focus();
};

// Link to a user, or back to the list. The URL changes with it, so that reload and the Back button work.
export function PersonLink({ person, onChoose, children, ...rest }) {
  const press = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return; // opens a new tab
    event.preventDefault();
    window.history.pushState(window.history.state, "", pathWith(person));
    onChoose(person);
  };
  return createElement("a", { href: person ? `?${PARAMETER}=${person}` : "?", onClick: press, ...rest }, children);
}

// The list, or one user. The visible part gets the focus, and the Back and Forward buttons work.
export function ListOrPerson({ person, page, onChoose, children }) {
  const [list, details] = listOf(children);
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
      focusShown(own.current, person, before.current);
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
  const hideable = createElement("div", { hidden: Boolean(person), className: "stack" }, list);
  return createElement("div", { ref: own }, hideable, person ? details : null);
}
