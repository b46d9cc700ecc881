// What pages say, in the language of who reads them. Where that is not English, `{rpc_path}/texts/<language>.js` ran
// before anything else here, and left its texts behind.
import { Fragment, createElement } from "react";

const { language = "en", words = {}, forms = [] } = globalThis.authappTexts ?? {};

export { language };

const fill = (text, given) => text.replace(/\{(\w+)\}/g, (place, name) => given[name] ?? place);
const find = (plain) => (Object.hasOwn(words, plain) ? words[plain] : undefined);

// A text, and what fills its places.
export const say = (plain, given = {}) => fill(find(plain) ?? plain, given);

// A text that depends on a number. A translation is the number of its plural rule, then one text for each form.
export const counted = (one, more, count, given = {}) => {
  const [rule, ...translated] = find(one) ?? [];
  const text = translated[forms[rule]?.(count)] ?? (count === 1 ? one : more);
  return fill(text, { count, ...given });
};

// A text with elements in some of its places, wherever a language puts them.
export function Words({ plain, names, given, children }) {
  const shown = [children].flat();
  const parts = (find(plain) ?? plain).split(/\{(\w+)\}/);
  const filled = parts.map((part, at) => {
    if (at % 2 === 0) return part;
    return names.includes(part) ? createElement(Fragment, { key: at }, shown[names.indexOf(part)]) : given[part];
  });
  return createElement(Fragment, null, filled);
}

// The language for dates and numbers: the reader's own kind of the one that the page is in.
export const region = () => navigator.languages.find((one) => one.split("-")[0] === language.split("-")[0]) ?? language;
