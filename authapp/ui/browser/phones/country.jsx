// Below a phone field: the country choice, when the number was typed without its country code, and the number in
// dialling format. The page sends the number that it shows.
import { createElement, useEffect, useRef, useState } from "react";
import { refs } from "$/utils/state";
import { say } from "../shared/texts.js";

const WAIT = 300; // milliseconds after the last key
const FEWEST = 5; // digits of a number, in a field that accepts email addresses too
const INVISIBLE = /[\p{Cf}\p{Variation_Selector}]/gu;
const NUMBER = /^(tel:)?[\p{Nd}\s()+./\p{Pd}\u2212\u30fc\u301c]+[.,;:!?\u3002]*$/iu;

const isNumber = (text) => {
  const plain = text.replace(INVISIBLE, "").normalize("NFKC").trim();
  return NUMBER.test(plain) && (plain.match(/\p{Nd}/gu) ?? []).length >= FEWEST;
};
const hasCode = (text) => /^(tel:)?\s*(\+|00)/i.test(text.replace(INVISIBLE, "").normalize("NFKC").trim());

const CHECK = say("Check the country and the number, then continue.");

// The country names in the language of the page. The server sends them once.
let names = [];

// The server answers by setting the "value" of a control with this name, so that no var holds typed text.
const readers = new Set();
refs["ref_phone_reading"] = {
  current: {
    set value(reading) {
      if (reading.names.length) names = reading.names;
      for (const read of readers) read(reading);
    },
  },
};

export function Country({ field, onRead }) {
  const [reading, setReading] = useState(null); // the server's reading of the field
  const [problem, setProblem] = useState(""); // why the form was not sent
  const now = useRef({ text: "", chosen: "", reading: null, held: "" });
  const select = useRef(null);

  const show = (found, said) => {
    now.current.reading = found;
    setReading(found);
    setProblem(said);
  };
  const read = (text, chosen) => onRead(text, chosen, names.length === 0);

  useEffect(() => {
    const input = document.getElementById(field);
    const form = input.form;
    const state = now.current;
    const asked = () => `${state.chosen} ${state.text}`;
    let timer;
    const changed = () => {
      clearTimeout(timer);
      if (input.value === state.text) return;
      Object.assign(state, { text: input.value, held: "" });
      if (!isNumber(state.text)) return show(null, "");
      timer = setTimeout(() => read(state.text, state.chosen), WAIT);
    };
    const answered = (found) => {
      if (found.text !== state.text || found.chosen !== state.chosen) return;
      show(found, state.held === asked() ? CHECK : "");
    };
    // Hold the form back until a number without country code was shown with its country code.
    const hold = (event) => {
      changed();
      clearTimeout(timer);
      const isCertain = !isNumber(state.text) || hasCode(state.text) || state.reading?.number;
      if (isCertain || state.held === asked()) return;
      state.held = asked(); // hold once only, so that a silent server blocks nobody: it refuses what it cannot parse
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
    readers.add(answered);
    return () => {
      clearTimeout(timer);
      for (const [target, name, listener] of listeners) target.removeEventListener(name, listener);
      readers.delete(answered);
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
  const options = [createElement("option", { key: "", value: "" }, say("Choose a country")), ...names.map(option)];
  const about = { id, ref: select, className: "input", value: reading?.country ?? "", onChange: choose };
  const question = createElement("label", { htmlFor: id, className: "label" }, say("Country of this number"));
  const country = createElement("div", { className: "country" }, question, createElement("select", about, options));
  const dialled = reading?.number ? say("It is dialled as {number}.", { number: reading.dialled }) : "";
  return createElement(
    "div",
    null,
    needsCountry ? country : null,
    createElement("p", { className: "hint", role: "status" }, dialled),
    createElement("p", { className: problem ? "refusal" : "hidden", role: "alert" }, problem),
  );
}
