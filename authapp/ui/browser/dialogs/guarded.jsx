// Content that only some users see. Once shown, it stays behind a dialog when the session ends, until its user is back.
import { useEffect, useRef } from "react";
import { listOf, oneMoment } from "../shared/elements.js";
import { page as current } from "../shared/page.js";

// Guarded page: shows nothing before the access rule is checked. A user who lost access no longer sees it.
export function Guarded({ page, shown, isOpen, who, known, login, children }) {
  const [content, otherwise] = listOf(children);
  const seen = useRef(false);
  const isChecked = known && shown === page;
  if (who && isChecked) seen.current = isOpen;
  const isVisitor = known && !who && !seen.current;
  useEffect(() => {
    if (!isVisitor) return;
    current.leave();
    const { pathname, search } = window.location;
    window.location.replace(`${login}?next=${encodeURIComponent(pathname + search)}`);
  }, [isVisitor]);
  if (seen.current) return content;
  if (who && isChecked) return otherwise;
  return oneMoment();
}

// Switch between content for users and content for visitors.
export function Members({ who, known, children }) {
  const [content, visitor] = listOf(children);
  const shown = useRef(false);
  if (who) shown.current = true;
  if (shown.current) return content;
  return known ? visitor : oneMoment();
}
