// Orders of the server to this page: one-time events, so that no var holds them. Reflex delivers an order by setting the
// "value" of the ref with its name.
import { refs } from "$/utils/state";

// The same prefix as in `installation/reflex_seams.py`. Reflex stores an element with `id="code"` as the ref `ref_code`,
// so no id of a product can take a name with a colon.
const PREFIX = "authapp:";

// Call a function with every order of a name. A later call replaces the function.
export const onOrder = (name, run) => {
  refs[PREFIX + name] = {
    current: {
      set value(order) {
        run(order);
      },
    },
  };
};
