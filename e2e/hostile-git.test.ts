import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GitError, createGit, openMirror } from "../src/platform/git/index.ts";
import type { Git, GitRemote } from "../src/platform/git/index.ts";
import { GitRepository } from "./support/git-repository.ts";
import { FLUSH, endlessPack, packetLine, sendEndlessly, startHostileGitServer } from "./support/hostile-git-server.ts";
import type { HostileGitServer } from "./support/hostile-git-server.ts";
import { memoryOf } from "./support/hostile-sockets.ts";
import { runToolOrFail } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import type { TemporaryDirectory } from "./support/temporary-directory.ts";

const MB = 1024 * 1024;

let directory: TemporaryDirectory;
let upstream: GitRepository;
let server: HostileGitServer;
let git: Git;
let number = 0;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("hostile-git");
  upstream = await GitRepository.create(path.join(directory.path, "upstream", "core.git"));
  upstream.commit({ "composer.json": '{"name":"acme/core"}', "ballast.txt": "ballast\n".repeat(10_000) });
  upstream.tag("1.0.0");
  await upstream.write();
  server = await startHostileGitServer(path.join(directory.path, "upstream"));
  git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: false, memoryBytesMax: 96 * MB });
});

afterAll(async () => {
  git.close();
  await server[Symbol.asyncDispose]();
  await directory.remove();
});

beforeEach(() => {
  server.tamper = {};
  server.asked.length = 0;
});

function remote(): GitRemote {
  const { port } = new URL(server.url);
  const url = `${server.url}/core.git`;
  return { url, transport: "http", host: "127.0.0.1", port: Number(port), addresses: ["127.0.0.1"] };
}

/** A new mirror, and a whole visit of the remote with it. */
async function openVisitor(options: Partial<Parameters<typeof openMirror>[1]> = {}) {
  const gitDir = path.join(directory.path, "mirrors", `${number++}.git`);
  await mkdir(path.dirname(gitDir), { recursive: true });
  const mirror = openMirror(git, { gitDir, ...options });
  await mirror.prepare();
  const visit = async () => {
    const { refs } = await mirror.listRemoteRefs(remote());
    await mirror.fetch(remote(), refs, refs);
    return refs.map(({ ref }) => ref);
  };
  return { gitDir, mirror, visit };
}

async function failureOf(work: Promise<unknown>): Promise<GitError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GitError)) throw new Error(`not a GitError: ${String(error)}`);
  return error;
}

/** Processes of git's that talk to the server. */
function gitProcesses(): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return /^\d+$/.test(pid) && commandLine.includes(server.url) ? [commandLine] : [];
    } catch {
      return [];
    }
  });
}

/** Nothing is left of a visit that went wrong, and the next one to a server that came to its senses succeeds. */
async function expectRecovery({ gitDir, visit }: Awaited<ReturnType<typeof openVisitor>>): Promise<void> {
  expect(gitProcesses()).toEqual([]);
  expect((await readdir(path.join(gitDir, "objects", "pack"))).filter((name) => /^tmp_|lock$/.test(name))).toEqual([]);
  server.tamper = {};
  expect(await visit()).toEqual(["refs/heads/main", "refs/tags/1.0.0"]);
}

const timeouts = { listMs: 1_500, fetchMs: 1_500, localMs: 20_000 };

describe("a git server that", () => {
  test.each(["refs", "objects"] as const)(
    "hangs after the handshake, when asked for its %s, is given up with all of git",
    async (question) => {
      const visitor = await openVisitor({ timeouts });
      server.tamper = { [question]: () => undefined };
      const error = await failureOf(visitor.visit());
      expect(error).toMatchObject({ kind: "timeout", message: expect.stringContaining("within 1.5 s") as unknown });
      expect(server.asked.at(-1)).toBe(question);
      await expectRecovery(visitor);
    },
  );

  test("dies in the middle of the pack is said to have broken off, and leaves no half pack", async () => {
    const visitor = await openVisitor();
    server.tamper = {
      async objects(response, honest) {
        const pack = await honest();
        response.writeHead(200, { "content-length": pack.length });
        response.write(pack.subarray(0, pack.length >> 1));
        setTimeout(() => response.destroy(), 100);
      },
    };
    const error = await failureOf(visitor.visit());
    expect(error).toMatchObject({ kind: "unreachable", message: expect.stringContaining("broke off") as unknown });
    await expectRecovery(visitor);
  });

  test("ends the pack in the middle as if that were all of it is not believed", async () => {
    const visitor = await openVisitor();
    server.tamper = {
      async objects(response, honest) {
        const pack = await honest();
        response.end(Buffer.concat([pack.subarray(0, 300), FLUSH]));
      },
    };
    await failureOf(visitor.visit());
    await expectRecovery(visitor);
  });

  test("sends another object than was asked for is not believed", async () => {
    const visitor = await openVisitor();
    const { refs } = await visitor.mirror.listRemoteRefs(remote());
    const lie = refs.map((ref) => ({ ...ref, objectId: "1".repeat(40), targetId: "1".repeat(40) }));
    server.tamper = {
      objects: (response) => void response.end(Buffer.concat([packetLine("packfile\n"), emptyPack(), FLUSH])),
    };
    await failureOf(visitor.mirror.fetch(remote(), lie, lie));
    await expectRecovery(visitor);
  });

  test("sends a pack without end fills neither the disk nor the memory", async () => {
    const visitor = await openVisitor({ mirrorBytesMax: 16 * MB });
    const { start, more } = endlessPack();
    server.tamper = {
      async objects(response) {
        response.write(start);
        await sendEndlessly(response, () => more);
      },
    };
    const before = memoryOf(process.pid);
    const error = await failureOf(visitor.visit());
    expect(error).toMatchObject({ kind: "output_too_large", message: expect.stringContaining("16 MB") as unknown });
    expect(memoryOf(process.pid) - before).toBeLessThan(128 * MB);
    await expectRecovery(visitor);
  });

  const someRef = (index: number) =>
    packetLine(`${index.toString(16).padStart(40, "a")} refs/tags/${index}${"x".repeat(200)}\n`);

  test.each(["capabilities", "refs"] as const)(
    "sends %s without end is ended before git fills the memory",
    async (question) => {
      const visitor = await openVisitor();
      let index = 0;
      server.tamper = {
        async [question](response: Parameters<typeof sendEndlessly>[0]) {
          if (question === "capabilities")
            response.write(Buffer.concat([packetLine("# service=git-upload-pack\n"), FLUSH]));
          await sendEndlessly(response, () => Buffer.concat(Array.from({ length: 500 }, () => someRef(index++))));
        },
      };
      const error = await failureOf(visitor.visit());
      expect(error).toMatchObject({ kind: "output_too_large", message: expect.stringContaining("96 MB") as unknown });
      await expectRecovery(visitor);
    },
  );

  test("talks without end on the channel for messages is given up, and its words are not kept", async () => {
    const visitor = await openVisitor({ timeouts });
    const words = packetLine(Buffer.concat([Buffer.from([2]), Buffer.from("remote words \u001b[2J\n".repeat(2_000))]));
    server.tamper = {
      async objects(response) {
        response.write(packetLine("packfile\n"));
        await sendEndlessly(response, () => words);
      },
    };
    const before = memoryOf(process.pid);
    const error = await failureOf(visitor.visit());
    expect(error.kind).toBe("timeout");
    expect(error.message.length + error.detail.length).toBeLessThan(70_000);
    expect(memoryOf(process.pid) - before).toBeLessThan(128 * MB);
    await expectRecovery(visitor);
  });

  test("names refs that git would call damaged is read without them", async () => {
    const visitor = await openVisitor();
    const tip = await upstream.resolve("main");
    const bad = [
      ...["../../../../etc/cron.d/x", "a..b", "a\tb", "a\u001b[2Jb", "a\rb", ".hidden", "a/.b", "a//b", "a/"],
      ...[
        "a.lock",
        "a.lock/b",
        "a.",
        "a~1",
        "a^",
        "a^{}b",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a\\b",
        "@{0}",
        "x".repeat(30_000),
      ],
    ];
    const odd = [
      "--upload-pack=id",
      "$(id)",
      "`id`",
      ";id",
      "a|b",
      "'",
      '"',
      "é",
      "🛒",
      "-",
      "@",
      "HEAD",
      "refs/tags/x",
    ];
    server.tamper = {
      async refs(response, honest) {
        const lines = [...bad, ...odd].map((name) => packetLine(`${tip} refs/tags/${name}\n`));
        response.end(Buffer.concat([(await honest()).subarray(0, -4), ...lines, FLUSH]));
      },
    };
    for (let round = 0; round < 2; round++) {
      expect(new Set(await visitor.visit())).toEqual(
        new Set(["refs/heads/main", "refs/tags/1.0.0", ...odd.map((name) => `refs/tags/${name}`)]),
      );
      const read = await runToolOrFail("git", [`--git-dir=${visitor.gitDir}`, "for-each-ref", "--format=%(refname)"]);
      expect(read.trim().split("\n")).toHaveLength(odd.length + 2);
    }
    expect(existsSync("/etc/cron.d/x")).toBe(false);
    await expectRecovery(visitor);
  });
});

function emptyPack(): Buffer {
  const pack = Buffer.from("5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e", "hex");
  return packetLine(Buffer.concat([Buffer.from([1]), pack]));
}

test("helper URLs and options in the place of a URL start nothing, even when nothing before git looked at them", async () => {
  const canary = path.join(directory.path, "canary");
  const command = `touch ${canary}`;
  const urls = [
    `--upload-pack=${command}`,
    `ext::sh -c ${command.replace(" ", "% ")}`,
    `ext::${command}`,
    "fd::3",
    `-oProxyCommand=${command}`,
    `ssh://-oProxyCommand=${command}/x`,
    `file://${upstream.directory}`,
    upstream.directory,
    `git://127.0.0.1/x`,
    `transport::${server.url}/core.git`,
  ];
  for (const url of urls) {
    const visitor = await openVisitor({ timeouts });
    const broken: GitRemote = { url, transport: "http", host: "127.0.0.1", port: 1, addresses: [] };
    await failureOf(visitor.mirror.listRemoteRefs(broken));
    const refs = [{ ref: "refs/heads/main", objectId: "1".repeat(40), targetId: "1".repeat(40) }];
    await failureOf(visitor.mirror.fetch(broken, refs, refs));
    expect(existsSync(canary), url).toBe(false);
  }
});

test("names that are options or commands are never taken for anything but names of objects", async () => {
  const visitor = await openVisitor();
  await visitor.visit();
  const names = ["--batch-all-objects", "$(id)", "HEAD:../../etc/passwd", "HEAD:/etc/passwd", ":/x", "-h"];
  const kinds: string[] = [];
  for await (const object of visitor.mirror.readObjects(names, 1_000)) kinds.push(object.kind);
  expect(kinds).toEqual(names.map(() => "missing"));
  for (const name of ["--output=/tmp/x", "HEAD", "main", "-h", ""]) {
    await expect(visitor.mirror.archiveZip(name)).rejects.toThrow("not the name of a commit");
  }
  const archive = await visitor.mirror.archiveZip(await upstream.resolve("main"));
  expect((await buffer(archive.stdout)).subarray(0, 2).toString()).toBe("PK");
  await archive.done;
});
