// The key of an action link. It is in the fragment of the URL, which no server and no proxy sees. The page removes it at
// once, before a request is sent or the URL is shared. The tab stores it for a reload, and for the return from a login,
// language change or proof.
import { route } from "./head.js";

const STORED = "authapp-link";

export const storeKey = (key) => sessionStorage.setItem(STORED, key);
export const storedKey = () => sessionStorage.getItem(STORED);
export const forgetKey = () => sessionStorage.removeItem(STORED);

// Move the key from the URL into the storage of the tab. Return whether there was one.
export const takeKey = () => {
  const { pathname, search, hash } = window.location;
  if (pathname.replace(/(.)\/$/, "$1") !== route("link") || hash.length < 2) return false;
  storeKey(hash.slice(1));
  window.history.replaceState(window.history.state, "", pathname + search);
  return true;
};

let isTaken = typeof document !== "undefined" && takeKey(); // when the page loads

// Whether the URL of this page had a key that was not asked for yet.
export const hasNewKey = () => {
  const isNew = isTaken || takeKey();
  isTaken = false;
  return isNew;
};
