// The key of an action link: from the URL to the events and forms of its page.
import { createContext, createElement, useContext, useEffect, useRef, useState } from "react";
import { post } from "../shared/api.js";
import { hasNewKey, storeKey, storedKey, takeKey } from "../shared/link_key.js";

const LinkContext = createContext("");

// Return the key of this page. A link in the old format left it in a cookie, which is exchanged for the key.
const keyOfPage = async () => {
  if (!hasNewKey()) {
    const { key } = await post("links/pending", {}).catch(() => ({}));
    if (key) storeKey(key);
  }
  return storedKey() ?? "";
};

export function LinkKey({ known, who, outcome, onLook, children }) {
  const [key, setKey] = useState(null);
  const looked = useRef(null);
  useEffect(() => {
    let isMounted = true;
    keyOfPage().then((found) => isMounted && setKey(found));
    const another = () => takeKey() && setKey(storedKey());
    window.addEventListener("hashchange", another);
    return () => {
      isMounted = false;
      window.removeEventListener("hashchange", another);
    };
  }, []);
  useEffect(() => {
    const wanted = `${who} ${key}`;
    if (key === null || !known || (looked.current === wanted && outcome)) return;
    looked.current = wanted;
    onLook(key);
  }, [key, known, who, outcome]);
  return createElement(LinkContext.Provider, { value: key ?? "" }, children);
}

export function LinkKeyField() {
  return createElement("input", { type: "hidden", name: "key", value: useContext(LinkContext), readOnly: true });
}
