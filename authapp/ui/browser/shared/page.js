// The state that the browser code of a page shares. Other files read and change it only through these methods.
import "./start.js";

const TICKET_LIFE = 25_000; // milliseconds; the server gives it 30 seconds
const nothing = () => {};

export class Page {
  // --- leaving: ignore sessions and requests that end while the next page loads ---------------------------------------

  #isLeaving = false;

  get isLeaving() {
    return this.#isLeaving;
  }

  leave() {
    this.#isLeaving = true;
  }

  stay() {
    this.#isLeaving = false;
  }

  // --- errors ---------------------------------------------------------------------------------------------------------

  #formError = nothing;
  #pageError = nothing;

  #proveForm = nothing;

  // Let this function answer the next request for a proof of work: that of the form that waits for the server.
  setFormProof(prove) {
    this.#proveForm = prove;
  }

  proveForm(challenge) {
    this.#proveForm(challenge);
  }

  // Show later errors in the form that waits for the server.
  setFormError(show) {
    this.#formError = show;
  }

  // Show errors that belong to no form with this function.
  setPageError(show) {
    this.#pageError = show;
  }

  showFormError(message) {
    this.#formError(message);
  }

  showPageError(message) {
    this.#pageError(message);
  }

  // --- the proof of a password: the server must sign its answer before its ticket is trusted (RFC 5802, 3) ------------

  #signature = null;
  #sendRecord = nothing;

  // Expect the signature. `sendRecord` sends a new record of the proved password, when the server requests one.
  expectSignature(signature, sendRecord) {
    this.#signature = signature;
    this.#sendRecord = sendRecord;
  }

  expectNoSignature() {
    this.#signature = null;
  }

  get expectsSignature() {
    return this.#signature !== null;
  }

  isExpected(signature) {
    return signature === this.#signature;
  }

  sendRecord(renewal) {
    return this.#sendRecord(renewal);
  }

  // --- a ticket whose exchange failed with the connection: its action is done, so the next try only exchanges it ------

  #unfinished = null;

  // Keep an order. `run` tries it again.
  keepUnfinished(order, run) {
    order.until ??= Date.now() + TICKET_LIFE;
    this.#unfinished = { until: order.until, run: () => run(order) };
  }

  forgetUnfinished() {
    this.#unfinished = null;
  }

  // The function that finishes the action, while the ticket lives; else null.
  get finish() {
    return this.#unfinished && Date.now() < this.#unfinished.until ? this.#unfinished.run : null;
  }

  // --- the login dialog -----------------------------------------------------------------------------------------------

  #lostUser = ""; // the id of the user whose session ended
  #isAsked = false; // a visitor was asked to log in
  #openLogin = nothing;
  identifier = ""; // of the user of this page, to fill in

  setLoginDialog(open) {
    this.#openLogin = open;
  }

  openLogin() {
    this.#openLogin();
  }

  sessionEnded(user) {
    this.#lostUser = user;
  }

  sessionOpened() {
    this.#lostUser = "";
    this.#isAsked = false;
  }

  askVisitor() {
    this.#isAsked = true;
  }

  stopAsking() {
    this.#isAsked = false;
  }

  get isSessionLost() {
    return this.#lostUser !== "";
  }

  // Whether the page may stay as it is when this user logs in.
  staysFor(user) {
    return this.#lostUser === user || this.#isAsked;
  }

  // --- step-up: the session gets a new key, and the page stays --------------------------------------------------------

  #isRenewing = false;
  #closeStepUp = nothing;
  #connection = ""; // changes with each reconnect
  #closed = null; // the connection that was closed for a reconnect
  #held = []; // events to send after the reconnect

  // Whether the cookie is about to change: ignore a session that ends meanwhile.
  get isRenewing() {
    return this.#isRenewing;
  }

  startRenewal() {
    this.#isRenewing = true;
  }

  endRenewal() {
    this.#isRenewing = false;
  }

  setStepUpDialog(close) {
    this.#closeStepUp = close;
  }

  closeStepUp() {
    this.#closeStepUp();
  }

  // The connection is closed now. Hold an event until there is another.
  awaitConnection(event) {
    if (event) this.#held.push(event);
    this.#closed = this.#connection;
  }

  // Note the current connection. Return the events to send, once the page is connected and hydrated again.
  connected(connection, isHydrated) {
    this.#connection = connection;
    if (this.#closed === null || connection === this.#closed || !isHydrated) return [];
    this.#closed = null;
    return this.#held.splice(0);
  }
}

export const page = new Page();
