import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "dashboard/src/**/*.test.ts", "e2e/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make the real composer, git and PostgreSQL wait for each other.
    maxWorkers: 2,
    globalSetup: ["src/testing/global-setup.ts"],
  },
});
