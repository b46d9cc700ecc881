// Calls to our API from our pages.
import { getBackendURL } from "$/utils/state";
import { app } from "$/utils/context-registry";
import { AuthError, request } from "./client.js";
import { api } from "./head.js";
import { t } from "./texts.js";

const BROKEN = t("Something went wrong on this page. Reload it.");

// The message for an error. Only a request without a response is a lost connection; a bug of ours is not.
export const explain = (error) => {
  if (error.told) return error.told;
  if (error instanceof AuthError) return error.message;
  console.error(error);
  return BROKEN;
};

// The development server has its own port, so our API is on another origin.
const home = () => (app.isDevMode ? getBackendURL().origin : "");

// The URL of an API call.
export const address = (path) => `${home()}${api}/${path}`;

// The properties of an image element that shows a picture of the API.
export const picture = (path) => ({
  src: home() + path,
  crossOrigin: app.isDevMode ? "use-credentials" : undefined,
});

// Call the API. The message of a refusal is in the error's `told`.
export const ask = (path, { method = "GET", type, body, patience } = {}) =>
  request(address(path), {
    method,
    headers: type ? { "Content-Type": type } : {},
    body,
    credentials: "include",
    signal: patience ? AbortSignal.timeout(patience) : undefined,
  });

const askWithJson = (method) => (path, body) =>
  ask(path, { method, type: "application/json", body: JSON.stringify(body) });

export const post = askWithJson("POST");
export const put = askWithJson("PUT");
