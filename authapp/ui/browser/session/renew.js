// The end of a step-up: the session gets a new key, and the page stays.
import { getToken } from "$/utils/state";
import { explain, post } from "../shared/api.js";
import { take } from "../shared/denied_event.js";
import { onOrder } from "../shared/orders.js";
import { RENEWED, tellTabs } from "../shared/other_tabs.js";
import { page } from "../shared/page.js";
import { reconnectWith } from "./navigation.js";

const renew = async (order) => {
  page.forgetUnfinished();
  page.startRenewal();
  try {
    await post("session", { ticket: order.ticket, tab: getToken() });
    page.endRenewal();
    tellTabs(RENEWED);
    const event = take();
    page.closeStepUp();
    reconnectWith(event);
  } catch (error) {
    page.endRenewal();
    if (!error.told) page.keepUnfinished(order, renew);
    page.showFormError(explain(error));
  }
};

onOrder("renew", renew);

// Another tab renewed the key, and an event was sent with the old key.
onOrder("renewed", ({ event }) => {
  if (!page.isLeaving && !page.isRenewing) reconnectWith(event);
});
