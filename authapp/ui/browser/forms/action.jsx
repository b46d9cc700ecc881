// Button without a form: shows that it waits until the server has answered.
import { Fragment, createElement, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { alert, ring } from "../shared/elements.js";
import { useSlowAnswer } from "./slow.js";

// `about`: the id of the object of the action, which completes the name of the button: "Remove ann@example.com".
export function Action({ answers, onPress, about, children, ...rest }) {
  const id = useId();
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
    const section = button.closest("section");
    return () => {
      const hadFocus = waits.current || document.activeElement === button; // also after a step-up, which returned it
      if (hadFocus) setTimeout(() => focusResult(section)); // the answer removed the button
    };
  }, []);

  useSlowAnswer(busy, (message) => {
    setProblem(message);
    setBusy(false);
  });

  const press = () => {
    if (busy || rest["aria-disabled"]) return;
    setProblem("");
    setBusy(true);
    waits.current = true;
    onPress();
  };
  const name = about && { "aria-labelledby": `${id} ${about}` };
  const props = { ref: self, type: "button", "aria-busy": busy, onClick: press, ...name, ...rest };
  const words = createElement("span", { id }, children);
  return createElement(Fragment, null, alert(problem), createElement("button", props, ring(), words));
}

// Keep the focus of keyboard users at the result of the action or the heading of its section, not at the page top.
const focusResult = (section) => {
  if (document.activeElement !== document.body || !section) return;
  const messages = [...section.querySelectorAll("[role=status], [role=alert]")];
  const target = messages.find((message) => message.textContent) ?? section.querySelector("h1, h2");
  if (!target) return;
  target.tabIndex = -1;
  target.focus();
};
