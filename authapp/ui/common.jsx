// What the files beside this one share: a call to our API, and the face of a person.
import { createElement, useState } from "react";
import { getBackendURL } from "$/utils/state";
import { app } from "$/utils/context-registry";
import { AuthError, request } from "./client.js";
import { say } from "$/public/external/authapp/ui/texts/texts.js";

const BROKEN = say("Something went wrong in this page. Please load it again.");

// The words for what went wrong. Only a request that got no answer is a lost connection; a mistake of ours is none.
export const explain = (error) => {
  if (error.told) return error.told;
  if (error instanceof AuthError) return error.message;
  console.error(error);
  return BROKEN;
};

// Where the API is, as the settings say; the page carries it in its head.
const told = typeof document === "undefined" ? null : document.querySelector("meta[name=authapp-api]");
export const api = told?.content ?? "/api/v1";

// Where our pages are; the page carries that in its head too.
const moved = typeof document === "undefined" ? null : document.querySelector("meta[name=authapp-routes]");
const routes = JSON.parse(moved?.content ?? "{}");
export const route = (page) => routes[page] ?? "/";

// The development server has a port of its own, so that our API is on another origin.
const home = () => (app.isDevMode ? getBackendURL().origin : "");

// Where a call of the API is.
export const address = (path) => `${home()}${api}/${path}`;

// Ask the API; the words of a refusal are in the error's `told`.
export const ask = (path, { method = "GET", type, body, patience } = {}) =>
  request(address(path), {
    method,
    headers: type ? { "Content-Type": type } : {},
    body,
    credentials: "include",
    signal: patience ? AbortSignal.timeout(patience) : undefined,
  });

// A person's picture in a circle, or the initials where there is none. Without words of its own it says nothing.
export function Face({ avatar, initials, words, large }) {
  const [broken, setBroken] = useState("");
  const className = large ? "face face-large" : "face";
  if (!avatar || broken === avatar) {
    const about = words ? { role: "img", "aria-label": words } : { "aria-hidden": true };
    return createElement("span", { className, ...about }, initials);
  }
  return createElement("img", {
    className,
    src: home() + avatar,
    alt: words ?? "",
    crossOrigin: app.isDevMode ? "use-credentials" : undefined,
    onError: () => setBroken(avatar),
  });
}
