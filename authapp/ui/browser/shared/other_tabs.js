// Messages between the tabs of one browser. They share the cookie: a tab that logs in wakes the logged-out tabs.
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("authapp");

// The message of a tab whose session got a new key. The message of a tab that logged in is the id of the user.
export const RENEWED = "renewed";

export const tellTabs = (message) => channel?.postMessage(message);

// Call `listener` with each message of another tab. Return a function that stops it.
export const onTabMessage = (listener) => {
  const receive = ({ data }) => listener(data);
  channel?.addEventListener("message", receive);
  return () => channel?.removeEventListener("message", receive);
};
