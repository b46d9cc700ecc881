// A browser with one page, as far as our scripts notice. Open the page first, then import the scripts dynamically.
class Storage {
  #items = new Map();

  getItem(name) {
    return this.#items.get(name) ?? null;
  }

  setItem(name, value) {
    this.#items.set(name, String(value));
  }

  removeItem(name) {
    this.#items.delete(name);
  }
}

class Location {
  visits = []; // what the scripts loaded; the page itself stays

  constructor(url) {
    this.url = new URL(url);
  }

  get href() {
    return this.url.href;
  }

  get origin() {
    return this.url.origin;
  }

  get pathname() {
    return this.url.pathname;
  }

  get search() {
    return this.url.search;
  }

  get hash() {
    return this.url.hash;
  }

  replace(url) {
    this.visits.push(url);
  }

  assign(url) {
    this.visits.push(url);
  }

  reload() {
    this.visits.push("reload");
  }
}

const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

// Open a page. `metas`: the content of its meta elements, by name. `fields`: its password fields.
export const openPage = (url = "https://app.example/", { metas = {}, fields = [], stored = {} } = {}) => {
  const location = new Location(url);
  const messages = []; // to other tabs
  const window = Object.assign(new EventTarget(), { location });
  window.history = {
    state: null,
    replaceState(state, title, path) {
      location.url = new URL(path, location.url);
    },
  };
  const document = Object.assign(new EventTarget(), {
    visibilityState: "visible",
    querySelector: (selector) => {
      const name = /^meta\[name=(.*)\]$/.exec(selector)?.[1];
      return name in metas ? { content: metas[name] } : null;
    },
    querySelectorAll: () => fields,
  });
  class BroadcastChannel extends EventTarget {
    postMessage(message) {
      messages.push(message);
    }
  }
  const sessionStorage = new Storage();
  for (const [name, value] of Object.entries(stored)) sessionStorage.setItem(name, value);
  const globals = { window, document, location, BroadcastChannel, sessionStorage, localStorage: new Storage() };
  for (const [name, value] of Object.entries(globals)) define(name, value);
  return { location, messages, fields, window, document, sessionStorage };
};

// Answer requests in their order, and note them. An answer is a body, `[status, body]`, or an error of the connection.
export const answerWith = (...answers) => {
  const requests = [];
  define("fetch", async (url, options) => {
    const { pathname } = new URL(url, globalThis.location?.href);
    const path = pathname.replace("/api/v1/", "");
    requests.push({ method: options.method, path, body: options.body && JSON.parse(options.body), options });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    const [status, body] = Array.isArray(answer) ? answer : [200, answer];
    return Response.json(body, { status });
  });
  return requests;
};
