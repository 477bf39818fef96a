import { LARGE_PACKAGE, prepareData } from "../support/broker.ts";
import type { BenchCase, Comparison } from "../support/comparison.ts";
import { basicAuth, getRaw } from "../support/programs.ts";
import { compareThroughput, startRivals } from "../support/rivals.ts";
import type { Rival } from "../support/rivals.ts";
import type { Target } from "../support/wrk.ts";

const ROUNDS = 7;
const DOCUMENT = `/p2/${LARGE_PACKAGE}.json`;
const ROOT_DOCUMENT = "/packages.json";

/** Metadata: the request that Composer makes for every package of every update. */
export const p2: BenchCase = {
  name: "p2",
  async run(bench) {
    const data = await prepareData(bench.directory);
    await using rivals = await startRivals(bench, data, [DOCUMENT, ROOT_DOCUMENT]);
    const headers = { Authorization: basicAuth(data.token), "Accept-Encoding": "gzip" };
    const current = (await getRaw(rivals.ours.url + DOCUMENT, headers)).headers["last-modified"] ?? "";
    const requests: [string, string, Target["status"], Record<string, string>][] = [
      ["p2, 200 gzip", DOCUMENT, 200, headers],
      ["p2, 200 gzip, limited token", DOCUMENT, 200, { ...headers, Authorization: basicAuth(data.limitedToken) }],
      ["p2, 304", DOCUMENT, 304, { ...headers, "If-Modified-Since": current }],
      ["packages.json, 200 gzip", ROOT_DOCUMENT, 200, headers],
    ];
    const comparisons: Comparison[] = [];
    for (const [measured, path, status, sent] of requests) {
      bench.say(measured);
      const targetOf = ({ url, pid }: Rival, name: string): Target => ({
        url: url + path,
        pid,
        status,
        // nginx knows one token.
        headers: name === "nginx" ? { ...sent, Authorization: headers.Authorization } : sent,
      });
      comparisons.push(...(await compareThroughput(rivals, { measured, rounds: ROUNDS, targetOf })));
    }
    return { comparisons };
  },
};
