// Texts of pages, in the language of the reader. Unless that is English, `{rpc_path}/texts/<language>.js` runs before
// all other scripts, and provides the translations.
import { Fragment, createElement } from "react";

const { language = "en", words = {}, forms = [] } = globalThis.authappTexts ?? {};

export { language };

const fill = (text, given) => text.replace(/\{(\w+)\}/g, (place, name) => given[name] ?? place);
const find = (plain) => (Object.hasOwn(words, plain) ? words[plain] : undefined);

// Translate a text and fill its placeholders.
export const t = (plain, given = {}) => fill(find(plain) ?? plain, given);

// Translate a text with a plural. A translation is the index of its plural rule, then one text for each form.
export const tn = (one, more, count, given = {}) => {
  const [rule, ...translated] = find(one) ?? [];
  const text = translated[forms[rule]?.(count)] ?? (count === 1 ? one : more);
  return fill(text, { count, ...given });
};

// Text with elements in some of its placeholders, in the word order of the language.
export function Words({ plain, names, given, children }) {
  const shown = [children].flat();
  const parts = (find(plain) ?? plain).split(/\{(\w+)\}/);
  const filled = parts.map((part, at) => {
    if (at % 2 === 0) return part;
    return names.includes(part) ? createElement(Fragment, { key: at }, shown[names.indexOf(part)]) : given[part];
  });
  return createElement(Fragment, null, filled);
}

// The locale for dates and numbers: the reader's regional variant of the language of the page.
export const region = () => navigator.languages.find((one) => one.split("-")[0] === language.split("-")[0]) ?? language;
