import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";

const DEBIAN_POSTGRES = "/usr/lib/postgresql";

/**
 * Starts a PostgreSQL server of its own for the run (or takes `TEST_POSTGRES_URL`) and stops it at the end. Nothing
 * is skipped when it is missing: the run fails and says what to install.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["TEST_POSTGRES_URL"];
  if (given !== undefined) {
    project.provide("postgresUrl", given);
    return () => Promise.resolve();
  }
  const directory = mkdtempSync(join(tmpdir(), "package-broker-pg-"));
  const port = await freePort();
  const owner = unprivilegedUser();
  // setpriv becomes the server, so that the signal at the end reaches it (runuser would swallow it).
  if (owner !== undefined) execFileSync("chown", [owner, directory]);
  const [command, ...prefix] =
    owner === undefined ? [] : ["setpriv", `--reuid=${owner}`, `--regid=${owner}`, "--clear-groups", "--"];
  const run = (program: string, args: string[]): [string, string[]] =>
    command === undefined ? [program, args] : [command, [...prefix, program, ...args]];
  const bin = postgresBinDirectory();
  execFileSync(
    ...run(join(bin, "initdb"), ["-D", join(directory, "data"), "-U", "test", "--auth=trust", "-E", "UTF8", "-N"]),
    {
      stdio: "pipe",
    },
  );
  mkdirSync(join(directory, "socket"), { mode: 0o777 });
  const server = spawn(
    ...run(join(bin, "postgres"), [
      ...["-D", join(directory, "data"), "-p", String(port), "-c", "listen_addresses=127.0.0.1"],
      ...["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=200"],
    ]),
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  await waitForPostgres(url, server);
  project.provide("postgresUrl", url);
  return async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGINT");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
}

/** PostgreSQL refuses to run as root, as CI does. */
function unprivilegedUser(): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    execFileSync("id", ["postgres"], { stdio: "ignore" });
    return "postgres";
  } catch {
    return "nobody";
  }
}

function postgresBinDirectory(): string {
  const versions = existsSync(DEBIAN_POSTGRES) ? readdirSync(DEBIAN_POSTGRES) : [];
  const newest = versions.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined || !existsSync(join(DEBIAN_POSTGRES, newest, "bin", "initdb"))) {
    throw new Error(
      "The tests need a PostgreSQL server: apt-get install postgresql (or set TEST_POSTGRES_URL to a superuser's URL)",
    );
  }
  return join(DEBIAN_POSTGRES, newest, "bin");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitForPostgres(url: string, server: ReturnType<typeof spawn>): Promise<void> {
  let output = "";
  server.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  for (let attempt = 0; attempt < 200; attempt++) {
    if (server.exitCode !== null) break;
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      // The server is not up yet; there is nothing else to wait on.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`PostgreSQL did not start:\n${output}`);
}
