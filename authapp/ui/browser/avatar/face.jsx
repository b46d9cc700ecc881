// The avatar of a user in a circle, or the initials. Without `words` it is hidden from screen readers.
import { createElement, useState } from "react";
import { picture } from "../shared/api.js";

export function Face({ avatar, initials, words, large }) {
  const [broken, setBroken] = useState("");
  const className = large ? "face face-large" : "face";
  if (!avatar || broken === avatar) {
    const about = words ? { role: "img", "aria-label": words } : { "aria-hidden": true };
    return createElement("span", { className, ...about }, initials);
  }
  const onError = () => setBroken(avatar);
  return createElement("img", { className, alt: words ?? "", onError, ...picture(avatar) });
}
