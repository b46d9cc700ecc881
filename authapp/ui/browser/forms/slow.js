// Answers that do not come: an event that was lost with the connection is never answered, so the user must be able to
// send it again.
import { useEffect } from "react";
import { t } from "../shared/texts.js";

const SLOW = t("The server has not answered yet. Try again; nothing you typed is lost.");
const SLOW_AFTER = 8000; // milliseconds

// Call `onSlow` with a message when a component waits for too long.
export const useSlowAnswer = (isWaiting, onSlow) => {
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setTimeout(() => onSlow(SLOW), SLOW_AFTER);
    return () => clearTimeout(timer);
  }, [isWaiting]);
};
