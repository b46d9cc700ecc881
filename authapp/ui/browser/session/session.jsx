// Components about the session of the page: the button that ends it, and the check of its cookie.
import { createElement, useEffect, useState } from "react";
import { route } from "../shared/head.js";
import { ENTERED, restart } from "./restart.js";

// Logging out needs no socket: a bad connection must not keep a user logged in.
export function LogOut({ children }) {
  const leave = () => restart({ path: route("home"), logOut: true });
  return createElement("button", { type: "button", className: "button-quiet", onClick: leave }, children);
}

// Shows its children when the user logged in, but the next page is logged out: the browser did not keep the cookie.
export function CookieCheck({ who, known, children }) {
  const [isLost, setIsLost] = useState(false);
  useEffect(() => {
    if (!known) return;
    if (!who && sessionStorage.getItem(ENTERED)) setIsLost(true);
    sessionStorage.removeItem(ENTERED);
  }, [known, who]);
  return isLost && !who ? children : null;
}
