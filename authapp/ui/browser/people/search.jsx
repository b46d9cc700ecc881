// Search of users while typing.
import { createElement, useEffect, useRef, useState } from "react";
import { ring } from "../shared/elements.js";

const PAUSE = 150; // milliseconds after the last key
const SLOW_AFTER = 8000;

// Each search has a number, and the server returns the number with its results: an old result never replaces a new one.
export function Search({ id, answered, onSearch, ...rest }) {
  const [number, setNumber] = useState(0); // of the last search
  const [late, setLate] = useState(false);
  const input = useRef(null);
  const timer = useRef(0);
  const sent = useRef({ text: "", number: 0 });
  const busy = number > answered;

  const send = () => {
    const text = input.current.value;
    if (text === sent.current.text) return;
    sent.current = { text, number: sent.current.number + 1 };
    setNumber(sent.current.number);
    onSearch(sent.current);
  };
  const sendSoon = (event) => {
    clearTimeout(timer.current);
    if (!event.nativeEvent.isComposing) timer.current = setTimeout(send, PAUSE);
  };
  const sendOnEnter = (event) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    clearTimeout(timer.current);
    send();
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    setLate(false);
    if (!busy) return;
    // An event that was lost with the connection is never answered: send it again.
    const again = setTimeout(() => {
      setLate(true);
      onSearch(sent.current);
    }, SLOW_AFTER);
    return () => clearTimeout(again);
  }, [busy, number]);

  const field = createElement("input", {
    ref: input,
    id,
    type: "search",
    autoComplete: "off",
    autoCapitalize: "none",
    spellCheck: false,
    maxLength: 200,
    className: "input",
    onInput: sendSoon,
    onCompositionEnd: sendSoon,
    onKeyDown: sendOnEnter,
    ...rest,
  });
  const spinner = ring("ring search-ring");
  const slow = createElement(
    "p",
    { role: "status", className: late ? "hint" : "visually-hidden" },
    late ? rest["data-slow"] : "",
  );
  const line = createElement("div", { className: "relative", "aria-busy": busy }, field, spinner);
  return createElement("div", null, line, slow);
}
