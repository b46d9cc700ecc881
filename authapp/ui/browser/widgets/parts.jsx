// Small parts of pages.
import { createElement, useEffect, useRef, useState } from "react";
import { address } from "../shared/api.js";
import { region } from "../shared/texts.js";

// Time in the time zone and language of the reader.
export function Time({ at }) {
  const [words, setWords] = useState("");
  useEffect(() => {
    const format = new Intl.DateTimeFormat(region(), { dateStyle: "medium", timeStyle: "short" });
    setWords(format.format(new Date(at)));
  }, [at]);
  return createElement("time", { dateTime: at }, words);
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

// Scrolls to the element for which the user opened the page, and gives it the focus.
export function LeadTo({ when, field }) {
  useEffect(() => {
    if (!when) return;
    const target = document.getElementById(field);
    target?.scrollIntoView({ block: "center" });
    target?.focus({ preventScroll: true });
  }, [when]);
  return null;
}

// Link to a file of the API. The browser sends the session cookie.
export function Download({ path, children, ...rest }) {
  return createElement("a", { href: address(path), download: true, ...rest }, children);
}
