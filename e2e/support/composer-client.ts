import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { type FileHashes, hashFiles } from "./file-hashes.ts";
import { type RunResult, runTool, runToolOrFail } from "./processes.ts";
import { specFixture } from "./shop-handlers.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

const GUIDE_URL = "https://package-broker.example.com";
const GUIDE_PLACEHOLDER = "YOUR_TOKEN_HERE";
/** Nothing listens there: whatever would leave the machine fails at once instead. */
const NOWHERE = "http://127.0.0.1:9";

/** What composer said. `output` is both streams, for what a person would have read. */
export interface ComposerResult extends RunResult {
  readonly output: string;
}

/** A package of a lock file, as far as the tests look at it. */
interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly dist?: { readonly type: string; readonly url: string; readonly reference: string; readonly shasum: string };
  readonly source?: unknown;
  readonly "notification-url"?: string;
  readonly time?: string;
}

/** A lock file, as far as the tests look at it. */
export interface ComposerLock {
  readonly packages: readonly LockedPackage[];
  readonly "packages-dev": readonly LockedPackage[];
}

/** Where the customer's project gets its packages. */
export interface ComposerProjectOptions {
  /** The URL of the Composer repository, as the customer pastes it. */
  readonly repositoryUrl: string;
  /** Milliseconds for one run (default 60 s). */
  readonly timeoutMs?: number;
  /** Runs as a build does, where the environment has `CI`. */
  readonly isCi?: boolean;
}

/** Makes a customer's empty project: Composer's home and cache are its own and it never leaves the machine. */
export async function createComposerProject(options: ComposerProjectOptions): Promise<ComposerProject> {
  const directory = await makeTemporaryDirectory("composer");
  const project = new ComposerProject(directory.path, options, directory.remove);
  await mkdir(project.directory);
  await mkdir(project.home);
  await writeFile(path.join(project.directory, "composer.json"), "{}\n");
  return project;
}

/** A customer's project, driven by the real composer. */
export class ComposerProject implements AsyncDisposable {
  readonly directory: string;
  readonly home: string;
  readonly cache: string;
  readonly remove: () => Promise<void>;
  readonly #options: ComposerProjectOptions;

  constructor(root: string, options: ComposerProjectOptions, remove: () => Promise<void>) {
    this.directory = path.join(root, "project");
    this.home = path.join(root, "home");
    this.cache = path.join(root, "cache");
    this.remove = remove;
    this.#options = options;
  }

  /** Composer's key for the credentials: host, and the port where the URL names one. */
  get host(): string {
    return new URL(this.#options.repositoryUrl).host;
  }

  /**
   * Does what the guide's e-mail tells a customer: puts its `repositories` into composer.json and runs its
   * `composer config` line, with our host and token in the place of the examples. Beside that, packagist.org is
   * switched off, and on loopback `secure-http`, which Composer insists on even there.
   */
  async configureFromEmail(token: string): Promise<void> {
    const email = await readFile(specFixture("email.html"), "utf8");
    const [manifest, command] = [...email.matchAll(/<pre><code>(.*?)<\/code><\/pre>/gsu)].map((match) => match[1]);
    if (manifest === undefined || command === undefined) throw new Error("The guide's e-mail has no code to follow.");
    const { repositories } = JSON.parse(manifest.replaceAll(GUIDE_URL, this.#options.repositoryUrl)) as {
      repositories: unknown[];
    };
    await this.updateManifest({ repositories: [...repositories, { "packagist.org": false }] });
    await this.#runOrFail(["config", "secure-http", "false"]);
    const line = command
      .replace(/^\$ composer /u, "")
      .replaceAll(new URL(GUIDE_URL).host, this.host)
      .replaceAll(GUIDE_PLACEHOLDER, token);
    await this.#runOrFail(line.split(" "));
  }

  /** Replaces keys of composer.json. */
  async updateManifest(changes: Readonly<Record<string, unknown>>): Promise<void> {
    const file = path.join(this.directory, "composer.json");
    const manifest = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    await writeFile(file, `${JSON.stringify({ ...manifest, ...changes }, null, 4)}\n`);
  }

  /** Runs composer without questions and colours: `run(["require", "acme/checkout:^1.0"])`. */
  async run(args: readonly string[], options: { readonly timeoutMs?: number } = {}): Promise<ComposerResult> {
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? 60_000;
    return await this.#run([...args, "--no-interaction", "--no-ansi"], timeoutMs);
  }

  /** Runs lines that composer is in, as a person pastes them into bash; the first that fails ends them. */
  async runShell(lines: string, variables: Readonly<Record<string, string>> = {}): Promise<ComposerResult> {
    const env = { ...this.#environment(), ...variables };
    const result = await runTool("bash", ["-e", "-c", lines], { cwd: this.directory, env });
    return { ...result, output: result.stdout + result.stderr };
  }

  /** For every project of this home: plain http on loopback, and no packagist.org. */
  async configureHome(): Promise<void> {
    const settings = { config: { "secure-http": false }, repositories: { "packagist.org": false } };
    await writeFile(path.join(this.home, "config.json"), JSON.stringify(settings));
  }

  /** Runs PHP code in the project; with `require "vendor/autoload.php"` it uses what is installed. */
  async runPhp(code: string): Promise<string> {
    return await runToolOrFail("php", ["-r", code], { cwd: this.directory });
  }

  /** Forgets everything composer has downloaded, metadata too. */
  async clearCache(): Promise<void> {
    await rm(this.cache, { recursive: true, force: true });
  }

  /** Removes everything that is installed, and keeps composer.json and composer.lock. */
  async removeVendor(): Promise<void> {
    await rm(path.join(this.directory, "vendor"), { recursive: true, force: true });
  }

  /** composer.lock as it is now. */
  async lock(): Promise<ComposerLock> {
    return JSON.parse(await readFile(path.join(this.directory, "composer.lock"), "utf8")) as ComposerLock;
  }

  /** Name → version of everything in composer.lock. */
  async lockedVersions(): Promise<Readonly<Record<string, string>>> {
    const lock = await this.lock();
    return Object.fromEntries([...lock.packages, ...lock["packages-dev"]].map(({ name, version }) => [name, version]));
  }

  /** The installed files of a package, for comparing with `expectedFiles`. */
  async installedFiles(packageName: string): Promise<FileHashes> {
    return await hashFiles(path.join(this.directory, "vendor", packageName));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  async #run(args: readonly string[], timeoutMs: number): Promise<ComposerResult> {
    const result = await runTool("composer", args, { cwd: this.directory, timeoutMs, env: this.#environment() });
    return { ...result, output: result.stdout + result.stderr };
  }

  async #runOrFail(args: readonly string[]): Promise<void> {
    const result = await this.#run(args, 60_000);
    if (result.exitCode !== 0) throw new Error(`composer ${args.join(" ")} failed.\n${result.output}`);
  }

  #environment(): Record<string, string> {
    return {
      HOME: this.home,
      COMPOSER_HOME: this.home,
      COMPOSER_CACHE_DIR: this.cache,
      COMPOSER_ALLOW_SUPERUSER: "1",
      COMPOSER_NO_INTERACTION: "1",
      ...(this.#options.isCi === true ? { CI: "true" } : {}),
      http_proxy: NOWHERE,
      https_proxy: NOWHERE,
      no_proxy: "127.0.0.1,localhost",
    };
  }
}
