// Proof of work: the search for the number that the server chose, by its hash (ALTCHA 2 with SHA-256, cost 1).
// Written here, because the widget of ALTCHA is 83 KB and starts workers from `blob:` URLs, which our CSP forbids. Not
// with Web Crypto: it is slower by far for so many short texts, and absent on pages without https.

const AT_ONCE = 5000; // hashes between two breaks, which keep the page usable: a few milliseconds
const MOST = 100_000_000; // no server of ours asks for more

const primes = [];
for (let number = 2; primes.length < 64; number++) if (primes.every((prime) => number % prime)) primes.push(number);
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const ROUND = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));

// Hash one block of 16 words (FIPS 180-4, 6.2.2). `words` has room for 64, and `state` gets the 8 words of the hash.
export const hashBlock = (words, state) => {
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let a = START[0];
  let b = START[1];
  let c = START[2];
  let d = START[3];
  let e = START[4];
  let f = START[5];
  let g = START[6];
  let h = START[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = START[0] + a;
  state[1] = START[1] + b;
  state[2] = START[2] + c;
  state[3] = START[3] + d;
  state[4] = START[4] + e;
  state[5] = START[5] + f;
  state[6] = START[6] + g;
  state[7] = START[7] + h;
};

const wordsOf = (hex) => hex.match(/.{8}/g).map((word) => parseInt(word, 16) | 0);
const hexOf = (words) => [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");

// A break that other work can use. Timers would wait for a second each in a hidden tab.
const pause = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

// Return the proof of a challenge. Raise an error when it has none, or not one that we know.
export const solve = async (encoded) => {
  const challenge = JSON.parse(atob(encoded));
  const { algorithm, cost, salt, nonce, keyPrefix } = challenge.parameters;
  const isKnown = algorithm === "SHA-256" && cost === 1 && salt.length === 32 && nonce.length === 32;
  if (!isKnown || keyPrefix.length !== 32) throw new RangeError("unknown");
  const wanted = wordsOf(keyPrefix);
  const words = new Int32Array(64); // salt, nonce, number, and the padding of 36 bytes
  words.set([...wordsOf(salt), ...wordsOf(nonce)]);
  words[9] = 1 << 31;
  words[15] = 36 * 8;
  const state = new Int32Array(8);
  for (let counter = 0; counter < MOST; counter++) {
    words[8] = counter;
    hashBlock(words, state);
    if (state[0] === wanted[0] && wanted.every((word, i) => word === state[i])) {
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey: hexOf(state) } }));
    }
    if (counter % AT_ONCE === AT_ONCE - 1) await pause();
  }
  throw new RangeError("unsolvable");
};
