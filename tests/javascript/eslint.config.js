import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["**/*.{js,jsx,mjs}"],
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    plugins: { "react-hooks": reactHooks },
    rules: {
      "no-empty": ["error", { allowEmptyCatch: true }],
      "no-unused-vars": ["error", { ignoreRestSiblings: true }],
      // Effects here run when the named values change. A list of everything they read would run them more often.
      "react-hooks/rules-of-hooks": "error",
    },
  },
  { files: ["**/floor.js"], languageOptions: { sourceType: "script" } },
];
