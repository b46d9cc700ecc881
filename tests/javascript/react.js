// Stub of React for scripts that contain elements among other things.
export const Fragment = Symbol("Fragment");
export const createElement = (type, props, ...children) => ({ type, props, children });
