// Keeps the focus in the page. A screen reader announces the heading that gets it, and the keyboard continues from there.
import { useEffect } from "react";

const PAUSE = 50; // milliseconds in which a component may move the focus itself

let shownPath = ""; // of the page that was shown last

const isNowhere = (element) => !element || element === document.body;

// Focus the heading of the page, or its content while there is no heading. Return whether there is one.
const focusHeading = (main) => {
  const heading = main.querySelector("h1");
  const target = heading ?? main;
  target.tabIndex = -1;
  target.focus();
  return Boolean(heading);
};

export function RouteFocus() {
  useEffect(() => {
    const main = document.getElementById("content");
    const { pathname } = window.location;
    let isNew = shownPath !== "" && shownPath !== pathname; // a link led here, without a load of the page
    let holder = null; // the element that has or had the focus
    let isEarly = false; // the heading was not there yet
    let timer;
    shownPath = pathname;

    const settle = () => {
      const focused = document.activeElement;
      const isLost = isNowhere(focused) && (isNew || (holder && !holder.isConnected));
      if (!isLost && !(isEarly && focused === main)) return;
      if (document.querySelector("dialog[open]")) return;
      isNew = false;
      isEarly = !focusHeading(main);
    };
    const settleSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(settle, PAUSE);
    };
    const enter = ({ target }) => {
      isNew = false;
      if (target !== main) isEarly = false;
      holder = target;
    };
    // A press beside all fields leaves the focus nowhere, and that is fine.
    const leave = ({ target }) =>
      setTimeout(() => {
        if (holder === target && target.isConnected && isNowhere(document.activeElement)) holder = null;
      });

    document.addEventListener("focusin", enter);
    document.addEventListener("focusout", leave);
    const observer = new MutationObserver(settleSoon);
    observer.observe(main.parentElement, { childList: true, subtree: true });
    settleSoon();
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener("focusin", enter);
      document.removeEventListener("focusout", leave);
    };
  }, []);
  return null;
}
