import { expect } from "vitest";
import { SCOPES } from "../modules/callers/index.ts";
import type { TestEngine } from "./database.ts";
import { hostPackage } from "./packages.ts";
import { startTestServer } from "./test-server.ts";

/** The answer to a move, a merge or an undoing. */
export interface MovedAnswer {
  move: string;
  tokens: { id: string; token: string | null }[];
  warnings?: string[];
}

/** A server with a few packages and a management token that may move anything, and what tests of moves say to it. */
export async function openMoves(engine: TestEngine) {
  const server = await startTestServer(engine);
  for (const name of ["acme/core", "acme/theme", "globex/x"]) await hostPackage(server.core.database, name, ["1.0.0"]);
  const shop = await server.createManagementToken({ scopes: [...SCOPES] });
  /** With the status that is expected; below 300 where none is said. */
  const call = async (method: string, path: string, body?: unknown, status?: number) => {
    const answer = await server.api(method, path, shop, body);
    if (status === undefined) expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
    else expect(answer.status, `${path} ${answer.text}`).toBe(status);
    return answer.json();
  };
  const move = async (path: string, body: unknown) => (await call("POST", path, body)) as MovedAnswer;
  const grant = (customer: string, place: string, name: string) =>
    call("PUT", `/api/customers/${customer}/grants/default/${place}`, { package: name });
  /** The status of each package with a secret; what it opens no version of is 404. */
  const opens = async (secret: string, ...names: string[]) =>
    await Promise.all(
      names.map(async (name) => {
        const { status, text } = await server.composer(`/p2/${name}.json`, secret);
        return status === 200 && !text.includes('"1.0.0"') ? 404 : status;
      }),
    );
  return { server, shop, call, move, grant, opens };
}
