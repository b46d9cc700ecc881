// Tabs. The URL of the page names the shown one, for reloads and links.
import { createElement, useEffect, useRef, useState } from "react";
import { listOf } from "../shared/elements.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

// Scroll a bar sideways until one of its tabs is in the middle.
const reveal = (bar, tab) => {
  const place = tab.getBoundingClientRect();
  const room = bar.getBoundingClientRect();
  bar.scrollLeft += place.left + place.width / 2 - (room.left + room.width / 2);
};

export function Tabs({ names, words, children }) {
  const [chosen, setChosen] = useState(0);
  const bar = useRef(null);
  useEffect(() => {
    const follow = () => setChosen(Math.max(0, names.indexOf(window.location.hash.slice(1))));
    follow();
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => reveal(bar.current, bar.current.children[chosen]), [chosen]);
  const choose = (index) => {
    setChosen(index);
    window.history.replaceState(window.history.state, "", `#${names[index]}`);
    bar.current.children[index].focus({ preventScroll: true });
  };
  const move = (event) => {
    const step = STEPS[event.key];
    if (step) choose((chosen + step + names.length) % names.length);
  };
  const tab = (name, index) => {
    const props = {
      key: name,
      type: "button",
      role: "tab",
      id: `tab-${name}`,
      className: "tab",
      "aria-controls": `panel-${name}`,
      "aria-selected": index === chosen,
      tabIndex: index === chosen ? 0 : -1,
      onClick: () => choose(index),
    };
    return createElement("button", props, words[index]);
  };
  const panel = (content, index) => {
    const name = names[index];
    const props = {
      key: name,
      role: "tabpanel",
      id: `panel-${name}`,
      "aria-labelledby": `tab-${name}`,
      hidden: index !== chosen,
    };
    return createElement("div", props, content);
  };
  return createElement(
    "div",
    { className: "stack" },
    createElement("div", { ref: bar, role: "tablist", className: "tabs", onKeyDown: move }, names.map(tab)),
    listOf(children).map(panel),
  );
}
