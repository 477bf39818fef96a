import type { TestServer } from "./test-server.ts";

export interface SoldToken {
  id: string;
  /** The secret. */
  token: string;
}

/** What a shop's webhook does: mints a customer token over the API. */
export async function sellToken(
  server: TestServer,
  managementToken: string,
  body: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<SoldToken> {
  const answer = await server.api("POST", "/api/tokens", managementToken, { description: "A sale", ...body }, headers);
  if (answer.status !== 201) throw new Error(`the sale answered ${answer.status}: ${answer.text}`);
  return answer.json() as SoldToken;
}

/** Ids of a list as the API shows it. */
export async function listedIds(server: TestServer, managementToken: string, query = ""): Promise<string[]> {
  const answer = await server.api("GET", `/api/tokens${query}`, managementToken);
  if (answer.status !== 200) throw new Error(`the list answered ${answer.status}: ${answer.text}`);
  return (answer.json() as { id: string }[]).map(({ id }) => id);
}
