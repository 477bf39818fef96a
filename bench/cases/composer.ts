import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { createComposerProject } from "../../e2e/support/composer-client.ts";
import type { ComposerProject } from "../../e2e/support/composer-client.ts";
import { MODULE_NAMES, prepareData, startBroker } from "../support/broker.ts";
import { compare, inTurns } from "../support/comparison.ts";
import type { BenchCase } from "../support/comparison.ts";
import { basicAuth, freePort, getRaw, waitForAnswer } from "../support/programs.ts";
import type { RawAnswer } from "../support/programs.ts";
import { startBareServer } from "../support/static-answers.ts";

const ROUNDS = 5;
const NOTIFIED: RawAnswer = {
  ...{ status: 200, headers: {}, body: Buffer.from('{"status":"success"}') },
  rawHeaders: ["Content-Type", "application/json", "Content-Length", "20"],
};

/** A customer's first `composer update` of 40 packages, against a server that only hands out files. */
export const composer: BenchCase = {
  name: "composer",
  async run(bench) {
    const data = await prepareData(bench.directory);
    await using ours = await startBroker({ dataDir: data.dataDir });
    await waitForAnswer(`${ours.url}/ready`);
    const port = await freePort();
    const answers = await copyAnswers(ours.url, data.token, `http://127.0.0.1:${port}`);
    const directory = path.join(bench.directory, "static");
    await mkdir(directory);
    await using files = await startBareServer(directory, answers, { port });
    await waitForAnswer(`${files.url}/packages.json`);
    await using oursProject = await createProject(ours.url, data.token);
    await using filesProject = await createProject(files.url, data.token);
    // Its words for every request slow Composer down, so they are counted in a run of their own.
    const requests = await inTurns(1, {
      ours: () => countRequests(oursProject),
      files: () => countRequests(filesProject),
    });
    const times = await inTurns(ROUNDS, { ours: () => update(oursProject), files: () => update(filesProject) });
    const against = "static files";
    return {
      comparisons: [
        compare({ measured: "composer update, 40 packages", against, unit: "ms" }, times.ours, times.files),
        compare({ measured: "composer update, requests", against, unit: "requests" }, requests.ours, requests.files),
      ],
    };
  },
};

async function createProject(repositoryUrl: string, token: string): Promise<ComposerProject> {
  const project = await createComposerProject({ repositoryUrl });
  await project.configureFromEmail(token);
  await project.updateManifest({ require: Object.fromEntries(MODULE_NAMES.map((name) => [name, "*"])) });
  return project;
}

/** Nothing is known yet: no cache, no lock file, nothing installed. */
async function update(project: ComposerProject, ...more: string[]): Promise<number> {
  await project.clearCache();
  await project.removeVendor();
  await rm(path.join(project.directory, "composer.lock"), { force: true });
  const startedAt = performance.now();
  const { exitCode, output } = await project.run(["update", ...more]);
  const ms = performance.now() - startedAt;
  if (exitCode !== 0) throw new Error(`composer update failed:\n${output}`);
  return ms;
}

async function countRequests(project: ComposerProject): Promise<number> {
  await project.clearCache();
  await project.removeVendor();
  await rm(path.join(project.directory, "composer.lock"), { force: true });
  const { output } = await project.run(["update", "-vvv"]);
  return output.match(/^Downloading https?:/gm)?.length ?? 0;
}

/** Every answer that the update asks for, as it came, but with the URLs of the static server. */
async function copyAnswers(url: string, token: string, staticUrl: string): Promise<Record<string, RawAnswer>> {
  const headers = { Authorization: basicAuth(token), "Accept-Encoding": "gzip" };
  const answers: Record<string, RawAnswer> = { "/notify": NOTIFIED };
  for (const asked of ["/packages.json", ...MODULE_NAMES.map((name) => `/p2/${name}.json`)]) {
    const answer = await getRaw(url + asked, headers);
    const text = gunzipSync(answer.body).toString().replaceAll(url, staticUrl);
    const body = gzipSync(text);
    answers[asked] = { ...answer, body, rawHeaders: withLength(answer.rawHeaders, body.length) };
    const [newest] = /\/dist\/[^"]+\.zip/.exec(text) ?? [];
    if (newest !== undefined) answers[newest] = await getRaw(url + newest, headers);
  }
  return answers;
}

function withLength(rawHeaders: readonly string[], length: number): string[] {
  return rawHeaders.map((value, index) =>
    rawHeaders[index - 1]?.toLowerCase() === "content-length" ? String(length) : value,
  );
}
