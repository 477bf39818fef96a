import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Core } from "../compose.ts";
import {
  createManagementToken,
  listManagementTokens,
  revokeManagementToken,
} from "../modules/management-tokens/index.ts";
import type { Caller } from "../modules/callers/index.ts";
import { addSource, listSources } from "../modules/sources/index.ts";
import type { Source } from "../modules/sources/index.ts";
import { waitAndSync } from "../modules/sync/index.ts";
import { nowSeconds } from "../platform/clock.ts";
import { instructions } from "./instructions.ts";
import { sampleRepositories } from "./sample-repositories.ts";
import { ensureRepository } from "./write-repository.ts";

const TOKEN_NAME = "demo";
const demo: Caller = { actor: { kind: "system", id: "demo", requestId: null }, shop: null, packageBound: null };

/** Makes what the demo sells, or completes it after an interrupted start, and returns the text to print. */
export async function prepareDemo(core: Core): Promise<string> {
  const directory = join(resolve(core.config.dataDir), "demo-repositories");
  await refuseRealData(core, directory);
  const sources: Source[] = [];
  for (const repository of sampleRepositories) {
    const gitDir = join(directory, `${repository.name}.git`);
    await ensureRepository(core.git, gitDir, repository);
    sources.push(await ensureSource(core, gitDir, repository));
  }
  await Promise.all(sources.map((source) => sync(core, source)));
  return instructions({
    publicUrl: core.config.publicUrl,
    secret: await renewToken(core),
    dataDir: core.config.dataDir,
    nowSeconds: nowSeconds(core.clock),
    isRoot: process.getuid?.() === 0,
  });
}

/** Sample vendors and a token nobody asked for have no place among real ones. */
async function refuseRealData(core: Core, directory: string): Promise<void> {
  if (await exists(directory)) return;
  const sources = await listSources(core);
  const tokens = await listManagementTokens(core);
  if (sources.length === 0 && tokens.length === 0) return;
  const place = core.database.engine === "postgres" ? "DATABASE_URL" : `DATA_DIR (${core.config.dataDir})`;
  throw new Error(`${place} holds an installation of its own: start the demo without it, or with another one`);
}

async function ensureSource(core: Core, gitDir: string, repository: { name: string; vendor: string }): Promise<Source> {
  const url = pathToFileURL(gitDir).href;
  const known = (await listSources(core)).find((source) => source.url === url);
  if (known !== undefined) return known;
  return await addSource(core, demo, { url, name: repository.name, filters: [`${repository.vendor}/`] });
}

/** What is published already stays as it is, and then this takes milliseconds. */
async function sync(core: Core, source: Source): Promise<void> {
  const report = await waitAndSync(core.sync, source.id);
  if (report.outcome === "succeeded") return;
  const remedy = `remove ${core.config.dataDir} and start the demo again`;
  throw new Error(
    `the sample package ${source.name} could not be read: ${report.detail ?? "no reason given"}; ${remedy}`,
  );
}

/** The secret can be shown once only, so each start makes a token of its own and ends the earlier ones. */
async function renewToken(core: Core): Promise<string> {
  const earlier = (await listManagementTokens(core)).filter(
    ({ name, status }) => name === TOKEN_NAME && status === "active",
  );
  for (const { id } of earlier) await revokeManagementToken(core, demo, id);
  const { secret } = await createManagementToken(core, demo, {
    name: TOKEN_NAME,
    scopes: ["tokens:write", "tokens:read", "customers:read"],
    prefixes: [...new Set(sampleRepositories.map(({ vendor }) => `${vendor}/`))],
  });
  return secret;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
