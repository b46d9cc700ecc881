// Parts of the frame around a page.
import { createElement, useEffect, useState } from "react";
import { Link, useLocation } from "react-router";
import { alert } from "../shared/elements.js";
import { page } from "../shared/page.js";

// Errors that belong to no form.
export function Notice() {
  const [message, setMessage] = useState("");
  useEffect(() => page.setPageError(setMessage), []);
  return alert(message, "notice-bad page-notice");
}

// Skip link past the header. A link of the router would scroll, but not move the focus.
export function SkipLink({ children }) {
  const skip = (event) => {
    event.preventDefault();
    document.getElementById("content").focus();
  };
  return createElement("a", { href: "#content", className: "skip", onClick: skip }, children);
}

// Link in the header. On its own page it is marked as the current one.
export function NavLink({ href, children }) {
  const isHere = useLocation().pathname.replace(/(.)\/$/, "$1") === href;
  return createElement(Link, { to: href, className: "link", "aria-current": isHere ? "page" : undefined }, children);
}
