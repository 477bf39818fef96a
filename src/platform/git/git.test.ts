import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { getPriority } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { manyFiles, plantBomb } from "../../../e2e/support/bombs.ts";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import type { TemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { GitError, createGit, openMirror } from "./index.ts";
import type { Git, GitRemote } from "./index.ts";

const PASSWORD = "s3cret/with:odd@signs";

let directory: TemporaryDirectory;
let git: Git;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("git");
  git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: false });
  const repository = await GitRepository.create(join(directory.path, "acme.git"));
  repository.commit({ "composer.json": "{}" });
  await repository.write();
});

afterAll(async () => {
  git.close();
  await directory.remove();
});

function remoteOf(url: string, credentials?: GitRemote["credentials"]): GitRemote {
  const { hostname, port } = new URL(url);
  return { url, transport: "http", host: hostname, port: Number(port), addresses: ["127.0.0.1"], credentials };
}

async function lsRemote(remote: GitRemote, timeoutMs = 20_000): Promise<string> {
  return (await git.run(["ls-remote", "--", remote.url], { timeoutMs, remote })).toString();
}

async function failureOf(work: Promise<unknown>): Promise<GitError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GitError)) throw new Error(`not a GitError: ${String(error)}`);
  return error;
}

test("every git gives way to the server on a busy machine", async () => {
  const waiting = await git.start(["hash-object", "--stdin"], { timeoutMs: 20_000 });
  expect(getPriority(waiting.pid)).toBe(10);
  expect(getPriority(0)).toBeLessThan(10);
  waiting.cancel();
});

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("credentials", () => {
  test("open a repository that asks for them", async () => {
    await using server = await startGitHttpServer({ root: directory.path, username: "u", password: PASSWORD });
    const remote = remoteOf(`${server.url}/acme.git`, { username: "u", password: PASSWORD });
    expect(await lsRemote(remote)).toContain("refs/heads/main");
  });

  test("when wrong are named as what to check, and are nowhere in the error", async () => {
    await using server = await startGitHttpServer({ root: directory.path, username: "u", password: PASSWORD });
    const error = await failureOf(
      lsRemote(remoteOf(`${server.url}/acme.git`, { username: "u", password: "wr0ng-s3cret" })),
    );
    expect(error.kind).toBe("authentication");
    expect(error.message).toBe(
      "authentication failed at 127.0.0.1: check the user name and the password (or access token) of the source",
    );
    expect(JSON.stringify([error.message, error.detail, error.stack])).not.toContain("wr0ng-s3cret");
  });

  test("when missing are asked for", async () => {
    await using server = await startGitHttpServer({ root: directory.path, username: "u", password: PASSWORD });
    const error = await failureOf(lsRemote(remoteOf(`${server.url}/acme.git`)));
    expect(error.message).toBe(
      "127.0.0.1 asks for a user name and a password: give the source a user name and an access token",
    );
  });

  // Arguments are readable by every user of the machine; the environment of a process by its own user only.
  test("are in no argument of any process", async () => {
    const wrapper = join(directory.path, "git");
    const seen = join(directory.path, "arguments");
    await writeFile(wrapper, `#!/bin/sh\necho "$@" >> ${seen}\nexec /usr/bin/git "$@"\n`);
    await chmod(wrapper, 0o755);
    const children: string[] = [];
    await using server = await serve((_request, response) => {
      children.push(...commandLines());
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    });
    const wrapped = createGit({
      environment: { PATH: `${directory.path}:${process.env["PATH"] ?? ""}` },
      allowLocal: false,
    });
    const remote = remoteOf(`${server.url}/acme.git`, { username: "u", password: PASSWORD });
    await failureOf(wrapped.run(["ls-remote", "--", remote.url], { timeoutMs: 20_000, remote }));
    wrapped.close();
    const everything = [await readFile(seen, "utf8"), ...children].join("\n");
    expect(children.join("\n")).toContain("git-remote-http");
    expect(everything).toContain("ls-remote");
    expect(everything).not.toContain(PASSWORD);
    expect(everything).not.toContain(Buffer.from(`u:${PASSWORD}`).toString("base64"));
  });
});

describe("what an operator reads", () => {
  test("of a repository that is not there", async () => {
    await using server = await startGitHttpServer({ root: directory.path });
    const error = await failureOf(lsRemote(remoteOf(`${server.url}/nowhere.git`)));
    expect(error.kind).toBe("not_found");
    expect(error.message).toContain(`there is no git repository at ${server.url}/nowhere.git`);
  });

  test("of a redirect, which is not followed", async () => {
    const asked: (string | undefined)[] = [];
    await using server = await serve((request, response) => {
      asked.push(request.url);
      response.writeHead(301, { location: "http://169.254.169.254/x" }).end();
    });
    const error = await failureOf(lsRemote(remoteOf(`${server.url}/acme.git`, { username: "u", password: PASSWORD })));
    expect(error.kind).toBe("redirect");
    expect(asked).toHaveLength(1);
  });

  test.each([
    ["http://127.0.0.1:1/acme.git", "unreachable", "does not accept connections"],
    ["ext::sh -c true", "protocol", "only http, https and ssh"],
    ["git://127.0.0.1/acme.git", "protocol", "only http, https and ssh"],
    ["file:///etc", "protocol", "only http, https and ssh"],
    ["/etc", "protocol", "only http, https and ssh"],
  ])("of %s", async (url, kind, words) => {
    const remote: GitRemote = { url, transport: "http", host: "127.0.0.1", port: 1, addresses: [] };
    const error = await failureOf(lsRemote(remote));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(words);
  });

  test("is one line without the userinfo of URLs", async () => {
    const { explainFailure } = await import("./git-error.ts");
    const error = explainFailure("fatal: odd thing\nat https://u:pw@host/x  and more", 128, undefined);
    expect(error.message).toBe("git failed: odd thing");
    expect(error.detail).toBe("fatal: odd thing\nat https://host/x  and more");
  });

  // Whoever reads "broke off the connection" looks at the network for ever, and each try transfers everything again.
  test("of a repository that is damaged where it comes from", async () => {
    const path = join(directory.path, "damaged.git");
    const repository = await GitRepository.create(path);
    repository.commit({ "composer.json": "{}", "large.bin": "x".repeat(10_000) });
    await repository.write();
    const blob = execFileSync("git", ["--git-dir", path, "rev-parse", "main:large.bin"], { encoding: "utf8" }).trim();
    await rm(join(path, "objects", blob.slice(0, 2), blob.slice(2)));
    await using server = await startGitHttpServer({ root: directory.path });
    await using copy = await makeTemporaryDirectory("copy");
    const mirror = openMirror(git, { gitDir: join(copy.path, "copy.git") });
    await mirror.prepare();
    const remote = remoteOf(`${server.url}/damaged.git`);
    const { refs } = await mirror.listRemoteRefs(remote);
    const error = await failureOf(mirror.fetch(remote, refs, refs));
    expect(error.kind).toBe("remote_damaged");
    expect(error.message).toBe(`the repository at ${remote.url} is damaged itself: run git fsck there`);
  });
});

describe("a host that prepares what it sends for longer than a look may take", () => {
  const withPatience = (look: number, fetch: number) =>
    createGit({
      environment: { PATH: process.env["PATH"] ?? "" },
      allowLocal: false,
      slowSeconds: { look, fetch },
    });

  async function fetchFromSlowHost(patient: Git) {
    await using backend = await startGitHttpServer({ root: directory.path });
    await using slow = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        const isFetch = body.includes("command=fetch");
        const timer = setTimeout(() => void passOn(backend.url, request, body, response), isFetch ? 3_500 : 0);
        response.once("close", () => clearTimeout(timer));
      });
    });
    await using copy = await makeTemporaryDirectory("copy");
    const mirror = openMirror(patient, { gitDir: join(copy.path, "copy.git") });
    await mirror.prepare();
    const remote = remoteOf(`${slow.url}/acme.git`);
    const { refs } = await mirror.listRemoteRefs(remote);
    try {
      await mirror.fetch(remote, refs, refs);
    } finally {
      patient.close();
    }
    return (await mirror.listHeldRefs()).upstream.size;
  }

  // Otherwise a large repository on a small host can never be synced, and each try costs that host the same work.
  test("is waited for when it is fetched from", async () => {
    expect(await fetchFromSlowHost(withPatience(1, 60))).toBe(1);
  });

  test("is told what to do when that was not enough", async () => {
    const error = await failureOf(fetchFromSlowHost(withPatience(20, 1)));
    expect(error.kind).toBe("timeout");
    expect(error.message).toContain("127.0.0.1 sent next to nothing for 1 seconds");
    expect(error.message).toContain("run git repack -a -d --write-bitmap-index in the repository there");
  });

  test("is given up soon when it is only looked at", async () => {
    await using server = await serve(() => undefined);
    const hasty = withPatience(1, 600);
    const remote = remoteOf(`${server.url}/hang.git`);
    const error = await failureOf(hasty.run(["ls-remote", "--", remote.url], { timeoutMs: 20_000, remote }));
    hasty.close();
    expect(error.kind).toBe("timeout");
    expect(error.message).toBe("127.0.0.1 answered too slowly: it is tried again at the next sync");
  });
});

// A server that accepts and never answers must not hold a sync, nor leave a helper process behind.
test("a time-out ends git and its helpers", async () => {
  const requested = Promise.withResolvers<string[]>();
  await using server = await serve(() =>
    requested.resolve(commandLines().filter((line) => line.includes("remote-http"))),
  );
  const error = await failureOf(lsRemote(remoteOf(`${server.url}/hang.git`), 1500));
  expect(error.kind).toBe("timeout");
  expect(error.message).toBe("127.0.0.1 did not finish within 1.5 s: it is tried again at the next sync");
  expect((await requested.promise).some((line) => line.includes(server.url))).toBe(true);
  expect(commandLines().filter((line) => line.includes(server.url))).toEqual([]);
});

test("an abort ends git and its helpers", async () => {
  const requested = Promise.withResolvers<undefined>();
  await using server = await serve(() => requested.resolve(undefined));
  const abort = new AbortController();
  const remote = remoteOf(`${server.url}/hang.git`);
  const running = git.run(["ls-remote", "--", remote.url], { timeoutMs: 20_000, remote, signal: abort.signal });
  await requested.promise;
  abort.abort();
  expect((await failureOf(running)).kind).toBe("aborted");
  expect(commandLines().filter((line) => line.includes(server.url))).toEqual([]);
});

test("output without end is cut off", async () => {
  const error = await failureOf(git.run(["help", "-a"], { timeoutMs: 20_000, outputSizeBytesMax: 10 }));
  expect(error.kind).toBe("output_too_large");
});

/** Without `prlimit` in PATH, as on a machine that has no util-linux. */
async function pathWithGitOnly(): Promise<string> {
  const bin = join(directory.path, "only-git");
  await mkdir(bin);
  await symlink("/usr/bin/git", join(bin, "git"));
  return bin;
}

// A few kilobytes that stand for ten billion files: git archive and git ls-tree keep or write all of them.
describe("a git that nobody else bounds", () => {
  const bombed = async () => {
    const repository = await GitRepository.create(join(await mkdtemp(join(directory.path, "bomb-")), "bomb.git"));
    const innermost = await manyFiles(repository.directory, 10, "<?php\n");
    const bomb = { innermost, width: 10, levels: 9, composerJson: "{}" };
    return { gitDir: repository.directory, commit: await plantBomb(repository.directory, "1.0.0", bomb) };
  };

  test.each([
    ["by the kernel", () => process.env["PATH"] ?? ""],
    ["by its watch, where prlimit is missing", pathWithGitOnly],
  ])("is ended when it takes more memory than it may, %s", async (_, path) => {
    const { gitDir, commit } = await bombed();
    const bounded = createGit({
      environment: { PATH: await path() },
      allowLocal: false,
      memoryBytesMax: 64 * 1024 * 1024,
    });
    const running = await bounded.start(["archive", "--format=tar", commit], { gitDir, timeoutMs: 60_000 });
    running.stdin.end();
    running.stdout.resume();
    const error = await failureOf(running.done);
    bounded.close();
    expect([error.kind, error.message]).toEqual([
      "output_too_large",
      "git needs more than 64 MB of memory for it (GIT_MEMORY_MAX_MB)",
    ]);
    expect(commandLines().filter((line) => line.includes(gitDir))).toEqual([]);
  });

  test("is ended when it lists without end", async () => {
    const { gitDir, commit } = await bombed();
    const mirror = openMirror(git, { gitDir });
    expect((await failureOf(mirror.listFiles(commit))).kind).toBe("output_too_large");
    expect(commandLines().filter((line) => line.includes(gitDir))).toEqual([]);
  });
});

test("a remote with more branches and tags than a source may have is not listed to its end", async () => {
  const repository = await GitRepository.create(join(directory.path, "refs.git"));
  repository.commit({ "composer.json": "{}" });
  for (let tag = 0; tag < 11; tag++) repository.tag(`1.0.${tag}`, { annotated: true });
  await repository.write();
  await using server = await startGitHttpServer({ root: directory.path });
  const listed = (refsMax: number) =>
    openMirror(git, { gitDir: repository.directory, refsMax }).listRemoteRefs(remoteOf(`${server.url}/refs.git`));
  expect((await listed(12)).refs).toHaveLength(12);
  const error = await failureOf(listed(10));
  expect([error.kind, error.message]).toEqual(["output_too_large", expect.stringContaining("SOURCE_MAX_REFS")]);
});

// DNS rebinding: the name's second answer must not matter, because the first was checked.
test("git connects to the checked address whatever the name means", async () => {
  await using server = await startGitHttpServer({ root: directory.path });
  const { port } = new URL(server.url);
  const remote = {
    url: `http://no-such-host.invalid:${port}/acme.git`,
    transport: "http",
    host: "no-such-host.invalid",
    port: Number(port),
    addresses: ["127.0.0.1"],
  } as const;
  expect(await lsRemote(remote)).toContain("refs/heads/main");
});

test("ssh connects to the checked address without asking anybody, and knows the host by its name", async () => {
  const bin = join(directory.path, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "ssh"), `#!/bin/sh\nprintf '%s\\n' "$@" > ${bin}/seen\nexit 255\n`);
  await chmod(join(bin, "ssh"), 0o755);
  const withSsh = createGit({ environment: { PATH: `${bin}:${process.env["PATH"] ?? ""}` }, allowLocal: false });
  const url = "ssh://git@git.acme.test:2222/core.git";
  const remote = { url, transport: "ssh", host: "git.acme.test", port: 2222, addresses: ["93.184.216.34"] } as const;
  await failureOf(withSsh.run(["ls-remote", "--", url], { timeoutMs: 20_000, remote }));
  withSsh.close();
  const seen = (await readFile(join(bin, "seen"), "utf8")).split("\n");
  expect(seen).toEqual(
    expect.arrayContaining([
      "BatchMode=yes",
      "HostName=93.184.216.34",
      "HostKeyAlias=[git.acme.test]:2222",
      "git@git.acme.test",
    ]),
  );
});

test("a missing git is said to be missing", async () => {
  const without = createGit({ environment: { PATH: "/nonexistent" }, allowLocal: false });
  const error = await failureOf(without.run(["version"], { timeoutMs: 1000 }));
  without.close();
  expect(error.message).toContain("install git");
});

async function passOn(url: string, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const { method = "GET", headers } = request;
  const { "content-type": type = "", "git-protocol": protocol = "", "content-encoding": encoding = "" } = headers;
  const answer = await fetch(`${url}${request.url ?? ""}`, {
    method,
    headers: {
      "content-type": type,
      "git-protocol": String(protocol),
      ...(encoding === "" ? {} : { "content-encoding": encoding }),
    },
    ...(method === "GET" ? {} : { body }),
  });
  response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

/** Command lines of all processes of this machine that git started. */
function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .flatMap((name) => {
      try {
        return [readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ")];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes("git"));
}
