import { expect, test } from "vitest";
import { explainSpawnError, runTool } from "./processes.ts";

// A test that is skipped where a tool is missing is green on a machine that has shown nothing.
test("a missing tool is named, with the Debian package to install", () => {
  const error = Object.assign(new Error("spawn php ENOENT"), { code: "ENOENT" });
  expect(explainSpawnError("php", error).message).toContain("apt-get install php-cli");
});

test("a program that hangs is ended with all its children, and its output is shown", async () => {
  const hang = 'echo "began\\n"; passthru("cat /dev/zero >/dev/null");';
  await expect(runTool("php", ["-r", hang], { timeoutMs: 300 })).rejects.toThrow(/longer than 300 ms\.\nbegan/u);
});

test("nothing of the caller's environment but PATH reaches a tool", async () => {
  const { stdout } = await runTool("php", ["-r", "echo json_encode(array_keys(getenv()));"], { env: { EXTRA: "1" } });
  expect((JSON.parse(stdout) as string[]).toSorted()).toEqual([
    "EXTRA",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_TERMINAL_PROMPT",
    "LC_ALL",
    "PATH",
    "TZ",
  ]);
});
