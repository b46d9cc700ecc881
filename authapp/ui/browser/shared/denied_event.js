// The last denied event of this page, as the page sent it. It waits here, only in the memory of the page, until the
// user may send it again. A newer denied event replaces it.
import { ReflexEvent } from "$/utils/state";
import { eventLoop } from "$/utils/context-registry";

const PATIENCE = 600_000; // milliseconds
const CARRIED = "authapp-denied";
let kept = null;

export const keep = (event) => {
  kept = event ? { ...event, until: Date.now() + PATIENCE } : null;
};

export const isKept = () => kept !== null;

export const discard = () => {
  kept = null;
  sessionStorage.removeItem(CARRIED);
};

// Return the kept event, once.
export const take = () => {
  const event = kept && Date.now() < kept.until ? kept : null;
  kept = null;
  return event;
};

export const send = (event) => {
  if (event) eventLoop.addEvents([ReflexEvent(event.name, event.payload)], [], {});
};

export const sendAgain = () => send(take());

// --- over a visit to a provider, which takes the page away ----------------------------------------------------------

// Read and removed on every page, so that an abandoned event is never sent later.
let carried = null;
if (typeof window !== "undefined") {
  carried = JSON.parse(sessionStorage.getItem(CARRIED) ?? "null");
  sessionStorage.removeItem(CARRIED);
}

// Whether an event contains a password that is typed in the page: the browser may write its storage to a disk.
const holdsSecret = ({ payload }) => {
  const sent = JSON.stringify(payload);
  const fields = document.querySelectorAll("input[type=password], input[autocomplete$=password], [data-password]");
  return [...fields].some(({ value }) => value && sent.includes(JSON.stringify(value).slice(1, -1)));
};

const randomMark = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

// Store the kept event during the visit. Return the mark with which the page can take it up again.
export const carry = () => {
  const mark = randomMark();
  if (kept && !holdsSecret(kept)) sessionStorage.setItem(CARRIED, JSON.stringify({ mark, event: kept }));
  return mark;
};

export const takeUp = (mark) => {
  if (carried?.mark === mark) kept = carried.event;
  carried = null;
};
