// Language choice for visitors: each language by its own name.
import { createElement, useEffect, useState } from "react";
import { explain, put } from "../shared/api.js";
import { alert } from "../shared/elements.js";
import { language, t } from "../shared/texts.js";

export function Languages({ offered }) {
  const [current, setCurrent] = useState(""); // unknown while the static page is built
  useEffect(() => setCurrent(language), []);
  const [problem, setProblem] = useState("");
  const choose = (code) =>
    put("language", { language: code }).then(
      () => window.location.reload(),
      (error) => setProblem(explain(error)),
    );
  const button = ({ code, name }) => {
    const state = { "aria-current": code === current ? "true" : undefined, onClick: () => choose(code) };
    return createElement("button", { key: code, type: "button", lang: code, className: "link", ...state }, name);
  };
  const props = { "aria-label": t("Language"), className: "languages" };
  return createElement("nav", props, offered.map(button), alert(problem));
}
