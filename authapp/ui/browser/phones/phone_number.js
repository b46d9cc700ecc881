// Typed text that may be a phone number. The server decides; this only says when to ask it.
const FEWEST = 5; // digits of a number, in a field that accepts email addresses too
const INVISIBLE = /[\p{Cf}\p{Variation_Selector}]/gu;
const NUMBER = /^(tel:)?[\p{Nd}\s()+./\p{Pd}\u2212\u30fc\u301c]+[.,;:!?\u3002]*$/iu;

// Whether a text looks like a phone number.
export const isNumber = (text) => {
  const plain = text.replace(INVISIBLE, "").normalize("NFKC").trim();
  return NUMBER.test(plain) && (plain.match(/\p{Nd}/gu) ?? []).length >= FEWEST;
};

// Whether a number starts with its country code.
export const hasCode = (text) => /^(tel:)?\s*(\+|00)/i.test(text.replace(INVISIBLE, "").normalize("NFKC").trim());
