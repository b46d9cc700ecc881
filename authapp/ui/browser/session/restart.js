// The end of every change of the signed-in user: exchange the ticket of the server for the cookie, then load a page.
import { getToken } from "$/utils/state";
import { address, explain, post } from "../shared/api.js";
import { impostor, noteProof } from "../shared/client.js";
import { route } from "../shared/head.js";
import { forgetKey, storeKey } from "../shared/link_key.js";
import { onOrder } from "../shared/orders.js";
import { tellTabs } from "../shared/other_tabs.js";
import { page } from "../shared/page.js";
import { load, reconnect } from "./navigation.js";

// Marks in the tab that its user logged in, for the check of the cookie on the next page.
export const ENTERED = "authapp-entered";

// Go where the order leads: to a page, or on with this one.
const follow = ({ path, logOut, link }, session) => {
  if (session && link) storeKey(link);
  if (session?.reason) return load(`${route("waiting")}?next=${encodeURIComponent(path)}`);
  if (logOut && path !== route("link")) forgetKey(); // for another user, perhaps
  if (!session) return load(path);
  tellTabs(session.user_id);
  sessionStorage.setItem(ENTERED, "1");
  if (!page.staysFor(session.user_id)) return load(path);
  page.stay();
  reconnect(); // logged in again in the dialog: the page stays as it was
};

export const restart = async (order) => {
  const { ticket, signature, logOut } = order;
  page.forgetUnfinished();
  try {
    const isProved = page.expectsSignature && ticket;
    if (isProved && !page.isExpected(signature)) return page.showFormError(impostor().message);
    page.expectNoSignature();
    page.leave();
    if (isProved) noteProof(address(""));
    if (isProved && order.renewal) await page.sendRecord(order.renewal);
    if (logOut) await post("logout", {});
    const session = ticket ? await post("session", { ticket, tab: getToken() }) : null;
    follow(order, session);
  } catch (error) {
    page.stay();
    if (ticket && !error.told) page.keepUnfinished(order, restart);
    if (logOut) page.showPageError(explain(error));
    else page.showFormError(explain(error));
  }
};

onOrder("restart", restart);
