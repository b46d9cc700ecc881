// Small elements that several components use.
import { createElement } from "react";
import { t } from "./texts.js";

// An error, or an empty place for one, which screen readers watch.
export const alert = (message, className = "notice-bad") =>
  createElement("p", { role: "alert", className: message ? className : "visually-hidden" }, message);

export const button = (className, onClick, ...label) =>
  createElement("button", { type: "button", className, onClick }, ...label);

export const oneMoment = () => createElement("p", { role: "status", className: "waiting" }, t("One moment…"));

// The spinner in a button that waits.
export const ring = (className = "ring") => createElement("span", { className, "aria-hidden": true });

// The children of a component as a list: Reflex passes a single child without one.
export const listOf = (children) => [children].flat();
