"""A user without a mouse."""

MOST_STEPS = 40


FOCUSED = """() => {
  const one = document.activeElement;
  return one === document.body ? "" : (one.labels?.[0]?.innerText ?? one.innerText).trim();
}"""


IS_SHOWN = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none"
    && box.top >= -1 && box.bottom <= innerHeight + 1
    && (one.contains(there) || there?.closest("label")?.contains(one));
}"""


class Keys:
    """A user without a mouse."""

    def __init__(self, page):
        self.page = page

    def to(self, name, *, back=False):
        """Press Tab until an element has the focus. The focus must be visible all the way."""
        for _ in range(MOST_STEPS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            focused = self.page.evaluate(FOCUSED)
            if focused:
                assert self.page.evaluate(IS_SHOWN), f"the focus on {focused!r} cannot be seen"
            if focused == name:
                return self
        raise AssertionError(f"Tab never came to {name!r}")

    def type(self, name, words):
        self.to(name).page.keyboard.press("Control+A")
        self.page.keyboard.type(words)
        return self

    def press(self, key):
        self.page.keyboard.press(key)
        return self
