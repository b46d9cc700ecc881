"""A witness in a tab: it records every text that ever enters the page, from the first byte on, over all loads."""

import json

from playwright.sync_api import BrowserContext, Page

# Texts, labels and values, but not the content of scripts, which no user sees.
WATCH = """
(() => {
  const seen = new Set(JSON.parse(sessionStorage.getItem("witness") ?? "[]"));
  const keep = (words) => { const clean = words?.trim(); if (clean) seen.add(clean.slice(0, 200)); };
  const look = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (!["SCRIPT", "STYLE", "NOSCRIPT"].includes(node.parentElement?.tagName)) keep(node.data);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      for (const name of ["value", "placeholder", "aria-label", "title"]) keep(node.getAttribute(name));
      if ("value" in node && typeof node.value === "string") keep(node.value);
      node.childNodes.forEach(look);
    }
  };
  const tell = () => sessionStorage.setItem("witness", JSON.stringify([...seen]));
  new MutationObserver((changes) => {
    for (const change of changes) {
      change.addedNodes.forEach(look);
      if (change.type !== "childList") look(change.target);
    }
    tell();
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  addEventListener("input", (event) => keep(event.target.value), true);
})();
"""


def watched(context: BrowserContext) -> Page:
    """Open a tab that records its texts."""
    page = context.new_page()
    page.add_init_script(WATCH)
    return page


def seen(page: Page) -> set[str]:
    """Return every text that entered this tab so far, over all its loads."""
    return set(json.loads(page.evaluate("sessionStorage.getItem('witness')") or "[]"))
