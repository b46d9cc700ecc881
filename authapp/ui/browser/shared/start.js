// Code that runs once on every page, when its scripts have loaded.
import "./link_key.js";

// Ignore the second half of a double click when the first half replaced the clicked element.
const ignoreStrayClicks = () => {
  let pressed = null;
  const check = (event) => {
    if (event.detail < 2) pressed = event.target;
    else if (pressed && !pressed.isConnected) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  document.addEventListener("click", check, true);
};

// Remove the URL parameter that a redirect to the public host added.
const cleanUrl = () => {
  const url = new URL(window.location.href);
  if (!url.searchParams.has("authapp-host")) return;
  url.searchParams.delete("authapp-host");
  window.history.replaceState(window.history.state, "", url);
};

if (typeof window !== "undefined") {
  window.authappLoaded = true; // so `floor.js` shows no message
  cleanUrl();
  ignoreStrayClicks();
}
