import { readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import type { Broker } from "./broker.ts";
import { cpuSeconds } from "./programs.ts";

const EVERY_MS = 5;

/** Milliseconds. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface OfMonitor {
  /** How long the event loop of the server was held: by itself, or because another program had the core. */
  readonly held: Delays;
  /** What its main thread computed in one turn, which is the share of it that is its own. */
  readonly computed: Delays;
}

export interface Witnessed extends OfMonitor {
  /** How long somebody else waited for `/health` meanwhile. */
  readonly health: Delays;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

/** What a server that was started with loop-monitor.ts is like for everybody else while something is done. */
export async function witness(broker: Broker, delayFile: string, work: () => Promise<void>): Promise<Witnessed> {
  await readDelays(broker.pid, delayFile);
  const cpuBefore = cpuSeconds(broker.pid);
  const startedAt = performance.now();
  const stop = new AbortController();
  const waits = pollHealth(broker.url, stop.signal);
  try {
    await work();
  } finally {
    stop.abort();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const health = percentiles(await waits);
  return {
    ...(await readDelays(broker.pid, delayFile)),
    health,
    cpuSeconds: cpuSeconds(broker.pid) - cpuBefore,
    seconds,
  };
}

async function readDelays(pid: number, file: string): Promise<OfMonitor> {
  await rm(file, { force: true });
  process.kill(pid, "SIGUSR2");
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as OfMonitor;
    await setTimeout(2);
  }
}

/** One request after the other, each counted from when it was due: a server that answers nothing for a second is asked no less. */
async function pollHealth(url: string, signal: AbortSignal): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const waits: number[] = [];
  let due = performance.now();
  while (!signal.aborted) {
    await ask(`${url}/health`, agent);
    const now = performance.now();
    for (; due <= now; due += EVERY_MS) waits.push(now - due);
    await setTimeout(due - now);
  }
  agent.destroy();
  return waits;
}

function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => response.resume().once("end", resolve))
      .once("error", reject)
      .end();
  });
}

function percentiles(values: readonly number[]): Delays {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}
