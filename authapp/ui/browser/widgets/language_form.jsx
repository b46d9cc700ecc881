// Language choice in the settings, for pages and mails; empty means the language of the browser.
import { createElement, useState } from "react";
import { explain, put } from "../shared/api.js";
import { language, t } from "../shared/texts.js";

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
      // The answer is the language that applies from now on. The page keeps its language until it is loaded again.
      const applied = await put("language", { language: wanted ?? chosen });
      if (applied.language !== language) return window.location.reload();
      setDone(t("Saved."));
    } catch (error) {
      setProblem(explain(error));
    }
    setBusy(false);
  };
  const option = ({ code, name }) => createElement("option", { key: code, value: code, lang: code || undefined }, name);
  const options = [{ code: "", name: t("Browser language") }, ...offered].map(option);
  const props = {
    id: "language-choice",
    className: "input",
    value: wanted ?? chosen,
    "aria-describedby": "language-refusal",
    onChange: (event) => setWanted(event.target.value),
  };
  return createElement(
    "form",
    { className: "form", onSubmit: save, method: "dialog", "aria-busy": busy },
    createElement(
      "div",
      null,
      createElement("label", { className: "label", htmlFor: props.id }, t("Language for pages and messages")),
      createElement("select", props, options),
      createElement(
        "p",
        { id: "language-refusal", role: "alert", className: problem ? "refusal" : "visually-hidden" },
        problem,
      ),
    ),
    children,
    createElement("p", { role: "status", className: "good" }, done),
  );
}
