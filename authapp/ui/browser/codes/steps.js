// The step of each flow that waits for a code. The page stores its key, and finds the step again after a reload, a lost
// connection or a server restart. The token of the tab, which proxies log, is not enough for that.
import { onOrder } from "../shared/orders.js";

const STORED = "authapp-step:";
const dialogs = new Map(); // by the name of the flow: the function that opens and closes its dialog

export const storedStep = (name) => sessionStorage.getItem(STORED + name) ?? "";

export const storeStep = (name, step) => {
  if (step) sessionStorage.setItem(STORED + name, step);
  else sessionStorage.removeItem(STORED + name);
};

// Open and close the dialog of a flow with this function. Return a function that ends it.
export const setCodeDialog = (name, show) => {
  dialogs.set(name, show);
  return () => dialogs.delete(name);
};

onOrder("code", ({ name, step, again }) => {
  const wanted = again ? storedStep(name) : step;
  storeStep(name, wanted);
  dialogs.get(name)?.(wanted);
});
