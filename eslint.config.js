import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Each of these may be used in one place only, so that a test can replace it and a reviewer can find it. */
const OWNED_GLOBALS = [
  { object: "process", property: "env", message: "Only src/config.ts reads the environment." },
  { object: "process", property: "exit", message: "Only src/main.ts ends the process." },
  { object: "Date", property: "now", message: "Only src/platform/clock.ts reads the wall clock." },
];
const OWNED_MODULES = [
  { name: "node:child_process", message: "Only src/platform/launcher/ starts processes." },
  { name: "child_process", message: "Only src/platform/launcher/ starts processes." },
  { name: "better-sqlite3", message: "Only src/platform/database/ knows the engines." },
  { name: "pg", message: "Only src/platform/database/ knows the engines." },
];

export default defineConfig(
  {
    ignores: [
      "dist/",
      "data/",
      "data-demo/",
      ".cache/",
      "e2e/fixtures/",
      "script/toolchain/",
      "dashboard/dist/",
      "dashboard/dist.next/",
      "dashboard/src/api/generated/",
    ],
  },
  js.configs.recommended,
  {
    // What a shop copies: plain JavaScript, with what Node itself has.
    files: ["examples/**/*.mjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["AbortSignal", "Buffer", "URLSearchParams", "console", "fetch", "process"].map((name) => [name, "readonly"]),
      ),
    },
  },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      eqeqeq: "error",
      "no-console": "error",
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "max-lines": ["error", { max: 320, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["**/*.test.ts", "src/testing/**"],
    rules: {
      "no-restricted-properties": ["error", ...OWNED_GLOBALS],
      "no-restricted-imports": ["error", { paths: OWNED_MODULES }],
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "Only src/platform/outbound-http/ leaves the machine." },
      ],
    },
  },
  { files: ["src/config.ts", "src/main.ts", "src/platform/clock.ts"], rules: { "no-restricted-properties": "off" } },
  {
    files: ["src/platform/launcher/**", "src/platform/git/**", "src/platform/database/**"],
    rules: { "no-restricted-imports": "off" },
  },
  {
    files: ["**/*.test.ts", "src/testing/**", "e2e/**", "bench/**", "script/**", "migrations/**"],
    rules: { "max-lines-per-function": "off", "max-lines": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["dashboard/src/**"],
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      // Markup is long without being complicated.
      "max-lines-per-function": ["error", { max: 120, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-definitions": "off",
    },
  },
  {
    files: ["dashboard/public/**"],
    languageOptions: { globals: { document: "readonly", localStorage: "readonly", matchMedia: "readonly" } },
  },
  { files: ["bench/**"], rules: { "no-console": "off" } },
  { files: ["*.js", "*.mjs"], languageOptions: { globals: { process: "readonly" } } },
);
