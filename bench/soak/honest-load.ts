import { setTimeout as pause } from "node:timers/promises";
import { LARGE_PACKAGE, MODULE_NAMES } from "../support/broker.ts";
import { basicAuth } from "../support/programs.ts";
import { Client } from "./client.ts";
import type { Answer, Question } from "./client.ts";

/** How long each question of one kind took, in milliseconds, and how many failed. */
export interface LedgerEntry {
  readonly kind: string;
  readonly times: readonly number[];
  readonly failed: number;
  readonly first: string;
}

/** What honest people asked, and what they were answered. */
export class Ledger {
  readonly #asked = new Map<string, number[]>();
  readonly #failed = new Map<string, { count: number; first: string }>();

  note(kind: string, answer: Answer, expected: readonly number[]): void {
    const times = this.#asked.get(kind) ?? [];
    times.push(answer.ms);
    this.#asked.set(kind, times);
    if (expected.includes(answer.status)) return;
    const before = this.#failed.get(kind);
    const first = answer.problem ?? `${answer.status} ${answer.text.slice(0, 200)}`;
    this.#failed.set(kind, { count: (before?.count ?? 0) + 1, first: before?.first ?? first });
  }

  entries(): LedgerEntry[] {
    return [...this.#asked].map(([kind, times]) => {
      const { count = 0, first = "" } = this.#failed.get(kind) ?? {};
      return { kind, times, failed: count, first };
    });
  }

  /** What another process asked, and no more of the same kind here. */
  add(entries: readonly LedgerEntry[]): void {
    for (const { kind, times, failed, first } of entries) {
      this.#asked.set(kind, [...times]);
      if (failed > 0) this.#failed.set(kind, { count: failed, first });
    }
  }

  summary(): {
    kind: string;
    asked: number;
    failed: number;
    p50Ms: number;
    p99Ms: number;
    maxMs: number;
    why: string;
  }[] {
    return [...this.#asked].map(([kind, times]) => ({
      kind,
      asked: times.length,
      failed: this.#failed.get(kind)?.count ?? 0,
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
      maxMs: percentile(times, 1),
      why: this.#failed.get(kind)?.first ?? "",
    }));
  }
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

interface Load {
  readonly url: string;
  readonly ledger: Ledger;
  readonly isOver: () => boolean;
}

const GZIP = { "accept-encoding": "gzip" };
/** Less than the limit of a token: 120 an hour. */
const NOTIFY_EVERY = 60;

/** An update now and then: metadata mostly unchanged, now and then whole, an archive, a report. */
export async function buy(
  { url, ledger, isOver }: Load,
  token: string,
  archivePath: string,
  seed: number,
): Promise<void> {
  const client = new Client(url, basicAuth(token));
  const large = `/p2/${LARGE_PACKAGE}.json`;
  let date: string | undefined;
  const ask = async (kind: string, path: string, question: Question, expected: readonly number[] = [200]) => {
    const answer = await client.ask(path, question);
    ledger.note(kind, answer, expected);
    return answer;
  };
  for (let round = seed; !isOver(); round++) {
    const since = date === undefined ? {} : { "if-modified-since": date };
    const { headers } = await ask("p2, conditional", large, { headers: { ...GZIP, ...since } }, [200, 304]);
    date = headers["last-modified"] ?? date;
    const module = MODULE_NAMES[round % MODULE_NAMES.length] ?? "";
    await ask("p2, whole", `/p2/${module}.json`, { headers: GZIP });
    if (round % 4 === 0) await ask("p2, identity", large, { headers: { "accept-encoding": "identity" } });
    if (round % 4 === 1) await ask("p2, HEAD", large, { method: "HEAD" });
    if (round % 4 === 2) await ask("archive", archivePath, {});
    if (round % 4 === 3) await ask("packages.json", "/packages.json", { headers: GZIP });
    if (round % NOTIFY_EVERY === 0) {
      const body = { downloads: [{ name: LARGE_PACKAGE, version: "1.0.0.0" }] };
      await ask("notify", "/notify", { method: "POST", body });
    }
    await pause(100 + ((round * 37) % 300));
  }
  client.close();
}

/** Orders, most of them renewed, some cancelled. */
export async function sell({ url, ledger, isOver }: Load, managementToken: string, shop: number): Promise<void> {
  const client = new Client(url, `Bearer ${managementToken}`);
  const ask = async (
    kind: string,
    method: string,
    path: string,
    body: object | undefined,
    expected: readonly number[],
  ) => {
    const answer = await client.ask(path, body === undefined ? { method } : { method, body });
    ledger.note(kind, answer, expected);
    return answer;
  };
  for (let order = 0; !isOver(); order++) {
    const metadata = { order_id: `${shop}-${order}`, customer_id: `${shop}-${order % 50}` };
    const inAYear = Math.floor(Date.now() / 1000) + 31_536_000;
    const body = { description: "soak", allowed_package_prefixes: ["acme/"], expires_at: inAYear, metadata };
    const sold = await ask("sale", "POST", "/api/tokens", body, [201]);
    const id = sold.status === 201 ? (JSON.parse(sold.text) as { id: string }).id : undefined;
    if (id !== undefined) {
      await ask("renewal", "PATCH", `/api/tokens/${id}`, { expires_at: inAYear + 31_536_000 }, [200]);
      if (order % 3 === 0) await ask("cancellation", "DELETE", `/api/tokens/${id}`, undefined, [200]);
    }
    await pause(500 + ((order * 61) % 700));
  }
  client.close();
}

/** The warm document that is compared with itself, idle and under the soak; nothing but the server is in its way. */
export async function probe({ url, ledger, isOver }: Load, token: string, kind: string): Promise<void> {
  const client = new Client(url, basicAuth(token));
  while (!isOver()) {
    ledger.note(kind, await client.ask(`/p2/${LARGE_PACKAGE}.json`, { headers: GZIP }), [200]);
    ledger.note(`${kind}, health`, await client.ask("/health"), [200]);
    await pause(50);
  }
  client.close();
}
