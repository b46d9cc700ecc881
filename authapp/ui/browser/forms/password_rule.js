// The password rule of `core/credentials/passwords.py`, while a new password is typed. The server decides: only it has
// the complete list of common passwords. A table of passwords tests that both agree.
const LONGEST = 256; // characters
const FEWEST_DIFFERENT = 4;
const PADDING = 6; // digits and signs around a common word
const SIGNS = "0123456789!?.,;:-_+*#$%&@ ";
const ROWS = ["abcdefghijklmnopqrstuvwxyza", "01234567890", "qwertyuiopasdfghjklzxcvbnm"];
const STRONG = 15; // different pairs of letters

// Read the packed list: an uppercase letter says how many letters a word shares with the one before, A for none.
export const unpack = (packed) => {
  const words = new Set();
  let word = "";
  for (const [, shared, rest] of packed.matchAll(/([A-Z])([^A-Z]*)/g)) {
    word = word.slice(0, shared.charCodeAt(0) - 65) + rest;
    words.add(word);
  }
  return words;
};

const folded = (text) => text.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");

const stripped = (text) => {
  let [start, end] = [0, text.length];
  while (start < end && SIGNS.includes(text[start])) start += 1;
  while (end > start && SIGNS.includes(text[end - 1])) end -= 1;
  return text.slice(start, end);
};

const repeatsCommon = (text, common) => {
  for (let length = 3; length <= Math.floor(text.length / 2); length += 1) {
    const word = text.slice(0, length);
    if (!common.has(word)) continue;
    const rest = text.replaceAll(word, "");
    if (rest.length <= PADDING * (text.split(word).length - 1) && !stripped(rest)) return true;
  }
  return false;
};

const isCommon = (bare, common) => {
  const word = stripped(bare);
  const isPadded = bare.length - word.length <= PADDING && common.has(word);
  return common.has(bare) || isPadded || repeatsCommon(word, common) || repeatsCommon(bare, common);
};

const isStep = (first, second) => ROWS.some((row) => row.includes(first + second) || row.includes(second + first));

const pairsIn = (letters) => letters.slice(1).map((letter, index) => [letters[index], letter]);

const isRow = (letters) => {
  const pairs = pairsIn(letters);
  return pairs.filter((pair) => isStep(...pair)).length >= 0.9 * pairs.length;
};

const madeOf = (bare, own) => {
  const parts = own.flatMap((words) => folded(words).split(/[^\p{L}\p{N}]+/u)).filter((part) => [...part].length > 2);
  const longestFirst = [...new Set(parts)].sort((one, other) => other.length - one.length);
  const rest = longestFirst.reduce((left, part) => left.replaceAll(part, ""), bare);
  return rest !== bare && [...rest].length < 6;
};

// Whether enough of a password neither belongs to a common word, nor follows a row, nor repeats.
const isStrong = (bare, common) => {
  let rest = bare;
  for (const word of common) if (word.length > 3) rest = rest.replaceAll(word, "*");
  const pairs = pairsIn([...rest]).filter((pair) => !isStep(...pair));
  return new Set(pairs.map((pair) => pair.join(""))).size >= STRONG;
};

// Return why a password is refused: `short`, `long`, `odd`, `common`, `repetitive`, `pattern` or `own`; else `good` or
// `strong`. `least`: its fewest characters. `own`: names and addresses of the user. `common`: words from the list.
export const judge = (password, { least, own = [], common = new Set() }) => {
  const { length } = [...password];
  if (length < least) return "short";
  if (length > LONGEST) return "long";
  if (/[\0\p{Surrogate}]/u.test(password)) return "odd";
  const bare = folded(password);
  const letters = [...bare];
  if (isCommon(bare, common)) return "common";
  if (new Set(letters).size < FEWEST_DIFFERENT) return "repetitive";
  if (isRow(letters)) return "pattern";
  if (madeOf(bare, own)) return "own";
  return isStrong(bare, common) ? "strong" : "good";
};
