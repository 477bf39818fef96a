import path from "node:path";
import { expect, test } from "vitest";
import { startGitHttpServer } from "./git-http-server.ts";
import { GitRepository } from "./git-repository.ts";
import { type RunResult, runTool, runToolOrFail } from "./processes.ts";
import { type TemporaryDirectory, makeTemporaryDirectory } from "./temporary-directory.ts";

async function buildRepository(directory: TemporaryDirectory, tags: number): Promise<string> {
  const root = path.join(directory.path, "root");
  const repository = await GitRepository.create(path.join(root, "acme/core.git"));
  for (let index = 0; index < tags; index++) {
    repository.commit({ "count.txt": `${index}\n` });
    repository.tag(`1.${index}.0`);
  }
  await repository.write();
  return root;
}

async function clone(directory: TemporaryDirectory, url: string): Promise<RunResult> {
  return await runTool("git", ["clone", "--quiet", "--bare", url, path.join(directory.path, "clone.git")]);
}

function withCredentials(url: string, username: string, password: string): string {
  const full = new URL(url);
  full.username = username;
  full.password = password;
  return full.href;
}

test("serves a clone to whoever knows the password", async () => {
  await using directory = await makeTemporaryDirectory("git-http");
  const root = await buildRepository(directory, 3);
  await using server = await startGitHttpServer({ root, username: "vendor", password: "s3cret/:@" });
  const url = withCredentials(`${server.url}/acme/core.git`, "vendor", "s3cret/:@");
  expect(await clone(directory, url)).toMatchObject({ exitCode: 0 });
  const tags = await runToolOrFail("git", ["-C", path.join(directory.path, "clone.git"), "tag"]);
  expect(tags).toBe("1.0.0\n1.1.0\n1.2.0\n");
  expect(server.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
    "GET 401",
    "GET 200",
    "POST 200",
    "POST 200",
  ]);
});

test("refuses a wrong password, no password, and a password that was changed", async () => {
  await using directory = await makeTemporaryDirectory("git-http");
  const root = await buildRepository(directory, 1);
  await using server = await startGitHttpServer({ root, username: "vendor", password: "right" });
  const url = `${server.url}/acme/core.git`;
  expect((await clone(directory, withCredentials(url, "vendor", "wrong"))).stderr).toContain("Authentication failed");
  expect((await clone(directory, url)).stderr).toContain("could not read Username");
  server.credentials = { username: "vendor", password: "new" };
  expect((await clone(directory, withCredentials(url, "vendor", "right"))).exitCode).toBe(128);
  expect(server.requests.every(({ status }) => status === 401)).toBe(true);
});

// git compresses a request of more than 1 kB, and sends one of more than http.postBuffer in chunks, without a length.
test("understands the compressed and the chunked requests of a client with many refs", async () => {
  await using directory = await makeTemporaryDirectory("git-http");
  const root = await buildRepository(directory, 1500);
  await using server = await startGitHttpServer({ root });
  const url = `${server.url}/acme/core.git`;
  expect(await clone(directory, url)).toMatchObject({ exitCode: 0 });
  expect(server.requests.at(-1)).toMatchObject({ status: 200, headers: { "content-encoding": "gzip" } });
  const git = ["-C", path.join(directory.path, "clone.git"), "-c", "http.postBuffer=65536"];
  expect(await runTool("git", [...git, "fetch", "--refetch", url, "+refs/*:refs/*"])).toMatchObject({ exitCode: 0 });
  expect(server.requests.at(-1)).toMatchObject({ status: 200, headers: { "transfer-encoding": "chunked" } });
});

test("says 404 for a repository that does not exist", async () => {
  await using directory = await makeTemporaryDirectory("git-http");
  const root = await buildRepository(directory, 1);
  await using server = await startGitHttpServer({ root });
  expect((await clone(directory, `${server.url}/acme/nothing.git`)).stderr).toContain("not found");
});

test("closes while a client holds a connection open", async () => {
  await using directory = await makeTemporaryDirectory("git-http");
  const server = await startGitHttpServer({ root: await buildRepository(directory, 1) });
  const url = `${server.url}/acme/core.git/info/refs?service=git-upload-pack`;
  await (await fetch(url)).arrayBuffer();
  await server.close();
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});
