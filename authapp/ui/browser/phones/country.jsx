// Below a phone field: the country choice, when the number was typed without its country code, and the number in
// dialling format. The page sends the number that it shows.
import { createElement, useEffect, useRef, useState } from "react";
import { onOrder } from "../shared/orders.js";
import { t } from "../shared/texts.js";
import { hasCode, isNumber } from "./phone_number.js";

const WAIT = 300; // milliseconds after the last key
const CHECK = t("Check the country and the number, then continue.");

// The country names in the language of the page. The server sends them once.
let names = [];

// The functions that take the answers of the server, one for each field.
const readers = new Set();
onOrder("phone_reading", (reading) => {
  if (reading.names.length) names = reading.names;
  for (const read of readers) read(reading);
});

export function Country({ field, onRead }) {
  const [reading, setReading] = useState(null); // the server's reading of the field
  const [problem, setProblem] = useState(""); // why the form was not sent
  const now = useRef({ text: "", chosen: "", reading: null, held: "" });
  const select = useRef(null);

  const show = (shown, message) => {
    now.current.reading = shown;
    setReading(shown);
    setProblem(message);
  };
  const read = (text, chosen) => onRead(text, chosen, names.length === 0);

  useEffect(() => {
    const input = document.getElementById(field);
    const form = input.form;
    const state = now.current;
    const question = () => `${state.chosen} ${state.text}`;
    let timer;
    const changed = () => {
      clearTimeout(timer);
      if (input.value === state.text) return;
      Object.assign(state, { text: input.value, held: "" });
      if (!isNumber(state.text)) return show(null, "");
      timer = setTimeout(() => read(state.text, state.chosen), WAIT);
    };
    const takeAnswer = (answer) => {
      if (answer.text !== state.text || answer.chosen !== state.chosen) return;
      show(answer, state.held === question() ? CHECK : "");
    };
    // Hold the form back until a number without country code was shown with its country code.
    const hold = (event) => {
      changed();
      clearTimeout(timer);
      const isCertain = !isNumber(state.text) || hasCode(state.text) || state.reading?.number;
      if (isCertain || state.held === question()) return;
      state.held = question(); // hold once only, so that a silent server blocks nobody: it refuses what it cannot parse
      event.preventDefault();
      event.stopPropagation();
      if (!state.reading) read(state.text, state.chosen);
      setProblem(CHECK);
    };
    const send = (event) => {
      if (state.reading?.number && state.text === input.value) event.formData.set(input.name, state.reading.number);
    };
    const empty = () => {
      Object.assign(state, { text: "", held: "" });
      show(null, "");
    };
    const listeners = [
      [input, "input", changed],
      [form, "submit", hold],
      [form, "formdata", send],
      [form, "reset", empty],
    ];
    for (const [target, name, listener] of listeners) target.addEventListener(name, listener);
    readers.add(takeAnswer);
    return () => {
      clearTimeout(timer);
      for (const [target, name, listener] of listeners) target.removeEventListener(name, listener);
      readers.delete(takeAnswer);
    };
  }, [field]);

  useEffect(() => {
    if (problem) select.current?.focus();
  }, [problem, reading]);

  const choose = (event) => {
    Object.assign(now.current, { chosen: event.target.value, held: "" });
    show({ ...reading, number: "", dialled: "", chosen: event.target.value, country: event.target.value }, "");
    read(now.current.text, event.target.value);
  };

  const id = `${field}-country`;
  const needsCountry = reading?.needs_country;
  const option = ([code, name, prefix]) => createElement("option", { key: code, value: code }, `${name} (+${prefix})`);
  const options = [createElement("option", { key: "", value: "" }, t("Choose a country")), ...names.map(option)];
  const about = { id, ref: select, className: "input", value: reading?.country ?? "", onChange: choose };
  const label = createElement("label", { htmlFor: id, className: "label" }, t("Country of this number"));
  const country = createElement("div", { className: "country" }, label, createElement("select", about, options));
  const dialled = reading?.number ? t("It is dialled as {number}.", { number: reading.dialled }) : "";
  return createElement(
    "div",
    null,
    needsCountry ? country : null,
    createElement("p", { className: "hint", role: "status" }, dialled),
    createElement("p", { className: problem ? "refusal" : "visually-hidden", role: "alert" }, problem),
  );
}
