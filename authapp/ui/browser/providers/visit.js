// A visit to a provider: where it starts, and where the browser returns to.
import { post } from "../shared/api.js";
import { carry } from "../shared/denied_event.js";
import { route } from "../shared/head.js";

const VISITORS = ["home", "login", "sign_up"].map(route); // pages with a `next` parameter
const ANSWERS = ["refused", "origin", "linked", "proved"]; // parameters of an earlier visit

// The path to return to: the `next` parameter of a login page, else the page itself.
export const returnPath = (mode) => {
  const { pathname, search, hash } = window.location;
  const query = new URLSearchParams(search);
  if (mode === "login" && VISITORS.includes(pathname.replace(/(.)\/$/, "$1"))) return query.get("next") ?? "/";
  for (const answer of ANSWERS) query.delete(answer);
  if (mode === "prove") query.set("proved", carry());
  const rest = query.toString();
  return pathname + (rest && `?${rest}`) + hash;
};

// Go to a provider.
export const visit = async (name, body) => {
  const { url } = await post(`foreign/${name}`, body);
  window.location.assign(url);
};
