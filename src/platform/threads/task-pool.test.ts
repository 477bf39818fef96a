import { getPriority } from "node:os";
import { describe, expect, test } from "vitest";
import { createTaskPool } from "./task-pool.ts";
import type { TaskPoolOptions } from "./task-pool.ts";
import { refusalOf } from "./thread-error.ts";

const FILE = new URL("../../testing/test-tasks.ts", import.meta.url);

function makePool(options: Partial<TaskPoolOptions> = {}) {
  const pool = createTaskPool({ file: FILE, memoryMb: 32, timeoutMs: 60_000, threads: 1, ...options });
  return {
    ...pool,
    ask: (name: string, input?: unknown) => pool.run<unknown>(name, input, { lane: "waited" }),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

describe("a pool of worker threads", () => {
  test("loses only the task that needs too much memory, says so, and does the next one", async () => {
    await using pool = makePool();
    const filled = pool.ask("fill");
    const next = pool.ask("echo", "still here");
    await expect(filled).rejects.toMatchObject({
      kind: "out_of_memory",
      message: "it needs more than the 32 MB that a worker thread may have",
    });
    expect(await next).toBe("still here");
    expect(await pool.ask("echo", "and later")).toBe("and later");
  });

  test("gives way to the thread that answers", async () => {
    await using pool = makePool();
    expect(await pool.ask("priority")).toBe(10);
    expect(getPriority(0)).toBeLessThan(10);
  });

  test("ends a task that takes too long, and does the next one", async () => {
    await using pool = makePool({ timeoutMs: 1_000 });
    const spun = pool.ask("spin");
    const next = pool.ask("echo", "next");
    await expect(spun).rejects.toMatchObject({
      kind: "too_slow",
      message: "it took more than 1 seconds of a worker thread",
    });
    expect(await next).toBe("next");
  });

  test("gives an error of a task to its caller alone and goes on with the same thread", async () => {
    await using pool = makePool();
    const failed: unknown = await pool.ask("fail").catch((error: unknown) => error);
    expect(failed).toMatchObject({ kind: "failed", message: "this task is wrong" });
    expect(refusalOf(failed)).toBeUndefined();
    await expect(pool.ask("unknown")).rejects.toMatchObject({ kind: "failed" });
    await expect(pool.ask("echo", () => "cannot be sent")).rejects.toThrow("could not be cloned");
    expect(await pool.ask("echo", "next")).toBe("next");
  });

  test("adds parts one after the other, and no more after one that cannot be had", async () => {
    await using pool = makePool();
    const parts = [1, 2, 3];
    const sum = await pool.run("count", undefined, { lane: "waited", nextPart: () => Promise.resolve(parts.shift()) });
    expect(sum).toBe(6);
    const nextPart = () => Promise.reject(new Error("the database is gone"));
    await expect(pool.run("count", undefined, { lane: "waited", nextPart })).rejects.toThrow("the database is gone");
    expect(await pool.ask("echo", "next")).toBe("next");
  });

  test("serves whom somebody waits for in turns with what nobody waits for, each in its order", async () => {
    await using pool = makePool();
    const order: string[] = [];
    const run = async (lane: "waited" | "background", name: string) => {
      await pool.run("echo", name, { lane });
      order.push(name);
    };
    // The first is at once in the thread.
    const first = run("background", "sync 1");
    const syncs = ["sync 2", "sync 3", "sync 4"].map((name) => run("background", name));
    const buyers = ["buyer 1", "buyer 2"].map((name) => run("waited", name));
    await Promise.all([first, ...syncs, ...buyers]);
    expect(order).toEqual(["sync 1", "buyer 1", "sync 2", "buyer 2", "sync 3", "sync 4"]);
  });

  test("refuses the 201st who would wait, and takes others when there is room", async () => {
    await using pool = makePool();
    const calledOff = new AbortController();
    const spinning = pool.run("spin", undefined, { lane: "waited", signal: calledOff.signal });
    const waiting = Array.from({ length: 200 }, (_, index) => pool.ask("echo", String(index)));
    const refused: unknown = await pool.ask("echo", "too many").catch((error: unknown) => error);
    expect(refusalOf(refused)).toMatchObject({ status: 503 });
    calledOff.abort();
    await expect(spinning).rejects.toMatchObject({ kind: "called_off" });
    expect(await Promise.all(waiting)).toHaveLength(200);
  });

  test("calls off what is not wanted any more, whether it waits or runs", async () => {
    await using pool = makePool();
    const [running, waiting] = [new AbortController(), new AbortController()];
    const runs = pool.run("spin", undefined, { lane: "background", signal: running.signal });
    const waits = pool.run("spin", undefined, { lane: "background", signal: waiting.signal });
    waiting.abort();
    await expect(waits).rejects.toMatchObject({ kind: "called_off" });
    running.abort();
    await expect(runs).rejects.toMatchObject({ kind: "called_off" });
    await expect(pool.run("echo", "", { lane: "waited", signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: "called_off",
    });
    expect(await pool.ask("echo", "next")).toBe("next");
  });

  test("closes with a task under way and others waiting, and takes none afterwards", async () => {
    const pool = makePool();
    const settled = Promise.allSettled([pool.ask("spin"), pool.ask("echo", "waits")]);
    await pool.close();
    const kinds = (await settled).map((result) =>
      result.status === "rejected" ? (result.reason as unknown) : undefined,
    );
    expect(kinds).toMatchObject([{ kind: "called_off" }, { kind: "called_off" }]);
    await expect(pool.ask("echo", "late")).rejects.toMatchObject({ kind: "called_off" });
  });

  test("fails when its file cannot be loaded, instead of trying for ever", async () => {
    await using pool = makePool({ file: new URL("not-there.ts", FILE) });
    await expect(pool.ask("echo", "x")).rejects.toMatchObject({ kind: "failed" });
    await expect(pool.ask("echo", "x")).rejects.toMatchObject({ kind: "failed" });
  });
});
