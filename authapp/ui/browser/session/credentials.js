// Log in by challenge: the browser proves the password, and the reply goes over the socket.
import { address, post } from "../shared/api.js";
import { answer, canProve, hasProved, passwordKept, renew } from "../shared/client.js";
import { page } from "../shared/page.js";

const LONGEST_EMAIL = 254;

const isOdd = (identifier) => !identifier.trim() || identifier.length > LONGEST_EMAIL || identifier.includes("\0");

// Return what a login form sends: its data, with the reply to a challenge or the password itself; null when this user
// is logged in already, in another tab.
//
// `again`: a step-up, whose answer has no signature. `maySend`: asks the user whether the password itself may be sent.
export const credentials = async (data, password, again, maySend) => {
  const { identifier } = data;
  page.expectNoSignature();
  if (isOdd(identifier) || !password) return data; // the server refuses it and names the field
  const withPassword = async () => {
    if (hasProved(address("")) && !(await maySend())) throw passwordKept();
    return { ...data, password };
  };
  if (!canProve()) return withPassword();
  const proof = await answer(post, identifier, password, again);
  if (!proof) return null;
  const { id, reply, signature } = proof;
  if (!reply) return withPassword();
  if (!again) page.expectSignature(signature, (renewal) => renew(post, password, renewal));
  return { ...data, challenge_id: id, reply };
};
