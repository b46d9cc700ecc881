// Stub of the modules of Reflex that our scripts import.
export const refs = {};
export const sentEvents = [];
export const app = { isDevMode: false };
export const eventLoop = { addEvents: (events) => sentEvents.push(...events) };
export const getToken = () => "the-tab";
export const getBackendURL = () => new URL("http://localhost:8000/_event");
export const ReflexEvent = (name, payload) => ({ name, payload });

// Give the page an order, as Reflex carries out `set_value`.
export const give = (name, order) => {
  refs[`authapp:${name}`].current.value = order;
};
