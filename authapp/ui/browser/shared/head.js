// Facts in the head of the page: the path of the API, and the paths of our pages.
const content = (name) =>
  typeof document === "undefined" ? undefined : document.querySelector(`meta[name=${name}]`)?.content;

// The path of the API, from the settings.
export const api = content("authapp-api") ?? "/api/v1";

const routes = JSON.parse(content("authapp-routes") ?? "{}");

// The path of one of our pages, by its name.
export const route = (page) => routes[page] ?? "/";
