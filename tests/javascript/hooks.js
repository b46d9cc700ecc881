// Runs our scripts in Node: `node --import ./tests/javascript/hooks.js --test …`. Modules of Reflex and React are stubs.
import { registerHooks } from "node:module";

const STUBS = {
  "$/utils/state": "./reflex.js",
  "$/utils/context-registry": "./reflex.js",
  react: "./react.js",
};

registerHooks({
  resolve(specifier, context, next) {
    if (specifier in STUBS) return { url: new URL(STUBS[specifier], import.meta.url).href, shortCircuit: true };
    const resolved = next(specifier, context);
    return resolved.url.startsWith("file:") ? { ...resolved, format: "module" } : resolved;
  },
});
