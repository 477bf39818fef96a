/** `npm run fuzz [requests] [seed]`: odd requests made out of the API's own description; fails on any 5xx or hang. */
import { runFuzz } from "../e2e/support/fuzzer.ts";
import { NO_LIMITS, setUpVendor } from "../e2e/support/vendor-shop.ts";

const requests = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
await using setUp = await setUpVendor(NO_LIMITS);
const { broker, managementToken } = setUp;
const sell = () => broker.api("POST", "/api/tokens", managementToken, { description: "fuzz" });
const sold = await Promise.all(Array.from({ length: 100 }, sell));
const [first, ...others] = sold.map(({ body }) => body as { id: string; token: string });
const startedAt = performance.now();
const report = await runFuzz({
  ...{
    broker,
    managementToken,
    composerToken: first?.token ?? "",
    tokenIds: others.map(({ id }) => id),
    requests,
    seed,
  },
  onProgress: (done) => process.stderr.write(`\r${done} of ${requests}`),
});
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
process.stderr.write("\n");
process.stdout.write(`${report.requests} requests in ${seconds} s, seed ${seed}: ${JSON.stringify(report.byStatus)}\n`);
if (report.failures.length > 0) process.stdout.write(`${broker.log().split("\n").slice(-15).join("\n")}\n`);
for (const failure of report.failures) process.stdout.write(`FAIL ${failure}\n`);
process.exitCode = report.failures.length === 0 ? 0 : 1;
