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
    // Another checkout has another address, so other bodies, so other dates.
    const dates = new Map<string, string>();
    for (const { url } of [rivals.ours, ...Object.values(rivals.others)]) {
      dates.set(url, (await getRaw(url + DOCUMENT, headers)).headers["last-modified"] ?? "");
    }
    const requests: [string, string, Target["status"], string][] = [
      ["p2, 200 gzip", DOCUMENT, 200, data.token],
      ["p2, 200 gzip, limited token", DOCUMENT, 200, data.limitedToken],
      ["p2, 304", DOCUMENT, 304, data.token],
      ["packages.json, 200 gzip", ROOT_DOCUMENT, 200, data.token],
    ];
    const comparisons: Comparison[] = [];
    for (const [measured, path, status, token] of requests) {
      bench.say(measured);
      const targetOf = ({ url, pid }: Rival, name: string): Target => ({
        ...{ url: url + path, pid, status },
        headers: {
          ...headers,
          // nginx knows one token.
          ...(name === "nginx" ? {} : { Authorization: basicAuth(token) }),
          ...(status === 304 ? { "If-Modified-Since": dates.get(url) ?? "" } : {}),
        },
      });
      comparisons.push(...(await compareThroughput(rivals, { measured, rounds: ROUNDS, targetOf })));
    }
    return { comparisons };
  },
};
