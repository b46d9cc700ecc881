// Shared by the files beside this one: calls to our API, and the avatar.
import { createElement, useState } from "react";
import { getBackendURL } from "$/utils/state";
import { app } from "$/utils/context-registry";
import { AuthError, request } from "./client.js";
import { say } from "./texts.js";

const BROKEN = say("Something went wrong on this page. Reload it.");

// The message for an error. Only a request without a response is a lost connection; a bug of ours is not.
export const explain = (error) => {
  if (error.told) return error.told;
  if (error instanceof AuthError) return error.message;
  console.error(error);
  return BROKEN;
};

// The path of the API from the settings, which the head of the page contains.
const told = typeof document === "undefined" ? null : document.querySelector("meta[name=authapp-api]");
export const api = told?.content ?? "/api/v1";

// The paths of our pages, which the head of the page contains too.
const moved = typeof document === "undefined" ? null : document.querySelector("meta[name=authapp-routes]");
const routes = JSON.parse(moved?.content ?? "{}");
export const route = (page) => routes[page] ?? "/";

// The development server has its own port, so our API is on another origin.
const home = () => (app.isDevMode ? getBackendURL().origin : "");

// The URL of an API call.
export const address = (path) => `${home()}${api}/${path}`;

// Call the API. The message of a refusal is in the error's `told`.
export const ask = (path, { method = "GET", type, body, patience } = {}) =>
  request(address(path), {
    method,
    headers: type ? { "Content-Type": type } : {},
    body,
    credentials: "include",
    signal: patience ? AbortSignal.timeout(patience) : undefined,
  });

// The avatar of a user in a circle, or the initials. Without `words` it is hidden from screen readers.
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
