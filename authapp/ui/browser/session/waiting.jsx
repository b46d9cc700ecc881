// A login that waits: for the confirmation of an email address, or for an administrator.
import { createElement, useEffect, useState } from "react";
import { explain, post } from "../shared/api.js";
import { alert, listOf, oneMoment } from "../shared/elements.js";
import { tellTabs } from "../shared/other_tabs.js";
import { page } from "../shared/page.js";
import { loadNext } from "./navigation.js";

// A long wait is polled less often.
const OFTEN = 4000; // milliseconds
const SELDOM = 15_000;
const FIRST_POLLS = 15; // at the short interval

export function Waiting({ reasons, children }) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let timer = 0;
    let polls = 0;
    const poll = async () => {
      try {
        const answer = await post("wait", {});
        setProblem("");
        if (!answer.reason) {
          page.leave();
          tellTabs(answer.user_id);
          return loadNext();
        }
        setReason(answer.reason);
      } catch (error) {
        if (error.code === "TicketNotFoundOrExpired") return setReason("over");
        setProblem(explain(error));
      }
      polls += 1;
      timer = setTimeout(poll, polls < FIRST_POLLS ? OFTEN : SELDOM);
    };
    poll();
    return () => clearTimeout(timer);
  }, []);
  const shown = listOf(children)[reasons.indexOf(reason)] ?? oneMoment();
  return createElement("div", { className: "stack", "aria-live": "polite" }, alert(problem), shown);
}
