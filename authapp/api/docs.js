// Starts the page of the API documentation. It is a file of its own, because the CSP allows no inline script.
const { document: url } = document.currentScript.dataset;
window.SwaggerUIBundle({ url, dom_id: "#ui", deepLinking: true, withCredentials: true });
