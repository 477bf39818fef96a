import { randomBytes } from "node:crypto";
import path from "node:path";
import Database from "better-sqlite3";
import { type BrokerProcess, startBroker } from "./broker-process.ts";
import { GitRepository } from "./git-repository.ts";
import { childProcessesWith } from "./hostile-sockets.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";
import { NO_LIMITS } from "./vendor-shop.ts";

/** A running server that sells one package, and everything an attacker would like to read in an answer. */
export interface HostileShop extends AsyncDisposable {
  readonly broker: BrokerProcess;
  readonly pid: number;
  readonly managementToken: string;
  readonly customerToken: string;
  readonly tokenId: string;
  /** `/dist/acme/core/….zip`, of about `archiveBytes`. */
  readonly archivePath: string;
  /** What is for sale and who may have it, as rows; when a token was last used is left out. */
  state(): string;
  /** A sale over the API and an install with its token: throws when either fails. */
  sellAndServe(): Promise<void>;
}

const TABLES = [
  ...["tokens", "grants", "customers", "management_tokens", "idempotency_keys", "sources", "packages", "versions"],
];

/** Starts it with `acme/core` 1.0.0, whose archive is incompressible. */
export async function openHostileShop(archiveBytes: number): Promise<HostileShop> {
  await using cleanUp = new AsyncDisposableStack();
  const directory = cleanUp.use(await makeTemporaryDirectory("hostile"));
  const repository = await GitRepository.create(path.join(directory.path, "core.git"));
  const manifest = JSON.stringify({ name: "acme/core", description: "The core" });
  repository.commit({ "composer.json": manifest, "ballast.bin": randomBytes(archiveBytes) });
  repository.tag("1.0.0");
  await repository.write();
  const broker = cleanUp.use(await startBroker({ ALLOW_LOCAL_SOURCES: "1", ...NO_LIMITS }));
  const [pid, ...others] = childProcessesWith("src/main.ts serve");
  if (pid === undefined || others.length > 0) throw new Error("Which process is the server?");
  await broker.cliOrFail(["source", "add", "--url", `file://${repository.directory}`]);
  await broker.cliOrFail(["source", "sync", "--all"]);
  const scopes = ["--scopes", "tokens:write,tokens:read"];
  const managementToken = await broker.cliOrFail(["management-token", "create", "--name", "shop", ...scopes]);
  const sell = async () => {
    const answer = await broker.api("POST", "/api/tokens", managementToken, { description: "A sale" });
    if (answer.status !== 201) throw new Error(`The sale was answered ${answer.status}.`);
    return answer.body as { id: string; token: string };
  };
  const sold = await sell();
  const database = new Database(path.join(broker.dataDir, "package-broker.db"), { readonly: true });
  cleanUp.defer(() => void database.close());
  const owned = cleanUp.move();
  return {
    ...{ broker, pid, managementToken, customerToken: sold.token, tokenId: sold.id },
    archivePath: `/dist/acme/core/${await repository.resolve("1.0.0")}.zip`,
    state() {
      const rows = TABLES.map((table) => database.prepare(`select * from ${table}`).all() as object[]);
      return JSON.stringify(rows.map((all) => all.map((row) => JSON.stringify({ ...row, last_used_at: null })).sort()));
    },
    async sellAndServe() {
      const { token } = await sell();
      const authorization = `Basic ${Buffer.from(`token:${token}`).toString("base64")}`;
      const answer = await fetch(`${broker.url}/p2/acme/core.json`, { headers: { authorization } });
      if (!(await answer.text()).includes('"1.0.0"')) throw new Error(`The package was answered ${answer.status}.`);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
