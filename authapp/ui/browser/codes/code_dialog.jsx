// Dialog that is open while a flow waits for a code.
import { createContext, createElement, useContext, useEffect, useRef, useState } from "react";
import { button } from "../shared/elements.js";
import { page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { setCodeDialog, storeStep, storedStep } from "./steps.js";

const LOOKS = [2, 5, 10, 20, 40, 80, 160]; // seconds after a code was sent: a service may refuse the number late

export const Step = createContext({});

// Show the tab that contains a field.
const showTabOf = (field) => {
  const panel = document.getElementById(field)?.closest("[role=tabpanel][hidden]");
  document.getElementById(panel?.getAttribute("aria-labelledby"))?.click();
};

export function CodeDialog(properties) {
  const { name, label, field, known, sends, undelivered, who, onResume, onLook, onGiveUp, children } = properties;
  const dialog = useRef(null);
  const [step, setStep] = useState("");
  const [shown, setShown] = useState(false); // stays true while a restarted server loads the step again
  const [aside, setAside] = useState(false); // put aside with Escape: the code is still valid

  useEffect(() => {
    const show = (wanted) => {
      if (!wanted && page.isLeaving) return; // stays open until the next page has loaded
      if (!wanted) dialog.current?.close(); // returns the focus to the pressed element
      setAside(false);
      setStep(wanted);
    };
    setStep(storedStep(name));
    return setCodeDialog(name, show);
  }, [name]);

  useEffect(() => {
    if (step && known) setShown(true);
    if (step && !known) onResume(step);
    if (!step) setShown(false);
  }, [step, known, who]); // `who`: a user whose session ended is logged in again

  const open = shown && !aside;
  useEffect(() => {
    if (!open) return;
    showTabOf(field);
    dialog.current.showModal();
    dialog.current.querySelector("[name=code]").focus();
  }, [open]);

  useEffect(() => {
    if (!open || !step || undelivered) return;
    const timers = LOOKS.map((seconds) => setTimeout(() => onLook(step), seconds * 1000));
    return () => timers.forEach(clearTimeout);
  }, [open, step, sends, undelivered]);

  if (!shown) return null;
  if (aside) return createElement(Aside, { onOpen: () => setAside(false) });
  const closed = () => setAside(Boolean(storedStep(name)));
  const change = (to) => {
    storeStep(name, "");
    dialog.current.close();
    setStep("");
    onGiveUp(step);
    if (!to) return document.getElementById(field)?.focus();
    showTabOf(to);
    setTimeout(() => document.getElementById(to)?.focus()); // the tab is shown by then
  };
  const props = { ref: dialog, onClose: closed, className: "dialog", "aria-labelledby": label };
  const content = createElement("div", null, children);
  return createElement("dialog", props, createElement(Step.Provider, { value: { step, change } }, content));
}

// Keep the end of the page, and the element with the focus, clear of an element that covers the end of the window.
const keepClearOf = (element) => {
  const { style } = document.documentElement;
  const makeRoom = () => {
    const room = `calc(${element.offsetHeight}px + 2rem)`;
    document.body.style.paddingBlockEnd = room;
    style.scrollPaddingBlockEnd = room;
  };
  const observer = new ResizeObserver(makeRoom);
  makeRoom();
  observer.observe(element);
  document.activeElement?.scrollIntoView({ block: "nearest" });
  return () => {
    observer.disconnect();
    document.body.style.paddingBlockEnd = "";
    style.scrollPaddingBlockEnd = "";
  };
};

// Reminder in place of a dialog that was put aside.
function Aside({ onOpen }) {
  const bar = useRef(null);
  useEffect(() => keepClearOf(bar.current), []);
  const words = createElement("p", null, t("You haven’t entered your code yet."));
  const back = button("button-quiet", onOpen, t("Enter the code"));
  return createElement("aside", { ref: bar, "aria-label": t("Code"), className: "aside" }, words, back);
}

export function ChangeTarget({ to, children }) {
  const { change } = useContext(Step);
  const props = { type: "button", className: "button-quiet", onClick: () => change(to) };
  return createElement("button", props, children);
}
