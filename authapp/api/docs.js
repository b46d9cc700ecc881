// Starts the page that shows the API's documentation. A file of its own: no script runs inline.
const { document: url } = document.currentScript.dataset;
window.SwaggerUIBundle({ url, dom_id: "#ui", deepLinking: true, withCredentials: true });
