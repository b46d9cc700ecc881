// Orders of the server to the page. Reflex carries out `set_value(name, order)` by setting the `value` of the control
// with that name, so an order reaches the browser code without a var that would keep it.
import { refs } from "$/utils/state";

// Handle the orders with a name from now on.
export const onOrder = (name, handle) => {
  refs[`ref_${name}`] = {
    current: {
      set value(order) {
        handle(order);
      },
    },
  };
};
