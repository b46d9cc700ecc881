// JavaScript client of the HTTP API: for pages on other sites, which import it from {rpc_path}/client.js, and for ours.
// It imports proof.js, beside it, only when it needs that. SCRAM-SHA-256: RFC 5802, RFC 7677.

// Our own pages provide translations.
const t = (words) => globalThis.authappTexts?.words[words] ?? words;

export const OFFLINE = t("We can’t reach the server. Check your connection and try again.");
const ODD = t("We got an unexpected answer. Try again in a moment.");
const KEPT = t("This server asks for your password itself, although it did not need it before. Nothing was sent.");
const IMPOSTOR = t("We couldn’t verify this server, so we stopped. Your password was not sent. Tell the site’s owner.");
const LEAST = 4096; // iterations
const MOST = 10_000_000; // a larger number would keep the browser busy for hours
const text = new TextEncoder();

// Error of a call. `code`: the code of the refusal, or "Unreachable", "NotOurs", "Impostor", "PasswordKept";
// `message`: a text for users; `field`: the form field that it belongs to; `wait`: seconds until a retry makes sense;
// `details`: further facts from the server; `status`: the HTTP status of the refusal, 0 without a refusal.
export class AuthError extends Error {
  constructor(code, message, { status = 0, field = "", wait = 0, details = {}, cause } = {}) {
    super(message, { cause });
    Object.assign(this, { name: "AuthError", code, status, field, wait, details });
  }

  // The message of a refusal; undefined when the server sent none.
  get told() {
    return this.status ? this.message : undefined;
  }
}

// --- one request --------------------------------------------------------------------------------------------------

const lost = (code, words) => (cause) => Promise.reject(new AuthError(code, words, { cause }));

export const request = async (url, options) => {
  const answer = await fetch(url, options).catch(lost("Unreachable", OFFLINE));
  if (answer.status === 204) return null;
  if (answer.ok && answer.headers.get("Content-Type")?.startsWith("image/")) return answer.blob();
  const data = await answer.json().catch(lost("NotOurs", ODD));
  if (answer.ok) return data;
  if (typeof data?.error !== "string") return lost("NotOurs", ODD)();
  const { error, message, field, ...details } = data;
  const wait = Number(answer.headers.get("Retry-After")) || 0;
  throw new AuthError(error, message, { status: answer.status, field, wait, details });
};

// --- the proof ----------------------------------------------------------------------------------------------------

const toBase64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const fromBase64 = (encoded) => Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));

const hmac = async (key, message) => {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, text.encode(message)));
};

const salted = async (password, salt, iterations) => {
  const bytes = text.encode(password.normalize("NFKC"));
  const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256);
};

export const passwordKept = () => new AuthError("PasswordKept", KEPT);
export const impostor = () => new AuthError("Impostor", IMPOSTOR);

// Derive the SCRAM record that a server stores of a password (RFC 5802, 3), and the client key that proves it.
const derive = async (password, salt, rounds) => {
  if (!(rounds >= LEAST && rounds <= MOST)) throw impostor();
  const secret = await salted(password, fromBase64(salt), rounds);
  const clientKey = await hmac(secret, "Client Key");
  const storedKey = new Uint8Array(await crypto.subtle.digest("SHA-256", clientKey));
  return { clientKey, storedKey, serverKey: await hmac(secret, "Server Key") };
};

// Send the new record that a server requested in its response to a correct proof. Call it only after the signature of
// the server was checked, because a record allows guessing the password offline. Errors here do not fail the login.
export const renew = async (post, password, { token, salt, iterations }) => {
  try {
    const { storedKey, serverKey } = await derive(password, salt, iterations);
    await post("renewal", { token, stored_key: toBase64(storedKey), server_key: toBase64(serverKey) });
  } catch {} // the next login tries again
};

// Answer a server-first-message: return the client-final-message, and the signature that the server must send for it.
const prove = async (user, password, nonce, first) => {
  const [, whole, salt, rounds] = /^r=([^,]+),s=([A-Za-z0-9+/]+=*),i=(\d+)$/.exec(first) ?? [];
  const extended = whole?.startsWith(nonce) && whole.length > nonce.length;
  if (!extended) throw impostor();
  const { clientKey, storedKey, serverKey } = await derive(password, salt, Number(rounds));
  const escaped = user.replaceAll("=", "=3D").replaceAll(",", "=2C");
  const bare = `c=biws,r=${whole}`;
  const message = `n=${escaped},r=${nonce},${first},${bare}`;
  const mask = await hmac(storedKey, message);
  const signature = toBase64(await hmac(serverKey, message));
  return { reply: `${bare},p=${toBase64(clientKey.map((byte, index) => byte ^ mask[index]))}`, signature };
};

// Whether this page can make a proof. Browsers offer Web Crypto only on pages from https or localhost.
export const canProve = () => Boolean(globalThis.crypto?.subtle);

// Whether this browser has logged in to this server without sending the password. A server that suddenly asks for the
// password may then be an impostor. Stored for each origin; a browser without storage is never asked.
const PROVED = "authapp-proved";
const proofKey = (server) => `${PROVED} ${new URL(server, globalThis.location?.href).origin}`;
export const hasProved = (server) => {
  try {
    return localStorage.getItem(proofKey(server)) !== null;
  } catch {
    return false;
  }
};
export const noteProof = (server) => {
  try {
    localStorage.setItem(proofKey(server), "1");
  } catch {} // the browser has no storage
};

// Request a challenge and answer it: `{id, reply, signature}`; `{id}` when the server needs the password itself; null
// when this user is signed in already, and `again` is not set. `post` makes a call with a body.
export const answer = async (post, user, password, again) => {
  const nonce = toBase64(crypto.getRandomValues(new Uint8Array(18)));
  const asked = await post("connect", { user, nonce, again });
  if (asked.challenge === undefined) return null;
  const id = asked.challenge_id;
  return asked.challenge === "" || !canProve()
    ? { id }
    : { id, ...(await prove(user, password, nonce, asked.challenge)) };
};

// --- a page on another site ---------------------------------------------------------------------------------------

const here = import.meta.url;
// Calls that replace the session key. The server repeats its response to the same request, so that a lost response logs
// no user out.
const REPEATED = ["step-up", "step-up/code/confirm"];

// Client for one user at a server. The session key is in memory here, or in a cookie of the browser.
export class Client {
  #base;
  #patience;
  #key = "";

  // `patience`: timeout in milliseconds.
  constructor(base = new URL("./", here).href, { patience = 30_000 } = {}) {
    this.#patience = patience;
    this.#base = base.endsWith("/") ? base : `${base}/`;
  }

  // Return the session: `{login, user_id, token, user_info}`, or `{challenge_id, challenge}` when no user is signed in.
  connect() {
    return this.call("GET", "connect");
  }

  // Log in. Return the same as `connect`, or `{user_id, reason}` when the login must wait. `plain`: whether the
  // password itself may be sent when the server needs it. The default is yes, until a login from here went without.
  async login(user, password, { keep = false, plain } = {}) {
    const { signature, ...proof } = await this.#prove(user, password, plain);
    const { renewal, ...answered } = await this.call("POST", "login", { user, keep, ...proof }, signature);
    if (signature && answered.token) noteProof(this.#base);
    if (signature && renewal) await renew((path, body) => this.call("POST", path, body), password, renewal);
    return answered;
  }

  // Log in with a token of another provider that the server trusts.
  loginForeign(origin, token, { challengeId, keep = false } = {}) {
    return this.call("POST", "login", { auth_origin: origin, token, challenge_id: challengeId, keep });
  }

  async logout() {
    const answered = await this.call("POST", "logout", {});
    this.#key = "";
    return answered;
  }

  // Prove the password again (step-up), after a refusal with "StepUpNeeded". The session then has a new key.
  async stepUp(password, { plain } = {}) {
    const { login } = await this.call("GET", "account");
    const { signature, ...proof } = await this.#prove(login, password, plain);
    return this.call("POST", "step-up", proof);
  }

  // Make any API call, like `call("GET", "data")`. The client adopts a session that the call opens or renews. A `Blob`
  // body is sent as it is. The result is a `Blob` for an image, and null for an empty response.
  async call(method, path, body, signature) {
    const isFile = body instanceof Blob;
    const headers = body === undefined || isFile ? {} : { "Content-Type": "application/json" };
    if (this.#key) headers["X-Csrf-Token"] = this.#key;
    // The key in the header is enough. Together with the cookie of another session the server would refuse it.
    const credentials = this.#key ? "omit" : "include";
    const where = path.replace(/^\//, "");
    const send = () => {
      const signal = AbortSignal.timeout(this.#patience);
      const options = { method, headers, credentials, signal, body: isFile ? body : body && JSON.stringify(body) };
      return request(this.#base + where, options);
    };
    const retry = (error) =>
      REPEATED.includes(where) && error.code === "Unreachable" ? send() : Promise.reject(error);
    const proveWork = async (error) => {
      if (error.code !== "ProofOfWorkNeeded") throw error;
      const { challenge } = error.details;
      const proof = await import("./proof.js").then(({ solve }) => solve(challenge)).catch(() => null);
      if (!proof) throw error;
      headers["X-Proof-Of-Work"] = proof;
      return send();
    };
    const answered = await send().catch(retry).catch(proveWork);
    const { login, token } = answered?.session ?? answered ?? {}; // neither, when the login must wait
    if (signature && (login ?? token) !== undefined && answered.signature !== signature) throw impostor();
    if (token?.includes(".")) this.#key = token; // without a dot it is the public id of the session in the cookie
    return answered;
  }

  async #prove(user, password, plain) {
    const proved = await answer((path, body) => this.call("POST", path, body), user, password, true);
    if (!proved) throw impostor(); // we requested a challenge, and the server sent none
    const { id: challenge_id, reply: challenge_reply, signature } = proved;
    if (challenge_reply) return { challenge_id, challenge_reply, signature };
    if (!(plain ?? !hasProved(this.#base))) throw passwordKept();
    return { challenge_id, password };
  }
}

const client = /* @__PURE__ */ new Client();
export const connect = () => client.connect();
export const login = (user, password, options) => client.login(user, password, options);
export const loginForeign = (origin, token, options) => client.loginForeign(origin, token, options);
export const logout = () => client.logout();
export const stepUp = (password, options) => client.stepUp(password, options);
export const call = (method, path, body) => client.call(method, path, body);
