// Separate script for browsers that cannot parse the others: it shows the message of the page about that.
// Unsupported are browsers without CompressionStream (Safari 16.4, Firefox 113) or color-mix (Chrome 111).
(function () {
  function show() {
    var words = document.getElementById("authapp-no-script");
    if (!words || window.authappLoaded) return;
    words.setAttribute("role", "alert");
    words.hidden = false;
  }
  var isOld = !window.CompressionStream || !CSS.supports("color", "color-mix(in srgb, red, blue)");
  if (isOld) show();
  window.addEventListener("load", function () {
    setTimeout(show, 5000);
  });
})();
