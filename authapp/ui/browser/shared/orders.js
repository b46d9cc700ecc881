// Orders of the server to the page: one-time events, so that no var holds them. Reflex delivers an order by setting the
// `value` of the ref with its name.
import { refs } from "$/utils/state";

// The same prefix as in `installation/reflex_seams.py`. Reflex stores an element with `id="code"` as the ref `ref_code`,
// so no id of a product can take a name with a colon.
const PREFIX = "authapp:";

// Handle the orders with a name from now on. A later call replaces the function.
export const onOrder = (name, handle) => {
  refs[PREFIX + name] = {
    current: {
      set value(order) {
        handle(order);
      },
    },
  };
};
