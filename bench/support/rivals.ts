import { mkdir } from "node:fs/promises";
import path from "node:path";
import { startBrokerOnCopy } from "./broker.ts";
import type { PreparedData } from "./broker.ts";
import { compare, inTurns } from "./comparison.ts";
import type { Bench, Comparison } from "./comparison.ts";
import { startNginx } from "./nginx.ts";
import { basicAuth, getRaw, waitForAnswer } from "./programs.ts";
import type { RawAnswer } from "./programs.ts";
import { startBareServer } from "./static-answers.ts";
import { runWrk } from "./wrk.ts";
import type { Target, Throughput } from "./wrk.ts";

export interface Rival {
  readonly url: string;
  readonly pid: number;
}

/** Servers that answer the same bytes, all on one core. */
export interface Rivals extends AsyncDisposable {
  readonly ours: Rival;
  readonly others: Readonly<Record<string, Rival>>;
}

/** Starts our server, and beside it a bare Node server and nginx with our answers to these paths. */
export async function startRivals(bench: Bench, data: PreparedData, paths: readonly string[]): Promise<Rivals> {
  await using started = new AsyncDisposableStack();
  const ours = started.use(await startBrokerOnCopy(data, path.join(bench.directory, "ours")));
  const headers = { Authorization: basicAuth(data.token), "Accept-Encoding": "gzip" };
  const answers: Record<string, RawAnswer> = {};
  for (const asked of paths) {
    const answer = await getRaw(ours.url + asked, headers);
    if (answer.status !== 200) throw new Error(`${asked} answered ${answer.status}.`);
    answers[asked] = answer;
  }
  for (const name of ["bare", "nginx"]) await mkdir(path.join(bench.directory, name), { recursive: true });
  const bare = started.use(await startBareServer(path.join(bench.directory, "bare"), answers));
  const nginx = started.use(await startNginx(path.join(bench.directory, "nginx"), data.token, answers));
  const other =
    bench.otherCheckout === undefined
      ? undefined
      : started.use(await startBrokerOnCopy(data, path.join(bench.directory, "other"), bench.otherCheckout));
  const others = { ...(other === undefined ? {} : { "other checkout": other }), "bare node": bare, nginx };
  for (const { url } of [ours, ...Object.values(others)]) await waitForAnswer(url + (paths[0] ?? "/"), headers);
  const owned = started.move();
  return { ours, others, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface ThroughputPlan {
  readonly measured: string;
  readonly rounds: number;
  readonly targetOf: (rival: Rival, name: string) => Target;
}

/** Requests a second, the slowest hundredth, and the work for each, ours against each of the others. */
export async function compareThroughput({ ours, others }: Rivals, plan: ThroughputPlan): Promise<Comparison[]> {
  const sides: Record<string, () => Promise<Throughput>> = Object.fromEntries(
    Object.entries({ ours, ...others }).map(([name, rival]) => [name, () => runWrk(plan.targetOf(rival, name))]),
  );
  for (const side of Object.values(sides)) await side();
  const { ours: measured = [], ...rounds } = await inTurns(plan.rounds, sides);
  const figures = [
    [plan.measured, "requests/s", "perSecond"],
    [`${plan.measured}, p99`, "ms", "p99Ms"],
    [`${plan.measured}, CPU`, "µs/request", "cpuMicroseconds"],
  ] as const;
  return figures.flatMap(([name, unit, key]) =>
    Object.entries(rounds).map(([against, theirs]) =>
      compare(
        { measured: name, against, unit },
        measured.map((round) => round[key]),
        theirs.map((round) => round[key]),
      ),
    ),
  );
}
