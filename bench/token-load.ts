// `node token-load.ts URL MANAGEMENT_TOKEN CONNECTIONS MS` sells without a pause and prints what it managed, as JSON.
import { Agent, request } from "node:http";

const [url, managementToken, connections, ms] = process.argv.slice(2);
if (url === undefined || managementToken === undefined || ms === undefined) {
  throw new Error("usage: node token-load.ts URL MANAGEMENT_TOKEN CONNECTIONS MS");
}
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const latencies: number[] = [];
// Customers and orders are new ones in every run on the same data.
const run = Date.now().toString(36);
let sold = 0;

/** One purchase, as a shop's webhook reports it. */
function buy(): Promise<void> {
  const number = ++sold;
  const body = JSON.stringify({
    description: `Customer ${number} - Order #${number}`,
    permissions: "readonly",
    expires_at: 4_000_000_000,
    allowed_package_prefixes: ["acme/"],
    rate_limit_max: 1000,
    metadata: {
      customer_id: `cust_${run}_${number}`,
      customer_email: `buyer-${number}@example.com`,
      order_id: `order_${run}_${number}`,
    },
  });
  const headers = {
    authorization: `Bearer ${managementToken ?? ""}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const startedAt = performance.now();
  request(`${url ?? ""}/api/tokens`, { method: "POST", agent, headers }, (response) => {
    response.resume();
    response.once("end", () => {
      if (response.statusCode !== 201) reject(new Error(`POST /api/tokens answered ${response.statusCode ?? 0}`));
      latencies.push(performance.now() - startedAt);
      resolve(undefined);
    });
  })
    .once("error", reject)
    .end(body);
  return promise;
}

const startedAt = performance.now();
const buyer = async () => {
  while (performance.now() - startedAt < Number(ms)) await buy();
};
await Promise.all(Array.from({ length: Number(connections) }, buyer));
const seconds = (performance.now() - startedAt) / 1000;
latencies.sort((a, b) => a - b);
const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
process.stdout.write(JSON.stringify({ perSecond: latencies.length / seconds, p99Ms }));
agent.destroy();
