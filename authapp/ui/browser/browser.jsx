// Browser code of the components: answer a challenge, exchange a ticket for the cookie, keep typed text when a session
// ends. Everything else is Python.
import { flushSync } from "react-dom";
import { Fragment, createContext, createElement, useContext, useEffect, useLayoutEffect, useId, useRef, useState } from "react";
import { getToken, refs } from "$/utils/state";
import { discard, isKept, keep, send, sendAgain, take } from "./shared/denied_event.js";
import { answer, canProve, hasProved, impostor, noteProof, passwordKept, renew as renewRecord } from "./shared/client.js";
import { counted, language, region, say } from "./shared/texts.js";
import { address, ask, explain, route } from "./shared/common.jsx";

export { Face } from "./shared/common.jsx";

const LONGEST_EMAIL = 254;
const SLOW = say("The server has not answered yet. Try again; nothing you typed is lost.");
const SLOW_AFTER = 8000; // milliseconds

// The page is being left: ignore sessions and requests that end meanwhile.
let leaving = false;
// The signature that the server must send before its ticket is trusted (RFC 5802, 3).
let expected = null;
// Sends a new record of the last proved password, when the server requests one.
let sendRecord = () => {};
// A ticket whose exchange failed with the connection. Its action is done, so the next press only exchanges the ticket.
let unfinished = null;
const TICKET_LIFE = 25_000; // milliseconds; the server gives it 30 seconds
// Shows an error of this page in the form that waits for the server.
let complain = () => {};
// Shows an error when no form waits.
let tell = () => {};
// Tabs of one browser share the cookie: a tab that signs in wakes the signed-out tabs.
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("authapp");

const call = (path, body) => ask(path, { method: "POST", type: "application/json", body: JSON.stringify(body) });

// --- restart: every change of the signed-in user ends here ----------------------------------------------------------

const parsed = (path, home) => {
  try {
    return new URL(path, home);
  } catch {
    return null;
  }
};

const load = (path) => {
  const home = window.location.origin;
  const asked = parsed(path, home);
  const target = asked?.origin === home ? asked : new URL("/", home);
  sessionStorage.removeItem("token"); // a new session needs a new tab token
  const here = window.location;
  if (target.pathname === here.pathname && target.search === here.search) here.reload();
  else here.replace(target.href);
};

// Reconnect with the current cookie. Reflex reconnects on these two events.
const reconnect = () => {
  window.dispatchEvent(new Event("pagehide"));
  document.dispatchEvent(new Event("visibilitychange"));
};

const restart = async (order) => {
  const { path, ticket, signature, logOut, link } = order;
  unfinished = null;
  try {
    const proved = expected !== null && ticket;
    if (proved && signature !== expected) return complain(impostor().message);
    expected = null;
    leaving = true;
    if (proved) noteProof(address(""));
    if (proved && order.renewal) await sendRecord(order.renewal);
    if (logOut) await call("logout", {});
    const session = ticket ? await call("session", { ticket, tab: getToken() }) : null;
    if (session && link) sessionStorage.setItem(LINK, link);
    if (session?.reason) return load(`${route("waiting")}?next=${encodeURIComponent(path)}`);
    if (session) tabs?.postMessage(session.user_id);
    if (logOut && path !== route("link")) sessionStorage.removeItem(LINK); // for another user, perhaps
    if (session) sessionStorage.setItem(ENTERED, "1");
    if (session && (signedOut.who === session.user_id || signedOut.asked)) {
      leaving = false;
      reconnect(); // logged in again in the dialog: the page stays as it was
    } else {
      load(path);
    }
  } catch (error) {
    leaving = false;
    order.until ??= Date.now() + TICKET_LIFE;
    if (ticket && !error.told) unfinished = order;
    (logOut ? tell : complain)(explain(error));
  }
};

// The server calls this by setting the "value" of a control with this name, so that no var holds the order.
refs["ref_restart"] = { current: { set value(order) { restart(order); } } };

// --- renew: a step-up gives the session a new key, and the page stays -----------------------------------------------

const RENEWED = "renewed"; // the message to other tabs of this browser
let trading = false; // the cookie is about to change: ignore a session that ends meanwhile
let line = ""; // the connection of this page; changes with each reconnect
let left = null; // the connection that was closed
let held = []; // events to send after the reconnect

// The cookie has changed. Reconnect, and send the waiting event when the page is hydrated again.
const comeBack = (event) => {
  if (event) held.push(event);
  left = line;
  reconnect();
};

const cameBack = (now, hydrated) => {
  line = now;
  if (left === null || line === left || !hydrated) return;
  left = null;
  held.splice(0).forEach(send);
};

const renew = async (order) => {
  unfinished = null;
  trading = true;
  try {
    await call("session", { ticket: order.ticket, tab: getToken() });
    trading = false;
    tabs?.postMessage(RENEWED);
    const event = take();
    stepUp.close();
    comeBack(event);
  } catch (error) {
    trading = false;
    order.until ??= Date.now() + TICKET_LIFE;
    if (!error.told) unfinished = { ...order, renews: true };
    complain(explain(error));
  }
};

refs["ref_renew"] = { current: { set value(order) { renew(order); } } };

// Another tab renewed the key, and an event was sent with the old key.
refs["ref_renewed"] = { current: { set value({ event }) { if (!leaving && !trading) comeBack(event); } } };

// The user logged in, but the next page is signed out: the browser did not keep the cookie.
const ENTERED = "authapp-entered";

export function CookieCheck({ who, known, children }) {
  const [isLost, setIsLost] = useState(false);
  useEffect(() => {
    if (!known) return;
    if (!who && sessionStorage.getItem(ENTERED)) setIsLost(true);
    sessionStorage.removeItem(ENTERED);
  }, [known, who]);
  return isLost && !who ? children : null;
}

// The page loaded, so `floor.js` shows no message. Remove the URL parameter that a redirect to the public host added.
if (typeof window !== "undefined") {
  window.authappLoaded = true;
  const url = new URL(window.location.href);
  if (url.searchParams.has("authapp-host")) {
    url.searchParams.delete("authapp-host");
    window.history.replaceState(window.history.state, "", url);
  }
}

// --- log in by challenge: the reply goes over the socket ------------------------------------------------------------

const credentials = async (data, password, again, mayTell) => {
  const { identifier } = data;
  expected = null;
  const odd = !identifier.trim() || identifier.length > LONGEST_EMAIL || identifier.includes("\0");
  if (odd || !password) return data; // the server refuses it and names the field
  const plain = async () => {
    if (hasProved(address("")) && !(await mayTell())) throw passwordKept();
    return { ...data, password };
  };
  if (!canProve()) return plain();
  const proved = await answer(call, identifier, password, again);
  if (!proved) return null; // this user is signed in already, in another tab
  const { id, reply, signature } = proved;
  if (!reply) return plain();
  sendRecord = (renewal) => renewRecord(call, password, renewal);
  if (!again) expected = signature; // a step-up returns no signature
  return { ...data, challenge_id: id, reply };
};

// --- forms: one submission at a time, visible waiting, focus on the refused field ---------------------------------

export function Form({ answers, deeds, challenge, again, onSend, children, ...rest }) {
  const form = useRef(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [changed, setChanged] = useState(false); // edited since the last answer: hide its success message
  const [stale, setStale] = useState(false); // an error is newer than the last answer: hide the answer
  const [decide, setDecide] = useState(null); // resolves whether the password itself may be sent
  const seen = useRef(answers);

  useEffect(() => {
    if (seen.current === answers) return;
    seen.current = answers;
    const wrong = form.current?.querySelector("[aria-invalid=true]") ?? form.current?.querySelector("[data-refusal]");
    form.current?.removeAttribute("data-stale"); // at once: a hidden element cannot get the focus
    wrong?.focus();
    if (wrong?.name === "code") wrong.select(); // users replace a wrong code instead of editing it
    setProblem("");
    setChanged(false);
    setStale(false);
    if (wrong || !leaving) setBusy(false);
  }, [answers]);

  const done = useRef(deeds);
  useEffect(() => {
    if (done.current !== deeds) form.current.reset();
    done.current = deeds;
  }, [deeds]);

  const show = (words) => {
    setProblem(words);
    setStale(true);
    setBusy(false);
  };

  useEffect(() => {
    if (!busy || decide) return;
    // An event that was lost with the connection is never answered: the user must be able to send it again.
    const timer = setTimeout(() => show(SLOW), SLOW_AFTER);
    return () => clearTimeout(timer);
  }, [busy, decide]);

  const mayTell = async () => {
    const decided = await new Promise((resolve) => setDecide(() => resolve));
    setDecide(null);
    return decided;
  };

  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem("");
    complain = show;
    if (unfinished && Date.now() < unfinished.until) return (unfinished.renews ? renew : restart)(unfinished);
    try {
      const data = Object.fromEntries(new FormData(event.currentTarget));
      if (!challenge) return onSend(data);
      data.keep = data.keep !== undefined;
      const secret = form.current.querySelector("[data-password]").value;
      const sent = await credentials(data, secret, Boolean(again), mayTell);
      if (sent) onSend(sent);
      else load(new URLSearchParams(window.location.search).get("next") ?? "/");
    } catch (error) {
      complain(explain(error));
    }
  };

  const notice = createElement("p", { role: "alert", className: problem ? "notice-bad" : "hidden" }, problem);
  const news = { "data-changed": changed || undefined, "data-stale": stale || undefined };
  const edit = () => {
    unfinished = null; // the user wants something else now
    setChanged(true);
  };
  const props = { ref: form, onSubmit: send, onInput: edit, noValidate: true, method: "dialog", "aria-busy": busy };
  const question = decide && createElement(AskToSend, { key: "ask", onDecide: decide });
  return createElement("form", { ...props, ...news, ...rest }, notice, children, question);
}

const ASK_TO_SEND = say(
  "Until now, this browser proved your password without sending it. Now the server asks for the password itself. This is normal for an account that was imported from another system. If yours was not, someone may be trying to read your password: press “Cancel”.",
);

// Asks before the browser sends the password itself to a server that did not need it before.
function AskToSend({ onDecide }) {
  const dialog = useRef(null);
  const send = useRef(false);
  useEffect(() => dialog.current.showModal(), []);
  const close = (wanted) => () => {
    send.current = wanted;
    dialog.current.close();
  };
  const button = (className, onClick, words) => createElement("button", { type: "button", className, onClick }, words);
  const props = { ref: dialog, onClose: () => onDecide(send.current), className: "dialog", "aria-labelledby": "ask-to-send" };
  const heading = createElement("h2", { id: "ask-to-send", className: "heading" }, say("Send your password?"));
  const words = createElement("p", null, ASK_TO_SEND);
  const no = button("button-quiet", close(false), say("Cancel"));
  const choices = createElement("div", { className: "choices" }, no, button("button", close(true), say("Send the password")));
  return createElement("dialog", props, createElement("div", null, heading, words, choices));
}

// Password field with a show button, and advice while typing a new password.
export function PasswordInput({ label, least, secret, ...rest }) {
  const [shown, setShown] = useState(false);
  const [typed, setTyped] = useState("");
  const input = createElement("input", {
    type: shown ? "text" : "password",
    spellCheck: false,
    autoCapitalize: "none",
    className: "input",
    "data-password": secret ? true : undefined,
    onChange: least ? (event) => setTyped(event.target.value) : undefined,
    ...rest,
  });
  const toggle = createElement(
    "button",
    { type: "button", className: "show", "aria-pressed": shown, onClick: () => setShown(!shown) },
    shown ? say("Hide") : say("Show"),
  );
  const count = [...typed].length;
  const words = least ? hint(typed, count, least) : "";
  const refused = rest["aria-invalid"] === "true"; // praise would contradict the refusal
  const advice = least
    ? createElement("p", { className: "hint", "aria-live": "polite" }, refused && words === ENOUGH ? "" : words)
    : null;
  return createElement("div", null, createElement("div", { className: "password" }, input, toggle), advice);
}

// Text field that follows the stored value, and never overwrites typed text.
export function TextInput({ initial, lines, ...rest }) {
  const input = useRef(null);
  const followed = useRef(initial ?? "");
  useEffect(() => {
    const kept = initial ?? "";
    if (input.current.value === followed.current) input.current.value = kept;
    followed.current = kept;
  }, [initial]);
  const given = { ref: input, className: "input", defaultValue: initial, ...rest };
  return lines ? createElement("textarea", { rows: lines, ...given }) : createElement("input", given);
}

const ENOUGH = say("Good");
const hint = (typed, count, least) => {
  if (!count) return say("At least {least} characters. A few words in a row are easy to remember.", { least });
  if (count < least) return counted("{count} more character", "{count} more characters", least - count);
  if (count > 256) return say("This is longer than 256 characters.");
  if (new Set(typed).size < 4) return say("Too repetitive");
  return ENOUGH;
};

// --- guards: shown content stays behind a dialog until its user is back -------------------------------------------

// The signed-out user of this page, for the login dialog; or `asked`, when a visitor was asked to log in.
const signedOut = { who: "", identifier: "", asked: false, ask: () => {} };

// Guarded page: shows nothing before the access rule is checked. Shown content stays behind a dialog when the session
// ends, until its user is back. A user who lost access no longer sees it.
export function Guarded({ page, shown, isOpen, who, known, login, children }) {
  const [content, otherwise] = [children].flat();
  const seen = useRef(false);
  const isSaid = known && shown === page;
  if (who && isSaid) seen.current = isOpen;
  const isStrange = known && !who && !seen.current;
  useEffect(() => {
    if (!isStrange) return;
    leaving = true;
    const { pathname, search } = window.location;
    window.location.replace(`${login}?next=${encodeURIComponent(pathname + search)}`);
  }, [isStrange]);
  if (seen.current) return content;
  if (who && isSaid) return otherwise;
  return createElement("p", { role: "status", className: "waiting" }, say("One moment…"));
}

// Dialog that says why an event was denied. The server opens it by setting the "value" of a control with this name.
export function Denied({ children }) {
  const [again, close] = [children].flat();
  const dialog = useRef(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    const order = ({ message, code, event }) => {
      if (leaving) return;
      keep(event);
      if (code === "SessionExpired") signedOut.ask();
      else setWords(message);
    };
    refs["ref_denied"] = { current: { set value(wanted) { order(wanted); } } };
  }, []);
  useEffect(() => {
    if (words) dialog.current.showModal();
  }, [words]);
  if (!words) return null;
  const button = (className, onClick, ...said) => createElement("button", { type: "button", className, onClick }, ...said);
  const put = () => dialog.current.close(); // returns the focus to the pressed element
  const retry = () => {
    put();
    sendAgain();
  };
  const heading = createElement("h2", { id: "denied", className: "heading" }, words);
  const choices = [button("button-quiet", put, close), isKept() && button("button", retry, again)];
  const props = { ref: dialog, onClose: () => setWords(""), className: "dialog", "aria-labelledby": "denied" };
  const row = createElement("div", { className: "choices" }, ...choices);
  return createElement("dialog", props, createElement("div", null, heading, row));
}

export function Members({ who, known, children }) {
  const [content, visitor] = [children].flat();
  const shown = useRef(false);
  if (who) shown.current = true;
  if (shown.current) return content;
  return known ? visitor : createElement("p", { role: "status", className: "waiting" }, say("One moment…"));
}

export function SignedOut({ who, identifier, children }) {
  const [again, visitor, login, leave, newcomers, notNow] = [children].flat();
  const dialog = useRef(null);
  const first = useRef("");
  const [open, setOpen] = useState(false);
  if (who && !first.current) first.current = who;
  if (who && identifier) signedOut.identifier = identifier;

  useEffect(() => {
    if (!first.current || leaving || (trading && !who)) return;
    if (who) tabs?.postMessage(who); // a login through a provider sends no other message
    if (who && who !== first.current) window.location.reload(); // a different user now: keep nothing of the first one
    signedOut.who = who ? "" : first.current;
    if (who) signedOut.asked = false;
    setOpen(!who);
    if (who) sendAgain();
  }, [who]);

  useEffect(() => {
    signedOut.ask = () => {
      if (first.current) return; // the page learns soon that its session ended, and opens then with its user
      signedOut.asked = true;
      setOpen(true);
    };
  }, []);

  useEffect(() => {
    if (!open) return;
    dialog.current.showModal();
    const field = dialog.current.querySelector("[name=identifier]");
    if (field && !field.value) field.value = signedOut.identifier;
    const empty = field && !field.value; // a visitor without a known identifier
    (empty ? field : dialog.current.querySelector("[data-password]"))?.focus();
  }, [open]);

  useEffect(() => {
    const wake = ({ data }) => {
      // A hidden page cannot reconnect by itself. The server closes its connection in a moment, and it handles that.
      const isNews = data === RENEWED && !trading && document.visibilityState === "visible";
      if (signedOut.who || isNews) reconnect();
    };
    tabs?.addEventListener("message", wake);
    return () => tabs?.removeEventListener("message", wake);
  }, []);

  if (!open) return null; // no login form in the page of a signed-in user
  const isVisitor = !first.current;
  const stay = (event) => isVisitor || event.preventDefault(); // closing it would leave a page that does not work
  const closed = () => {
    if (!isVisitor) return dialog.current?.showModal(); // browsers close it on a second Escape in any case
    signedOut.asked = false;
    discard();
    setOpen(false);
  };
  const props = { ref: dialog, onCancel: stay, onClose: closed, className: "dialog", "aria-labelledby": "signed-out" };
  const close = () => dialog.current?.close();
  const back = createElement("button", { type: "button", className: "button-quiet", onClick: close }, notNow);
  const parts = isVisitor ? [visitor, login, newcomers, back] : [again, login, leave];
  return createElement("dialog", props, createElement("div", null, ...parts));
}

const stepUp = { close: () => {} };

// Step-up dialog, which names the action. The server opens it by setting the "value" of a control with this name.
// Closing it discards the action.
export function StepUp({ line, hydrated, onOpen, onGiveUp, children }) {
  const dialog = useRef(null);
  const [action, setAction] = useState("");
  const proved = useRef(false);
  const open = Boolean(action);
  useEffect(() => {
    const order = (wanted) => {
      if (leaving) return;
      keep(wanted.event);
      proved.current = false;
      setAction(wanted.action);
    };
    refs["ref_step_up"] = { current: { set value(wanted) { order(wanted); } } };
    stepUp.close = () => {
      proved.current = true;
      dialog.current?.close(); // returns the focus to the pressed element
    };
  }, []);

  useEffect(() => cameBack(line, hydrated), [line, hydrated]);

  useEffect(() => {
    if (open) onOpen();
  }, [open, line]); // another server must load the providers again

  useEffect(() => {
    if (!open) return;
    dialog.current.showModal();
    dialog.current.querySelector("[data-password]")?.focus();
  }, [open]);

  if (!open) return null;
  const closed = () => {
    setAction("");
    if (proved.current) return;
    discard();
    onGiveUp();
  };
  const asked = createElement("p", { id: "step-up-action", className: "text" }, say("Requested action: {action}", { action }));
  const cancel = createElement(
    "button",
    { type: "button", className: "button-quiet", onClick: () => dialog.current.close() },
    say("Cancel"),
  );
  const named = { "aria-labelledby": "step-up", "aria-describedby": "step-up-action" };
  const [heading, ...rest] = [children].flat();
  const inner = createElement("div", null, heading, asked, ...rest, cancel);
  return createElement("dialog", { ref: dialog, onClose: closed, className: "dialog", ...named }, inner);
}

// Button without a form: shows that it waits until the server has answered.
export function Action({ answers, onPress, children, ...rest }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const seen = useRef(answers);
  const self = useRef(null);
  const waits = useRef(false);
  useEffect(() => {
    if (seen.current !== answers) {
      setBusy(false);
      setProblem("");
      waits.current = false;
    }
    seen.current = answers;
  }, [answers]);
  useLayoutEffect(() => {
    const button = self.current;
    const matter = button.closest("section");
    return () => {
      const held = waits.current || document.activeElement === button; // also after a step-up, which returned the focus
      if (held) setTimeout(() => stayWith(matter)); // the answer removed the button
    };
  }, []);
  useEffect(() => {
    if (!busy) return;
    const timer = setTimeout(() => {
      setProblem(SLOW);
      setBusy(false);
    }, SLOW_AFTER);
    return () => clearTimeout(timer);
  }, [busy]);
  const press = () => {
    if (busy || rest["aria-disabled"]) return;
    setProblem("");
    setBusy(true);
    waits.current = true;
    onPress();
  };
  const ring = createElement("span", { className: "ring", "aria-hidden": true });
  const notice = createElement("p", { role: "alert", className: problem ? "notice-bad" : "hidden" }, problem);
  const props = { ref: self, type: "button", "aria-busy": busy, onClick: press, ...rest };
  return createElement(Fragment, null, notice, createElement("button", props, ring, children));
}

// Keep the focus of keyboard users at the result of the action or the heading of its section, not at the page top.
const stayWith = (matter) => {
  if (document.activeElement !== document.body || !matter) return;
  const said = [...matter.querySelectorAll("[role=status], [role=alert]")].find((one) => one.textContent);
  const place = said ?? matter.querySelector("h1, h2");
  if (!place) return;
  place.tabIndex = -1;
  place.focus();
};

// --- the popup that waits for a code ------------------------------------------------------------------------------

// The page stores the key of its waiting step, and finds the step again after a reload, a lost connection or a server
// restart. The token of the tab, which proxies log, is not enough for that.
const STEP = "authapp-step:";
const popups = new Map(); // by the name of the state: the function that opens and closes the popup
const Step = createContext({});

const keepStep = (name, step) => {
  if (step) sessionStorage.setItem(STEP + name, step);
  else sessionStorage.removeItem(STEP + name);
};

// The server opens and closes a popup by setting the "value" of a control with this name.
refs["ref_code"] = {
  current: {
    set value({ name, step, again }) {
      const wanted = again ? (sessionStorage.getItem(STEP + name) ?? "") : step;
      keepStep(name, wanted);
      popups.get(name)?.(wanted);
    },
  },
};

export function CodeDialog({ name, label, field, known, who, onResume, onGiveUp, children }) {
  const dialog = useRef(null);
  const [step, setStep] = useState("");
  const [shown, setShown] = useState(false); // stays true while a restarted server loads the step again
  const [aside, setAside] = useState(false); // put aside with Escape: the code is still valid

  useEffect(() => {
    const order = (wanted) => {
      if (!wanted && leaving) return; // stays open until the next page has loaded
      if (!wanted) dialog.current?.close(); // returns the focus to the pressed element
      setAside(false);
      setStep(wanted);
    };
    popups.set(name, order);
    setStep(sessionStorage.getItem(STEP + name) ?? "");
    return () => popups.delete(name);
  }, [name]);

  useEffect(() => {
    if (step && known) setShown(true);
    if (step && !known) onResume(step);
    if (!step) setShown(false);
  }, [step, known, who]); // `who`: a user whose session ended is signed in again

  const open = shown && !aside;
  useEffect(() => {
    if (!open) return;
    const panel = document.getElementById(field)?.closest("[role=tabpanel][hidden]");
    document.getElementById(panel?.getAttribute("aria-labelledby"))?.click(); // the tab of its form
    dialog.current.showModal();
    dialog.current.querySelector("[name=code]").focus();
  }, [open]);

  if (!shown) return null;
  if (aside) {
    const back = { type: "button", className: "button-quiet", onClick: () => setAside(false) };
    const words = createElement("p", null, say("You haven’t entered your code yet."));
    return createElement("aside", { "aria-label": say("Code"), className: "aside" }, words, createElement("button", back, say("Enter the code")));
  }
  const closed = () => setAside(Boolean(sessionStorage.getItem(STEP + name)));
  const props = { ref: dialog, onClose: closed, className: "dialog", "aria-labelledby": label };
  const change = () => {
    keepStep(name, "");
    dialog.current.close();
    setStep("");
    onGiveUp(step);
    document.getElementById(field)?.focus();
  };
  const inner = createElement("div", null, children);
  return createElement("dialog", props, createElement(Step.Provider, { value: { step, change } }, inner));
}

// --- the key of a mailed link -------------------------------------------------------------------------------------

// The key is in the URL fragment, which no server and no proxy sees. The page removes it at once, before a request is
// sent or the URL is shared. The tab stores it for a reload, and for the return from a login, language change or proof.
const LINK = "authapp-link";
const LinkContext = createContext("");

// Take the key out of the URL. Return whether there was one.
const takeKey = () => {
  const { pathname, search, hash } = window.location;
  if (pathname.replace(/(.)\/$/, "$1") !== route("link") || hash.length < 2) return false;
  sessionStorage.setItem(LINK, hash.slice(1));
  window.history.replaceState(window.history.state, "", pathname + search);
  return true;
};
let taken = typeof document !== "undefined" && takeKey();

// Return the key of this page. A link in the old format left it in a cookie, which is exchanged for the key.
const keyOfLink = async () => {
  if (!taken && !takeKey()) {
    const { key } = await call("links/pending", {}).catch(() => ({}));
    if (key) sessionStorage.setItem(LINK, key);
  }
  taken = false;
  return sessionStorage.getItem(LINK) ?? "";
};

export function LinkKey({ known, who, outcome, onLook, children }) {
  const [key, setKey] = useState(null);
  const looked = useRef(null);
  useEffect(() => {
    let here = true;
    keyOfLink().then((found) => here && setKey(found));
    const another = () => takeKey() && setKey(sessionStorage.getItem(LINK));
    window.addEventListener("hashchange", another);
    return () => {
      here = false;
      window.removeEventListener("hashchange", another);
    };
  }, []);
  useEffect(() => {
    const wanted = `${who} ${key}`;
    if (key === null || !known || (looked.current === wanted && outcome)) return;
    looked.current = wanted;
    onLook(key);
  }, [key, known, who, outcome]);
  return createElement(LinkContext.Provider, { value: key ?? "" }, children);
}

export function LinkKeyField() {
  return createElement("input", { type: "hidden", name: "key", value: useContext(LinkContext), readOnly: true });
}

const CODE = /(?<!\d)\d(?:[\s\u2010-\u2015-]?\d){5}(?!\d)/;

// Code field. A pasted message is reduced to its code.
export function CodeInput(props) {
  const paste = (event) => {
    const found = CODE.exec(event.clipboardData.getData("text"));
    if (!found) return;
    event.preventDefault();
    event.target.value = found[0].replace(/\D/g, "");
  };
  const input = createElement("input", {
    name: "code",
    type: "text",
    inputMode: "numeric",
    autoComplete: "one-time-code",
    className: "input code",
    onPaste: paste,
    onFocus: (event) => event.target.select(),
    ...props,
  });
  const key = createElement("input", { type: "hidden", name: "step", value: useContext(Step).step ?? "", readOnly: true });
  return createElement("div", null, input, key);
}

export function SendAgain({ answers, sends, pause, onPress, children }) {
  const { step } = useContext(Step);
  const [left, setLeft] = useState(pause);
  const last = useRef(sends);
  useEffect(() => {
    if (!sends || last.current === sends) return;
    last.current = sends;
    const code = document.querySelector("dialog[open] [name=code]");
    if (!code) return;
    code.value = ""; // the previous code is invalid
    code.focus();
  }, [sends]);
  useEffect(() => {
    const until = Date.now() + pause * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [sends, pause, answers]);
  const id = useId();
  const minutes = Math.ceil(left / 60);
  const wait =
    left > 120
      ? counted("Resend in {count} min", "Resend in {count} min", minutes)
      : counted("Resend in {count} s", "Resend in {count} s", left);
  const words = left ? wait : say("No code? Check the number, or get a new one.");
  const hint = createElement("p", { id, className: "hint" }, words);
  const props = { answers, onPress: () => onPress(step), className: "button-quiet", "aria-describedby": id };
  const button = createElement(Action, { ...props, "aria-disabled": left > 0 }, say("Resend"));
  return createElement("div", null, hint, createElement("div", { className: "choices" }, button, children));
}

export function ChangeTarget({ children }) {
  const { change } = useContext(Step);
  return createElement("button", { type: "button", className: "button-quiet", onClick: change }, children);
}

// --- tabs -----------------------------------------------------------------------------------------------------------

// The URL of the page names the shown tab, for reloads and links.
export function Tabs({ names, words, children }) {
  const panels = [children].flat();
  const [chosen, setChosen] = useState(0);
  const list = useRef(null);
  useEffect(() => {
    const look = () => setChosen(Math.max(0, names.indexOf(window.location.hash.slice(1))));
    look();
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  const choose = (index) => {
    setChosen(index);
    window.history.replaceState(window.history.state, "", `#${names[index]}`);
    list.current.children[index].focus();
  };
  const step = { ArrowRight: 1, ArrowLeft: -1 };
  const move = (event) => {
    if (step[event.key]) choose((chosen + step[event.key] + names.length) % names.length);
  };
  const tabs = names.map((name, index) =>
    createElement(
      "button",
      {
        key: name,
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        className: "tab",
        "aria-controls": `panel-${name}`,
        "aria-selected": index === chosen,
        tabIndex: index === chosen ? 0 : -1,
        onClick: () => choose(index),
      },
      words[index],
    ),
  );
  const shown = panels.map((panel, index) =>
    createElement(
      "div",
      { key: names[index], role: "tabpanel", id: `panel-${names[index]}`, "aria-labelledby": `tab-${names[index]}`, hidden: index !== chosen },
      panel,
    ),
  );
  const bar = createElement("div", { ref: list, role: "tablist", className: "tabs", onKeyDown: move }, tabs);
  return createElement("div", { className: "stack" }, bar, shown);
}

// Scrolls to the element for which the user opened the page, and gives it the focus.
export function LeadTo({ when, field }) {
  useEffect(() => {
    if (!when) return;
    const found = document.getElementById(field);
    found?.scrollIntoView({ block: "center" });
    found?.focus({ preventScroll: true });
  }, [when]);
  return null;
}

// Errors that belong to no form.
export function Notice() {
  const [words, setWords] = useState("");
  useEffect(() => {
    tell = setWords;
  }, []);
  return createElement("p", { role: "alert", className: words ? "notice-bad page-notice" : "hidden" }, words);
}

// Logging out needs no socket: a bad connection must not keep a user signed in.
export function LogOut({ children }) {
  const leave = () => restart({ path: route("home"), logOut: true });
  return createElement("button", { type: "button", className: "button-quiet", onClick: leave }, children);
}

// Skip link past the header. A link of the router would scroll, but not move the focus.
export function SkipLink({ children }) {
  const skip = (event) => {
    event.preventDefault();
    document.getElementById("content").focus();
  };
  return createElement("a", { href: "#content", className: "skip", onClick: skip }, children);
}

// --- waiting login: for the confirmation of an email address, or for an administrator --------------------------------

// Milliseconds. A long wait is polled less often.
const ASK_EVERY = 4000;
const ASK_LATER = 15_000;
const SOON = 15; // polls at the short interval

export function Waiting({ reasons, children }) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let timer = 0;
    let asked = 0;
    const ask = async () => {
      try {
        const answer = await call("wait", {});
        setProblem("");
        if (answer.reason) setReason(answer.reason);
        else {
          leaving = true;
          tabs?.postMessage(answer.user_id);
          return load(new URLSearchParams(window.location.search).get("next") ?? "/");
        }
      } catch (error) {
        if (error.code === "TicketNotFoundOrExpired") return setReason("over");
        setProblem(explain(error));
      }
      asked += 1;
      timer = setTimeout(ask, asked < SOON ? ASK_EVERY : ASK_LATER);
    };
    ask();
    return () => clearTimeout(timer);
  }, []);
  const looking = createElement("p", { role: "status", className: "waiting" }, say("One moment…"));
  const notice = createElement("p", { role: "alert", className: problem ? "notice-bad" : "hidden" }, problem);
  const shown = [children].flat()[reasons.indexOf(reason)];
  return createElement("div", { className: "stack", "aria-live": "polite" }, notice, shown ?? looking);
}

// --- where a mail went: shown until the user returns to the form --------------------------------------------------

// The server deliberately forgets it when the connection is lost: the token of a tab must not reveal typed text. The
// page can keep it.
const Mailed = createContext({});

export function MailSent({ to, onAgain, children }) {
  const [ask, sent] = [children].flat();
  const [address, setAddress] = useState("");
  const seen = useRef(to); // ignore mails from before the page was opened
  if (to !== seen.current) {
    seen.current = to;
    if (to) setAddress(to);
  }
  const again = () => {
    flushSync(() => setAddress(""));
    document.querySelector("main input")?.focus();
    onAgain();
  };
  return createElement(Mailed.Provider, { value: { address, again } }, address ? sent : ask);
}

export function SentTo() {
  return createElement("strong", null, useContext(Mailed).address);
}

export function AnotherAddress({ children }) {
  const props = { type: "button", className: "button-quiet", onClick: useContext(Mailed).again };
  return createElement("button", props, children);
}

// --- the language ---------------------------------------------------------------------------------------------------

// Save the language and return the one that applies from now on. The current page keeps its language until a reload.
const choose = async (wanted) => {
  const body = JSON.stringify({ language: wanted });
  return (await ask("language", { method: "PUT", type: "application/json", body })).language;
};

// Language choice for visitors: each language by its own name.
export function Languages({ offered }) {
  const [current, setCurrent] = useState(""); // unknown while the static page is built
  useEffect(() => setCurrent(language), []);
  const [problem, setProblem] = useState("");
  const press = (code) =>
    choose(code).then(
      () => window.location.reload(),
      (error) => setProblem(explain(error)),
    );
  const button = ({ code, name }) =>
    createElement(
      "button",
      { key: code, type: "button", lang: code, className: "link", "aria-current": code === current ? "true" : undefined, onClick: () => press(code) },
      name,
    );
  const notice = createElement("p", { role: "alert", className: problem ? "notice-bad" : "hidden" }, problem);
  return createElement("nav", { "aria-label": say("Language"), className: "languages" }, offered.map(button), notice);
}

// Language choice in the settings, for pages and mails; empty means the language of the browser.
export function LanguageForm({ offered, chosen, children }) {
  const [wanted, setWanted] = useState(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState("");
  const [problem, setProblem] = useState("");
  const save = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setDone("");
    setProblem("");
    try {
      if ((await choose(wanted ?? chosen)) !== language) return window.location.reload();
      setDone(say("Saved."));
    } catch (error) {
      setProblem(explain(error));
    }
    setBusy(false);
  };
  const option = ({ code, name }) => createElement("option", { key: code, value: code, lang: code || undefined }, name);
  const all = [{ code: "", name: say("Browser language") }, ...offered];
  const about = { id: "language-choice", className: "input", value: wanted ?? chosen, "aria-describedby": "language-refusal" };
  return createElement(
    "form",
    { className: "form", onSubmit: save, method: "dialog", "aria-busy": busy },
    createElement("label", { className: "label", htmlFor: "language-choice" }, say("Language for pages and messages")),
    createElement("select", { ...about, onChange: (event) => setWanted(event.target.value) }, all.map(option)),
    createElement("p", { id: "language-refusal", role: "alert", className: problem ? "refusal" : "hidden" }, problem),
    children,
    createElement("p", { role: "status", className: "good" }, done),
  );
}

// --- small things -------------------------------------------------------------------------------------------------

// Ignore the second half of a double click when the first half replaced the clicked element.
let pressed = null;
const stray = (event) => {
  if (event.detail < 2) pressed = event.target;
  else if (pressed && !pressed.isConnected) {
    event.preventDefault();
    event.stopPropagation();
  }
};
if (typeof document !== "undefined") document.addEventListener("click", stray, true);

// Time in the time zone and language of the reader.
export function Time({ at }) {
  const [words, setWords] = useState("");
  useEffect(() => {
    const form = new Intl.DateTimeFormat(region(), { dateStyle: "medium", timeStyle: "short" });
    setWords(form.format(new Date(at)));
  }, [at]);
  return createElement("time", { dateTime: at }, words);
}

// Link to a file of the API. The browser sends the session cookie.
export function Download({ path, children, ...rest }) {
  return createElement("a", { href: address(path), download: true, ...rest }, children);
}

// Sends an event at an interval while the page is visible.
export function Every({ seconds, onTick }) {
  const tick = useRef(onTick);
  tick.current = onTick;
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && tick.current(), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return null;
}
