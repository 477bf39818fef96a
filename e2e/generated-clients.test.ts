import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startBroker } from "./support/broker-process.ts";
import { HEY_API, OPENAPI_FETCH } from "./support/client-programs.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENT = path.join(ROOT, "openapi.json");
const MODULES = path.join(ROOT, "node_modules");
/** Nothing is sent to anybody, and nothing is asked for a newer version. */
const QUIET = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", CI: "1" };

const execute = promisify(execFile);

/** Runs a program of node_modules, or what it made; it fails with what the program said. */
async function run(cwd: string, file: string, args: readonly string[], env: Record<string, string> = {}) {
  try {
    const options = { cwd, env: { ...process.env, ...QUIET, ...env }, maxBuffer: 64 * 1024 * 1024 };
    return (await execute(file, [...args], options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${path.basename(file)} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

const bin = (name: string) => path.join(MODULES, ".bin", name);

const CLIENTS = {
  "openapi-typescript and openapi-fetch": {
    program: OPENAPI_FETCH,
    generate: (directory: string) =>
      run(directory, bin("openapi-typescript"), [DOCUMENT, "--output", path.join(directory, "schema.d.ts")]),
  },
  "@hey-api/openapi-ts": {
    program: HEY_API,
    generate: (directory: string) =>
      run(directory, bin("openapi-ts"), [
        ...["--input", DOCUMENT, "--output", path.join(directory, "client"), "--silent", "--no-log-file"],
        ...["--plugins", "@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
      ]),
  },
};

const COMPILER = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: false,
  skipLibCheck: true,
  target: "es2024",
  lib: ["es2024", "dom", "dom.iterable"],
  module: "nodenext",
  types: ["node"],
  typeRoots: [path.join(MODULES, "@types")],
  outDir: "out",
  rootDir: ".",
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: true,
};

// Whoever sells from TypeScript generates a client first; that it compiles is what the types of openapi.json promise.
test.each(Object.entries(CLIENTS))(
  "the client that %s makes of openapi.json compiles under strict, sells, lists, reads, renews, revokes and reads a refusal",
  { timeout: 180_000 },
  async (_name, { program, generate }) => {
    await using cleanUp = new AsyncDisposableStack();
    const { path: directory } = cleanUp.use(await makeTemporaryDirectory("client"));
    await symlink(MODULES, path.join(directory, "node_modules"));
    await mkdir(path.join(directory, "out"));
    await writeFile(path.join(directory, "package.json"), JSON.stringify({ type: "module", private: true }));
    await writeFile(path.join(directory, "program.ts"), program);
    await writeFile(
      path.join(directory, "tsconfig.json"),
      JSON.stringify({ compilerOptions: COMPILER, files: ["program.ts"] }),
    );
    await generate(directory);
    await run(directory, bin("tsc"), ["--project", "."]);

    const broker = cleanUp.use(await startBroker());
    const secret = await broker.cliOrFail([
      ...["management-token", "create", "--name", "shop", "--scopes", "tokens:write,tokens:read,customers:read"],
      ...["--prefix", "acme/"],
    ]);
    const env = { BROKER_URL: broker.url, BROKER_TOKEN: secret };
    const said = await run(directory, process.execPath, [path.join(directory, "out", "program.js")], env);
    expect(JSON.parse(said)).toEqual({
      ...{ secret: "pbt_", requestId: "req_", soon: 0, listed: [true], read: 0 },
      ...{ end: 1893456000, revoked: "Token revoked" },
      problem: [400, "request.invalid", "/docs/reference/errors#request.invalid", "/expires_at"],
    });
  },
);

test("redocly lint finds neither an error nor a warning in openapi.json", { timeout: 60_000 }, async () => {
  const said = await run(ROOT, bin("redocly"), ["lint", "openapi.json", "--format", "json", "--max-problems", "20"]);
  const { totals, problems } = JSON.parse(said.slice(said.indexOf("{"))) as { totals: object; problems: unknown[] };
  expect(problems).toEqual([]);
  expect(totals).toMatchObject({ errors: 0, warnings: 0 });
});
