import { type BrokerProcess, startBroker } from "./broker-process.ts";
import { type GitHttpServer, startGitHttpServer } from "./git-http-server.ts";
import { type SampleVendors, buildSampleVendors } from "./sample-vendors.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

const GIT_PASSWORD = "correct horse battery staple";

/** A vendor's whole set-up: repositories behind HTTP Basic auth, a running broker that has synced them, a shop's token. */
export interface VendorSetUp extends AsyncDisposable {
  readonly vendors: SampleVendors;
  readonly git: GitHttpServer;
  readonly broker: BrokerProcess;
  /** Bound to `acme/`, with the scopes of the guide. */
  readonly managementToken: string;
  /** Source id by package name. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Does Step 1 and Step 2 of the guide on the command line, beside the running server. */
export async function setUpVendor(environment: Readonly<Record<string, string>> = {}): Promise<VendorSetUp> {
  await using cleanUp = new AsyncDisposableStack();
  const directory = cleanUp.use(await makeTemporaryDirectory("vendors"));
  const vendors = await buildSampleVendors(directory.path);
  const git = cleanUp.adopt(
    await startGitHttpServer({ root: vendors.root, username: "ci", password: GIT_PASSWORD }),
    (server) => server.close(),
  );
  const broker = cleanUp.use(await startBroker(environment));
  const sources = new Map<string, string>();
  for (const { name, path } of [...vendors.acme, ...vendors.globex]) {
    const filter = `${name.split("/")[0] ?? ""}/*`;
    const id = await broker.cliOrFail(
      ["source", "add", "--url", `${git.url}/${path}`, "--filter", filter, "--username", "ci", "--password-stdin"],
      `${GIT_PASSWORD}\n`,
    );
    sources.set(name, id);
  }
  await broker.cliOrFail(["source", "sync", "--all"]);
  const managementToken = await broker.cliOrFail([
    ...["management-token", "create", "--name", "shop", "--scopes", "tokens:write,tokens:read,customers:read"],
    ...["--prefix", "acme/"],
  ]);
  const owned = cleanUp.move();
  return {
    ...{ vendors, git, broker, managementToken, sources },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** For tests that ask more than any shop: thousands of requests a minute, and tokens that were never made. */
export const NO_LIMITS = { API_RATE_LIMIT: "0", API_ENDING_LIMIT: "0", UNKNOWN_CREDENTIAL_LIMIT: "0" };

/** Waits until `check` holds: for what another process has to notice, which it promises within a second. */
export async function eventually(check: () => Promise<boolean>, withinMs = 1000): Promise<void> {
  const startedAt = performance.now();
  while (!(await check())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`It did not become true within ${withinMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
