import { pinnedTo } from "./pinned-lookup.ts";

const TIMEOUT_MS = 10_000;

/**
 * Where a URL redirects to, to tell an operator "use that one"; undefined when it does not or nobody can say. Asks one
 * of the checked addresses, sends no credentials and reads no body.
 */
export async function findRedirectTarget(url: string, addresses: readonly string[]): Promise<string | undefined> {
  const address = addresses[0];
  if (address === undefined) return undefined;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  // Imported only now: `node:http` as an ES module brings Node's WebSocket and fetch along, a tenth of a command's start.
  const { request } = await (new URL(url).protocol === "https:" ? import("node:https") : import("node:http"));
  const outgoing = request(url, {
    agent: false,
    timeout: TIMEOUT_MS,
    lookup: pinnedTo([address]),
  });
  outgoing.on("response", (response) => {
    const { statusCode = 0, headers } = response;
    resolve(
      statusCode >= 300 && statusCode < 400 && headers.location !== undefined
        ? absolute(headers.location, url)
        : undefined,
    );
    outgoing.destroy();
  });
  outgoing.on("timeout", () => outgoing.destroy());
  outgoing.on("error", () => resolve(undefined));
  outgoing.on("close", () => resolve(undefined));
  outgoing.end();
  return await promise;
}

function absolute(location: string, base: string): string | undefined {
  if (!URL.canParse(location, base)) return undefined;
  const target = new URL(location, base);
  target.username = "";
  target.password = "";
  return target.href;
}
