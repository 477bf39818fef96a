import { prepareData } from "../support/broker.ts";
import type { BenchCase } from "../support/comparison.ts";
import { basicAuth } from "../support/programs.ts";
import { compareThroughput, startRivals } from "../support/rivals.ts";

const ROUNDS = 7;

/** Archives: a stored zip of 200 kB. */
export const dist: BenchCase = {
  name: "dist",
  async run(bench) {
    const data = await prepareData(bench.directory);
    await using rivals = await startRivals(bench, data, [data.archivePath]);
    const comparisons = await compareThroughput(rivals, {
      measured: "dist, 200 kB",
      rounds: ROUNDS,
      targetOf: ({ url, pid }) => ({
        url: url + data.archivePath,
        pid,
        status: 200,
        headers: { Authorization: basicAuth(data.token) },
      }),
    });
    return { comparisons };
  },
};
