import path from "node:path";
import { prepareData, startBrokerOnCopy } from "../support/broker.ts";
import { compare, inTurns, summarize } from "../support/comparison.ts";
import type { BenchCase } from "../support/comparison.ts";
import { LOAD_CORE, ROOT, SERVER_CORE, runProgram } from "../support/programs.ts";

const ROUNDS = 5;
const ROUND_MS = 2_000;
const CONNECTIONS = 8;
const MEASURED = `POST /api/tokens, ${CONNECTIONS} connections`;

interface Rate {
  readonly perSecond: number;
  readonly p99Ms?: number;
}

/** Sales a second. Each ends in one commit that is on the disk, so the disk's own commits are the ceiling. */
export const tokens: BenchCase = {
  name: "tokens",
  async run(bench) {
    const data = await prepareData(bench.directory);
    await using started = new AsyncDisposableStack();
    const ours = started.use(await startBrokerOnCopy(data, path.join(bench.directory, "ours")));
    const script = (name: string) => path.join(ROOT, "bench", name);
    const sell = async (url: string): Promise<Rate> => {
      const args = [script("token-load.ts"), url, data.managementToken, String(CONNECTIONS), String(ROUND_MS)];
      return JSON.parse((await runProgram(LOAD_CORE, [process.execPath, ...args])).stdout) as Rate;
    };
    const commit = async (): Promise<Rate> => {
      const args = [script("fsynced-commits.ts"), path.join(bench.directory, "commits.db"), String(ROUND_MS)];
      return JSON.parse((await runProgram(SERVER_CORE, [process.execPath, ...args])).stdout) as Rate;
    };
    const sides: Record<string, () => Promise<Rate>> = { ours: () => sell(ours.url), "commits of the disk": commit };
    if (bench.otherCheckout !== undefined) {
      const other = started.use(
        await startBrokerOnCopy(data, path.join(bench.directory, "other"), bench.otherCheckout),
      );
      sides["other checkout"] = () => sell(other.url);
    }
    for (const side of Object.values(sides)) await side();
    const { ours: sold = [], ...others } = await inTurns(ROUNDS, sides);
    const comparisons = Object.entries(others).map(([against, theirs]) =>
      compare(
        { measured: MEASURED, against, unit: "1/s" },
        sold.map(({ perSecond }) => perSecond),
        theirs.map(({ perSecond }) => perSecond),
      ),
    );
    const slowest = summarize(sold.map(({ p99Ms }) => p99Ms ?? Number.NaN));
    return { comparisons, figures: [{ measured: `${MEASURED}, p99`, unit: "ms", value: slowest }] };
  },
};
