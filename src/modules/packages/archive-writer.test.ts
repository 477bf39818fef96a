import { execFileSync } from "node:child_process";
import { chmod, lstat, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectedFiles, hashFiles } from "../../../e2e/support/file-hashes.ts";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import type { TemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { sha256Hex } from "../../platform/crypto/secrets.ts";
import { createGit, openMirror } from "../../platform/git/index.ts";
import type { ArchiveEntry, Git } from "../../platform/git/index.ts";
import { writeArchive } from "./archive-writer.ts";

let directory: TemporaryDirectory;
let git: Git;
let upstream: GitRepository;
let commit: string;
let gitDir: string;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("archive-writer");
  git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: true });
  upstream = await GitRepository.create(join(directory.path, "upstream.git"));
  upstream.commit(awkwardFiles());
  await upstream.write();
  commit = await upstream.resolve("main");
  gitDir = join(directory.path, "mirror.git");
  const mirror = openMirror(git, { gitDir });
  const remote = { url: `file://${upstream.directory}`, transport: "file", host: "", port: 0, addresses: [] } as const;
  await mirror.prepare();
  const { refs } = await mirror.listRemoteRefs(remote);
  await mirror.fetch(remote, refs, refs);
});

afterAll(async () => {
  git.close();
  await directory.remove();
});

const before = { timeZone: process.env["TZ"], umask: process.umask(0o022) };

afterEach(() => {
  if (before.timeZone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = before.timeZone;
  process.umask(before.umask);
});

function awkwardFiles() {
  return {
    "composer.json": '{"name":"acme/core"}',
    "bin/tool": { mode: "100755", content: "#!/bin/sh\necho tool\n" },
    "bin/link": { mode: "120000", content: "tool" },
    "far-link": { mode: "120000", content: `${"../".repeat(40)}etc/hosts` },
    "données/ü ß.php": "<?php\n",
    "src.php": "<?php // sorts before the directory src/\n",
    "src/empty.php": "",
    "src-tests/a.php": "<?php // and this one between\n",
    "large.bin": Buffer.alloc(5_000_000, sha256Hex("not the same everywhere") + sha256Hex("but repeated")),
    [`deep/${"a-long-name/".repeat(20)}${"x".repeat(120)}.php`]: "<?php\n",
    "tests/a.txt": "left out",
    "dos.txt": "one\ntwo\n",
    "keyword.txt": "$Id$\n",
    ".gitattributes": "/tests export-ignore\ndos.txt text eol=crlf\nkeyword.txt ident\n",
  } as const;
}

async function zipOf(from: Git, mirrorDir = gitDir): Promise<Buffer> {
  const entries = openMirror(from, { gitDir: mirrorDir }).archiveEntries(commit, []);
  return await buffer(writeArchive(entries, "acme-core-0123"));
}

async function extract(zip: Buffer, name: string): Promise<string> {
  const file = join(directory.path, `${name}.zip`);
  await writeFile(file, zip);
  const target = join(directory.path, name);
  // Without a locale of UTF-8 it writes names in another way.
  execFileSync("unzip", ["-q", file, "-d", target], { env: { ...process.env, LC_ALL: "C.UTF-8" } });
  return target;
}

describe("a zip of an awkward repository", () => {
  test("has one folder, and in it the files that git archive makes of a clone", async () => {
    const target = await extract(await zipOf(git), "unzipped");
    expect(await readdir(target)).toEqual(["acme-core-0123"]);
    const folder = join(target, "acme-core-0123");
    expect(await hashFiles(folder)).toEqual(await expectedFiles(upstream.directory, commit));
    const isExecutable = async (name: string) => ((await lstat(join(folder, name))).mode & 0o111) !== 0;
    expect(await Promise.all([isExecutable("bin/tool"), isExecutable("composer.json")])).toEqual([true, false]);
  });

  // Composer without an unzip program uses this one.
  test("is read by PHP as well", async () => {
    const file = join(directory.path, "php.zip");
    await writeFile(file, await zipOf(git));
    const code = `$z = new ZipArchive; $z->open('${file}'); echo json_encode(array_map($z->getNameIndex(...), range(0, $z->numFiles - 1)));`;
    const names = JSON.parse(execFileSync("php", ["-r", code], { encoding: "utf8" })) as string[];
    expect(names).toContain("acme-core-0123/données/ü ß.php");
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(names).toEqual(sorted);
  });

  test.each(["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"])(
    "has the same bytes in the time zone %s, with any umask",
    async (timeZone) => {
      const expected = sha256Hex(await zipOf(git));
      process.env["TZ"] = timeZone;
      process.umask(0o077);
      expect(sha256Hex(await zipOf(git))).toBe(expected);
      if (timeZone !== "UTC") expect(new Date(0).getTimezoneOffset()).not.toBe(0);
    },
  );

  test("has the same bytes whatever git is configured to do", async () => {
    const home = join(directory.path, "home");
    const other = join(directory.path, "configured.git");
    execFileSync("cp", ["-r", gitDir, other]);
    await mkdir(home);
    const settings = [
      "[core]\n\tautocrlf = true\n\teol = crlf\n\tabbrev = 20\n\tattributesFile = ~/attributes\n\tbare = true",
      '[tar]\n\tumask = 0777\n[tar "tar"]\n\tcommand = cat /dev/null',
    ].join("\n");
    await writeFile(join(home, ".gitconfig"), settings);
    await writeFile(join(home, "attributes"), "* export-ignore\n");
    await writeFile(join(other, "config"), settings);
    await mkdir(join(other, "info"), { recursive: true });
    await writeFile(join(other, "info", "attributes"), "*.php export-ignore\n");
    const environment = { PATH: process.env["PATH"] ?? "", HOME: home };
    const configured = createGit({ environment, allowLocal: true });
    expect(sha256Hex(await zipOf(configured, other))).toBe(sha256Hex(await zipOf(git)));
    configured.close();
  });
});

describe("an archive that cannot be made", () => {
  test("fails with its git when that dies in the middle", async () => {
    const bin = join(directory.path, "bin");
    const real = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
    await mkdir(bin);
    const script = `#!/bin/sh\ncase "$*" in *" archive "*) ${real} "$@" | head -c 2000000; kill -9 $$;; *) exec ${real} "$@";; esac\n`;
    await writeFile(join(bin, "git"), script);
    await chmod(join(bin, "git"), 0o755);
    const dying = createGit({ environment: { PATH: `${bin}:${process.env["PATH"]}` }, allowLocal: true });
    await expect(zipOf(dying)).rejects.toThrow("git ended with");
    dying.close();
  });

  test("ends its git when nobody wants it any more", async () => {
    const ended = Promise.withResolvers<undefined>();
    async function* watched(): AsyncGenerator<ArchiveEntry> {
      try {
        yield* openMirror(git, { gitDir }).archiveEntries(commit, []);
      } finally {
        ended.resolve(undefined);
      }
    }
    const stopping = new AbortController();
    const stopped = pipeline(writeArchive(watched(), "f"), new PassThrough(), { signal: stopping.signal });
    stopping.abort();
    await expect(stopped).rejects.toThrow("aborted");
    await ended.promise;
    expect(await readdir(join(gitDir, "package-broker-exports"))).toEqual([]);
  });
});

function fileOf(name: string, chunks: readonly Buffer[], modifiedAt = 1_700_000_000): ArchiveEntry {
  async function* content(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }
  const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const path = Buffer.from(name);
  return { kind: "file", path, isExecutable: false, modifiedAt, sizeBytes, content: content() };
}

async function* only(...entries: readonly ArchiveEntry[]): AsyncGenerator<ArchiveEntry> {
  for (const entry of entries) yield await Promise.resolve(entry);
}

async function zipOfEntries(...entries: readonly ArchiveEntry[]): Promise<Buffer> {
  return await buffer(writeArchive(only(...entries), "f"));
}

test("the bytes do not depend on the pieces in which a content arrives", async () => {
  const content = Buffer.from(Array.from({ length: 20_000 }, (_, index) => sha256Hex(String(index * index))).join(" "));
  const cut = (size: number) =>
    Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
      content.subarray(index * size, (index + 1) * size),
    );
  const whole = sha256Hex(await zipOfEntries(fileOf("a", [content])));
  for (const size of [997, 65_536, 100_001]) {
    expect(sha256Hex(await zipOfEntries(fileOf("a", cut(size))))).toBe(whole);
  }
});

test("a content is not read faster than the archive is taken", async () => {
  let readBytes = 0;
  const chunk = Buffer.from(sha256Hex("noise").repeat(1024));
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) {
      readBytes += chunk.length;
      yield await Promise.resolve(chunk);
    }
  }
  const entry = { ...fileOf("endless", []), sizeBytes: 2 ** 40, content: endless() };
  const archive = writeArchive(only(entry), "f");
  for (let taken = 0; taken < 10; taken++) await archive.next();
  let before = -1;
  while (readBytes !== before) {
    before = readBytes;
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
  }
  await archive.return(undefined);
  expect(readBytes).toBeLessThan(64 * 1024 * 1024);
});

test("years that a zip cannot hold become the nearest ones, in every time zone the same", async () => {
  const dates = [
    0,
    Date.UTC(1980, 0, 1) / 1000,
    Date.UTC(2050, 5, 1) / 1000,
    Date.UTC(2107, 11, 31, 23) / 1000,
    2 ** 36,
  ];
  const make = () => zipOfEntries(...dates.map((date, index) => fileOf(`${index}`, [Buffer.from("x")], date)));
  const zips: string[] = [];
  for (const timeZone of ["UTC", "America/Los_Angeles", "Asia/Tokyo"]) {
    process.env["TZ"] = timeZone;
    zips.push(sha256Hex(await make()));
  }
  expect(new Set(zips).size).toBe(1);
  const file = join(directory.path, "dates.zip");
  await writeFile(file, await make());
  const options = { env: { ...process.env, TZ: "UTC" }, encoding: "utf8" } as const;
  const listed = execFileSync("unzip", ["-Z", "-T", file], options).matchAll(/ (\d{8})\.\d{6} f\/\d/g);
  expect([...listed].map(([, day]) => day)).toEqual(["19800101", "19800101", "20500601", "21071231", "21071231"]);
});

test("names arrive byte by byte, also those that are no UTF-8 or hold a backslash", async () => {
  const names = ["back\\slash.php", "caf\u00e9.txt"].map((name) => Buffer.from(name, "latin1"));
  const content = () => fileOf("a", [Buffer.from("x")]);
  const target = await extract(await zipOfEntries(...names.map((path) => ({ ...content(), path }))), "bytes");
  expect((await readdir(join(target, "f"), "buffer")).toSorted((a, b) => Buffer.compare(a, b))).toEqual(names);
});
