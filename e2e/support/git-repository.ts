import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { runToolOrFail } from "./processes.ts";

const PERSON = "Sample Vendor <vendor@example.com>";
const FIRST_DATE = Date.parse("2023-01-01T00:00:00Z");
const NO_OBJECT = "0".repeat(40);

/** Another mode than that of a plain file; of a symbolic link the content is its target. */
export interface FileOfMode {
  readonly mode: "100755" | "120000";
  readonly content: string | Buffer;
}

/** The commit of another repository that stands at a path. */
export interface SubmoduleAt {
  readonly submodule: string;
}

/** Path → content; null deletes the file. A path in double quotes is written as git quotes it: `"caf\\351"`. */
export type FileChanges = Readonly<Record<string, string | Buffer | FileOfMode | SubmoduleAt | null>>;

/** A commit: what `commit()` returned, 40 hex digits, or anything else that `git rev-parse` knows. */
export type CommitName = string;

/** What a commit says about itself. Dates are ISO 8601; without one, each commit is an hour after the last. */
export interface CommitOptions {
  readonly message?: string;
  /** The author's and the committer's date. */
  readonly date?: string;
  /** The author's date where it differs, as after a rebase (Composer shows this one as `time`). */
  readonly authorDate?: string;
}

/** Which kind of tag, and of which commit (default: the last one of the current branch). */
export interface TagOptions {
  readonly annotated?: boolean;
  /** The date of an annotated tag (default: that of the last commit). A lightweight tag has none. */
  readonly date?: string;
  readonly at?: CommitName;
}

/**
 * A bare git repository for a test. Everything is queued and written by one `git fast-import` in `write()`, because
 * a process for each commit would make a repository of a thousand tags take a minute. Dates and people are fixed, so
 * the same calls give the same object names on every machine.
 */
export class GitRepository {
  readonly directory: string;
  #commands: Buffer[] = [];
  readonly #refs = new Map<string, Buffer>();
  readonly #tips = new Map<string, CommitName>();
  #branch: string;
  #lastMark = 0;
  #lastDate = FIRST_DATE;

  private constructor(directory: string, branch: string) {
    this.directory = directory;
    this.#branch = branch;
  }

  /** Makes an empty bare repository whose HEAD names `defaultBranch`. */
  static async create(directory: string, options: { readonly defaultBranch?: string } = {}): Promise<GitRepository> {
    const branch = options.defaultBranch ?? "main";
    await mkdir(directory, { recursive: true });
    // No template: sample hooks are files that every repository of a test would have to write.
    await runToolOrFail("git", ["init", "--quiet", "--bare", "--template=", `--initial-branch=${branch}`, directory]);
    return new GitRepository(directory, branch);
  }

  /** Queues a commit on the current branch and returns its name. */
  commit(files: FileChanges, options: CommitOptions = {}): CommitName {
    const date = options.date === undefined ? this.#lastDate + 3_600_000 : Date.parse(options.date);
    const authorDate = options.authorDate === undefined ? date : Date.parse(options.authorDate);
    const mark = `:${++this.#lastMark}`;
    const parent = this.#tips.get(this.#branch);
    this.#add(
      `commit refs/heads/${this.#branch}\nmark ${mark}\nauthor ${PERSON} ${seconds(authorDate)} +0000\n`,
      `committer ${PERSON} ${seconds(date)} +0000\n${data(`${options.message ?? "Change"}\n`)}`,
      parent === undefined ? "" : `from ${parent}\n`,
    );
    for (const [name, file] of Object.entries(files)) {
      if (file === null) {
        this.#add(`D ${name}\n`);
        continue;
      }
      if (typeof file === "object" && "submodule" in file) {
        this.#add(`M 160000 ${file.submodule} ${name}\n`);
        continue;
      }
      const { mode, content } =
        typeof file === "string" || Buffer.isBuffer(file) ? { mode: "100644", content: file } : file;
      this.#add(`M ${mode} inline ${name}\ndata ${Buffer.byteLength(content)}\n`, content, "\n");
    }
    this.#tips.set(this.#branch, mark);
    this.#lastDate = date;
    return mark;
  }

  /** Queues a tag, or moves the one that has the name already. */
  tag(name: string, options: TagOptions = {}): void {
    const at = options.at ?? this.#tips.get(this.#branch);
    if (at === undefined) throw new Error(`There is no commit to tag as ${name}.`);
    const date = options.date === undefined ? this.#lastDate : Date.parse(options.date);
    const command =
      options.annotated === true
        ? `tag ${name}\nfrom ${at}\ntagger ${PERSON} ${seconds(date)} +0000\n${data(`Release ${name}\n`)}`
        : `reset refs/tags/${name}\nfrom ${at}\n\n`;
    this.#refs.set(`refs/tags/${name}`, Buffer.from(command));
  }

  /** Queues that a tag names another commit (default: the last one of the current branch). */
  moveTag(name: string, options: TagOptions = {}): void {
    this.tag(name, options);
  }

  /** Queues that a tag is removed. */
  deleteTag(name: string): void {
    this.#deleteRef(`refs/tags/${name}`);
  }

  /** Makes `name` the current branch; a new one starts at `at` (default: where the current branch is). */
  branch(name: string, options: { readonly at?: CommitName } = {}): void {
    const start = options.at ?? this.#tips.get(name) ?? this.#tips.get(this.#branch);
    this.#branch = name;
    if (start === undefined || this.#tips.get(name) === start) return;
    this.#tips.set(name, start);
    this.#add(`reset refs/heads/${name}\nfrom ${start}\n\n`);
  }

  /** Makes `name` the current branch, without a history. */
  orphanBranch(name: string): void {
    this.#branch = name;
    this.#tips.delete(name);
  }

  /** Queues that a branch is removed. */
  deleteBranch(name: string): void {
    this.#tips.delete(name);
    this.#deleteRef(`refs/heads/${name}`);
  }

  /** Makes HEAD name another branch, at once; the branch need not exist. */
  async setDefaultBranch(name: string): Promise<void> {
    await this.#git(["symbolic-ref", "HEAD", `refs/heads/${name}`]);
  }

  /** Writes everything that is queued. */
  async write(): Promise<void> {
    const input = Buffer.concat([...this.#commands, ...this.#refs.values(), Buffer.from("done\n")]);
    this.#commands = [];
    this.#refs.clear();
    const marks = this.#marksFile();
    const files = [`--export-marks=${marks}`, `--import-marks-if-exists=${marks}`];
    await this.#git(["fast-import", "--quiet", "--done", "--force", ...files], input);
  }

  /** The 40 hex digits of a written commit; a tag gives the commit it names. */
  async resolve(name: CommitName): Promise<string> {
    if (!name.startsWith(":")) return (await this.#git(["rev-parse", "--verify", `${name}^{commit}`])).trim();
    const lines = (await readFile(this.#marksFile(), "utf8")).split("\n");
    const line = lines.find((candidate) => candidate.startsWith(`${name} `));
    if (line === undefined) throw new Error(`${name} is not written yet: call write() first.`);
    return line.slice(name.length + 1);
  }

  /** The names of all tags. */
  async tags(): Promise<string[]> {
    const output = await this.#git(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/tags/"]);
    return output.split("\n").filter((name) => name !== "");
  }

  #deleteRef(ref: string): void {
    this.#refs.set(ref, Buffer.from(`reset ${ref}\nfrom ${NO_OBJECT}\n\n`));
  }

  #add(...parts: readonly (string | Buffer)[]): void {
    for (const part of parts) this.#commands.push(typeof part === "string" ? Buffer.from(part) : part);
  }

  /** Lies beside git's own files, where nothing reads it; it lets a later `write()` build on earlier commits. */
  #marksFile(): string {
    return path.join(this.directory, "test-marks");
  }

  async #git(args: readonly string[], input?: Buffer): Promise<string> {
    const options = input === undefined ? {} : { input };
    // Without fsync: git would wait for the disk once for each of a thousand tags, and a test needs none of them tomorrow.
    return await runToolOrFail("git", ["-C", this.directory, "-c", "core.fsync=none", ...args], options);
  }
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
