import { expect, test } from "vitest";
import { runFuzz } from "./support/fuzzer.ts";
import { NO_LIMITS, setUpVendor } from "./support/vendor-shop.ts";

// The long run is `npm run fuzz`.
test("3,000 odd requests made out of the API's own description get no 5xx, and the server still sells", async () => {
  await using setUp = await setUpVendor(NO_LIMITS);
  const { broker, managementToken } = setUp;
  const sell = () => broker.api("POST", "/api/tokens", managementToken, { description: "sale" });
  const sold = await Promise.all(Array.from({ length: 20 }, sell));
  const [first, ...others] = sold.map(({ body }) => body as { id: string; token: string });
  const report = await runFuzz({
    broker,
    managementToken,
    composerToken: first?.token ?? "",
    tokenIds: others.map(({ id }) => id),
    requests: 3_000,
    seed: 20_261_124,
  });
  expect(report.failures).toEqual([]);
  // A fuzzer that only ever gets 401 or 400 has not been anywhere.
  for (const status of ["200", "400", "401", "404"]) expect(report.byStatus[status]).toBeGreaterThan(3);
  expect(report.byStatus["201"]).toBeGreaterThan(0);
  expect((await sell()).status).toBe(201);
});
