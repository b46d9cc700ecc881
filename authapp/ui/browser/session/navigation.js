// Ways to another page, and back to the server on the same page.
import { page } from "../shared/page.js";

const parsed = (path, home) => {
  try {
    return new URL(path, home);
  } catch {
    return null;
  }
};

// Load a page of this site anew; the main page in place of one of another site.
export const load = (path) => {
  const home = window.location.origin;
  const requested = parsed(path, home);
  const target = requested?.origin === home ? requested : new URL("/", home);
  sessionStorage.removeItem("token"); // a new session needs a new tab token
  const here = window.location;
  if (target.pathname === here.pathname && target.search === here.search) here.reload();
  else here.replace(target.href);
};

// Load the page that a login leads to.
export const loadNext = () => load(new URLSearchParams(window.location.search).get("next") ?? "/");

// Reconnect with the current cookie. Reflex reconnects on these two events.
export const reconnect = () => {
  window.dispatchEvent(new Event("pagehide"));
  document.dispatchEvent(new Event("visibilitychange"));
};

// Reconnect after the cookie has changed, and send a waiting event when the page is hydrated again.
export const reconnectWith = (event) => {
  page.awaitConnection(event);
  reconnect();
};
