// Codes in texts, and the time until another code can be sent.
import { tn } from "../shared/texts.js";

const CODE = /(?<!\d)\d(?:[\s\u2010-\u2015-]?\d){5}(?!\d)/;

// Return the six digits of the code in a text, like a pasted message; undefined without a code.
export const codeIn = (text) => CODE.exec(text)?.[0].replace(/\D/g, "");

// Return the whole seconds until a time in milliseconds.
export const secondsUntil = (time) => Math.max(0, Math.ceil((time - Date.now()) / 1000));

const IN_SECONDS = 120; // longer waits are shown in minutes

// Return the words for the seconds that are left.
export const waitingTime = (left) =>
  left > IN_SECONDS
    ? tn("Resend in {count} min", "Resend in {count} min", Math.ceil(left / 60))
    : tn("Resend in {count} s", "Resend in {count} s", left);
