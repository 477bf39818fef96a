import { defineConfig } from "vitest/config";

/** The tests of one area, which `run.ts` names. */
export default defineConfig({
  test: {
    include: JSON.parse(process.env["MUTATION_TESTS"] ?? "[]") as string[],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ["src/testing/global-setup.ts"],
  },
});
