// Parts of the frame around a page.
import { createElement, useEffect, useState } from "react";
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
