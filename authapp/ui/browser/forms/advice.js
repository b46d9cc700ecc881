// Advice while a new password is typed.
import { tn, t } from "../shared/texts.js";

const LONGEST = 256; // characters
const FEWEST_DIFFERENT = 4;

export const ENOUGH = t("Good");

// Return the advice for what is typed so far. `least`: the number of characters that a password must have.
export const advice = (typed, least) => {
  const count = [...typed].length;
  if (!count) return t("At least {least} characters. A few words in a row are easy to remember.", { least });
  if (count < least) return tn("{count} more character", "{count} more characters", least - count);
  if (count > LONGEST) return t("This is longer than 256 characters.");
  if (new Set(typed).size < FEWEST_DIFFERENT) return t("Too repetitive");
  return ENOUGH;
};
