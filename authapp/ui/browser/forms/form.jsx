// Form: one submission at a time, visible waiting, the focus on the refused field, and a proof of work when asked.
import { createElement, useEffect, useRef, useState } from "react";
import { credentials } from "../session/credentials.js";
import { loadNext } from "../session/navigation.js";
import "../session/restart.js"; // its orders are the answers to forms
import { explain } from "../shared/api.js";
import { alert } from "../shared/elements.js";
import { onOrder } from "../shared/orders.js";
import { page } from "../shared/page.js";
import { t } from "../shared/texts.js";
import { AskToSend } from "./ask_to_send.jsx";
import { useSlowAnswer } from "./slow.js";

const CHECKING = t("Checking your browser…");
const UNCHECKED = t("We couldn’t check your browser. Reload the page and try again.");
const MOST_PROOFS = 3; // for one submission

// Focus the refused field of a form, or the refusal without a field. Return whether there is one.
const focusRefusal = (form) => {
  const refused = form?.querySelector("[aria-invalid=true]") ?? form?.querySelector("[data-refusal]");
  form?.removeAttribute("data-stale"); // at once: a hidden element cannot get the focus
  refused?.focus();
  if (refused?.name === "code") refused.select(); // users replace a wrong code instead of editing it
  return Boolean(refused);
};

// The server asks the form that waits for a proof of work.
onOrder("proof", (order) => page.proveForm(order.challenge));

export function Form({ answers, deeds, challenge, again, proves, ready = true, onSend, children, ...rest }) {
  const form = useRef(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [changed, setChanged] = useState(false); // edited since the last answer: hide its success message
  const [stale, setStale] = useState(false); // an error is newer than the last answer: hide the answer
  const [decide, setDecide] = useState(null); // resolves whether the password itself may be sent
  const waits = useRef(false); // sent before the stored values of its fields came
  const [proving, setProving] = useState(false); // computes a proof of work
  const seen = useRef(answers);
  const done = useRef(deeds);

  useEffect(() => {
    if (seen.current === answers) return;
    seen.current = answers;
    const isRefused = focusRefusal(form.current);
    setProblem("");
    setChanged(false);
    setStale(false);
    if (isRefused || !page.isLeaving) setBusy(false);
    waits.current &&= ready; // the values did not come
  }, [answers]);

  // The fields follow the stored values first, unless the user typed something else.
  useEffect(() => {
    if (!ready || !waits.current) return;
    waits.current = false;
    setBusy(true);
    sendNow();
  }, [ready]);

  useEffect(() => {
    if (done.current !== deeds) form.current.reset();
    done.current = deeds;
  }, [deeds]);

  const show = (message) => {
    setProblem(message);
    setStale(true);
    setBusy(false);
    waits.current = false;
  };

  useSlowAnswer(busy && !decide && !proving, show);

  const maySend = async () => {
    const decision = await new Promise((resolve) => setDecide(() => resolve));
    setDecide(null);
    return decision;
  };

  const prove = async (data, work) => {
    setProving(true);
    try {
      const { solve } = await import("../shared/proof.js");
      onSend({ ...data, proof: await solve(work) });
    } catch {
      show(UNCHECKED);
    }
    setProving(false);
  };

  // A server that never accepts a proof must not keep the page busy for ever.
  const proofs = (data, left) => (work) => {
    page.setFormProof(proofs(data, left - 1));
    return left > 0 ? prove(data, work) : show(UNCHECKED);
  };

  const submit = async (data) => {
    if (proves) page.setFormProof(proofs(data, MOST_PROOFS));
    if (!challenge) return onSend(data);
    data.keep = data.keep !== undefined;
    const password = form.current.querySelector("[data-password]").value;
    const proof = await credentials(data, password, Boolean(again), maySend);
    if (proof) onSend(proof);
    else loadNext();
  };

  const sendNow = async () => {
    try {
      await submit(Object.fromEntries(new FormData(form.current)));
    } catch (error) {
      page.showFormError(explain(error));
    }
  };

  const send = (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem("");
    page.setFormError(show);
    const { finish } = page;
    if (finish) return finish();
    waits.current = !ready;
    if (ready) sendNow();
  };

  const edit = () => {
    page.forgetUnfinished(); // the user wants something else now
    setChanged(true);
  };

  const marks = { "data-changed": changed || undefined, "data-stale": stale || undefined };
  const props = { ref: form, onSubmit: send, onInput: edit, noValidate: true, method: "dialog", "aria-busy": busy };
  const question = decide && createElement(AskToSend, { key: "ask", onDecide: decide });
  const status = proves && createElement("p", { role: "status", className: "proving" }, proving && CHECKING);
  return createElement("form", { ...props, ...marks, ...rest }, alert(problem), children, status, question);
}
