import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLauncher, launchHere } from "./index.ts";
import type { Launch } from "./index.ts";

const FILE = new URL("../../launcher.ts", import.meta.url);
const problems: unknown[] = [];
const open = (file = FILE) => createLauncher(file, (error) => problems.push(error));
const launcher = open();
const OPTIONS = { cwd: "/", env: { PATH: process.env["PATH"] ?? "", GREETING: "hello" } };

// The first one of all is started by this process.
beforeAll(async () => await (await launcher.launch(["true"], OPTIONS)).exited);
afterAll(() => {
  launcher.close();
  expect(problems).toEqual([]);
});

const sh = (launch: Launch, script: string) => launch(["sh", "-c", script], OPTIONS);
const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
/** One whose parent has gone stays in the list until somebody asks how it ended. */
const isRunning = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

describe.each<[string, Launch]>([
  ["this process", launchHere],
  ["the launcher", launcher.launch],
])("a program that %s starts", (_, launch) => {
  test("reads, writes and ends as any other, with nothing of our environment", async () => {
    process.env["SECRET_OF_THE_SERVER"] = "x";
    const child = await sh(launch, 'cat; echo "$GREETING $SECRET_OF_THE_SERVER" >&2; pwd >&2; exit 3');
    const [output, errors] = [text(child.stdout), text(child.stderr)];
    const much = "much ".repeat(1_000_000);
    child.stdin.end(much);
    expect(await output).toBe(much);
    expect(await errors).toBe("hello \n/\n");
    expect(await child.exited).toBe(3);
  });

  test("waits for whoever reads slowly, and loses nothing of it", async () => {
    const child = await sh(launch, "head -c 3000000 /dev/zero; echo the end");
    await once(child.stdout, "readable");
    expect((await text(child.stdout)).slice(-8)).toBe("the end\n");
    expect(await child.exited).toBe(0);
  });

  test("tells the system's error where it is none", async () => {
    await expect(launch(["/no/such/program"], OPTIONS)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(launch(["sh"], { ...OPTIONS, cwd: "/no/such/place" })).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("has a process group of its own, and gives way", async () => {
    const child = await sh(launch, "cat");
    expect(getPriority(child.pid)).toBe(10);
    process.kill(-child.pid, "SIGKILL");
    expect(await child.exited).toBeNull();
  });

  test("is one of many at the same time", async () => {
    const outputs = Array.from({ length: 30 }, async (__, index) => {
      const child = await sh(launch, `cat; echo ${index}`);
      child.stdin.end(`in ${index} `);
      return await text(child.stdout);
    });
    expect(await Promise.all(outputs)).toEqual(Array.from({ length: 30 }, (__, index) => `in ${index} ${index}\n`));
  });
});

describe("the launcher", () => {
  test("is a process beside this one, and ends what it started when it ends", async () => {
    const child = await sh(launcher.launch, "sleep 600 & cat");
    const parent = parentOf(child.pid);
    expect(parent).not.toBe(process.pid);
    expect(parentOf(parent)).toBe(process.pid);
    process.kill(parent, "SIGKILL");
    expect(await child.exited).toBeNull();
    await expect.poll(() => isRunning(child.pid)).toBe(false);
    expect(await text((await sh(launcher.launch, "echo again")).stdout)).toBe("again\n");
  });

  test("ends what it started when the server is killed", async () => {
    const module = JSON.stringify(new URL("launcher.ts", import.meta.url).href);
    const file = JSON.stringify(new URL("../../launcher.ts", import.meta.url).href);
    const script = `const { createLauncher } = await import(${module});
      const launcher = createLauncher(new URL(${file}), console.error);
      const start = (...command) => launcher.launch(command, { cwd: "/", env: { PATH: process.env.PATH } });
      await start("true");
      console.log((await start("sleep", "600")).pid);`;
    const server = await launchHere([process.execPath, "--input-type=module", "--eval", script], OPTIONS);
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);
    process.kill(-server.pid, "SIGKILL");
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });

  test("ends programs that outlive what they were for, and starts none any more", async () => {
    const own = open();
    await (
      await own.launch(["true"], OPTIONS)
    ).exited;
    const child = await sh(own.launch, "cat");
    own.close();
    expect(await child.exited).toBeNull();
    await expect(sh(own.launch, "echo again")).rejects.toThrow("has ended");
  });

  test.each([
    ["is not there", new URL("no-such-file.ts", FILE)],
    ["ends at once", new URL("data:text/javascript,process.exit(1)")],
  ])("that %s is done without, and told", async (_, file) => {
    const told: unknown[] = [];
    const own = createLauncher(file, (error) => told.push(error));
    for (const word of ["one", "two"]) {
      expect(await text((await sh(own.launch, `echo ${word}`)).stdout)).toBe(`${word}\n`);
    }
    expect(told).toHaveLength(1);
    own.close();
  });
});
