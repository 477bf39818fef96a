/** What a shop does with each generated client, in strict TypeScript: a wrong type in openapi.json does not compile. */
export const OPENAPI_FETCH = `
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

type Token = components["schemas"]["Token"];
type Problem = components["schemas"]["Problem"];

const api = createClient<paths>({
  baseUrl: process.env["BROKER_URL"] ?? "",
  headers: { authorization: "Bearer " + (process.env["BROKER_TOKEN"] ?? "") },
});

const made = await api.POST("/api/tokens", {
  params: { header: { "idempotency-key": "order_1" } },
  body: { description: "Order 1", allowed_package_prefixes: ["acme/"], metadata: { customer_id: "cust_1" } },
});
if (made.data === undefined) throw new Error(JSON.stringify(made.error));
const { id } = made.data;
const secret: string = "token" in made.data ? made.data.token : "";
const page = await api.GET("/api/tokens", { params: { query: { limit: 2, expires_before: 1893456000 } } });
const listed: Token[] = (await api.GET("/api/tokens", { params: { query: { limit: 2 } } })).data ?? [];
const read = await api.GET("/api/tokens/{id}", { params: { path: { id } } });
const changed = await api.PATCH("/api/tokens/{id}", { params: { path: { id } }, body: { expires_at: 1893456000 } });
const revoked = await api.DELETE("/api/tokens/{id}", { params: { path: { id } } });
const wrong = await api.POST("/api/tokens", { body: { description: "x", expires_at: 1893456000000 } });
const problem: Problem | undefined = wrong.error;
console.log(JSON.stringify({
  secret: secret.slice(0, 4),
  requestId: made.response.headers.get("x-request-id")?.slice(0, 4),
  soon: page.data?.length,
  listed: listed.map((token) => token.id === id),
  read: read.data?.usage.requests_total,
  end: changed.data?.expires_at,
  revoked: revoked.data?.message,
  problem: [problem?.status, problem?.code, problem?.type, problem?.errors?.[0]?.pointer],
}));
`;

export const HEY_API = `
import { createToken, getToken, listTokens, revokeToken, updateToken } from "./client/index.js";
import type { Problem, Token } from "./client/index.js";
import { client } from "./client/client.gen.js";

client.setConfig({ baseUrl: process.env["BROKER_URL"] ?? "", auth: process.env["BROKER_TOKEN"] ?? "" });

const made = await createToken({
  headers: { "idempotency-key": "order_2" },
  body: { description: "Order 2", allowed_package_prefixes: ["acme/"], metadata: { customer_id: "cust_2" } },
});
if (made.data === undefined) throw new Error(JSON.stringify(made.error));
const { id } = made.data;
const secret: string = "token" in made.data ? made.data.token : "";
const page = await listTokens({ query: { limit: 2, expires_before: 1893456000 } });
const listed: Token[] = (await listTokens({ query: { limit: 2, customer_id: "cust_2" } })).data ?? [];
const read = await getToken({ path: { id } });
const changed = await updateToken({ path: { id }, body: { expires_at: 1893456000 } });
const revoked = await revokeToken({ path: { id } });
const wrong = await createToken({ body: { description: "x", expires_at: 1893456000000 } });
const problem: Problem | undefined = wrong.error;
console.log(JSON.stringify({
  secret: secret.slice(0, 4),
  requestId: made.response?.headers.get("x-request-id")?.slice(0, 4),
  soon: page.data?.length,
  listed: listed.map((token) => token.id === id),
  read: read.data?.usage.requests_total,
  end: changed.data?.expires_at,
  revoked: revoked.data?.message,
  problem: [problem?.status, problem?.code, problem?.type, problem?.errors?.[0]?.pointer],
}));
`;
