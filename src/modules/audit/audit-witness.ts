import { randomBytes } from "node:crypto";
import { appendFile, mkdir, open, readFile, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Cipher } from "../../platform/crypto/cipher.ts";

/** Beside the key, and never in a backup: who can write to the database only cannot write here. */
const DIRECTORY = "audit-witness";
/** The newest end, and the last of each day before. */
const ENDS_KEPT = 31;
const DAY_SECONDS = 86_400;
const WRITTEN = "written.log";
const RESTORED = "restored.json";

const End = z.strictObject({ sequence: z.int(), chain_mac: z.string(), at: z.int() });
const WitnessFile = z.strictObject({
  ends: z.array(End).min(1),
  /** Since when the newest end is not part of the chain any more. */
  lost_at: z.int().nullable(),
  signature: z.string(),
});
const Restored = z.strictObject({ restored_at: z.int(), created_at: z.int(), ends: z.array(z.string()) });

export type WitnessedEnd = z.infer<typeof End>;
export type RestoredBackup = z.infer<typeof Restored>;

export interface Witness {
  /** Which machine noted it. */
  name: string;
  /** Newest first. */
  ends: WitnessedEnd[];
  lostAt: number | null;
}

export interface Witnesses {
  readable: Witness[];
  /** Files that are not as they were written. */
  damaged: string[];
}

/** A record that was committed, as it was noted outside of the database. */
export interface WrittenRecord {
  id: string;
  action: string;
}

/**
 * What is known of the audit chain outside of the database: where it ended, a file for each machine, and which records
 * were committed that nobody has seen sealed yet.
 */
export class AuditWitness {
  readonly #directory: string;
  readonly #cipher: Pick<Cipher, "sign" | "check">;
  readonly #name: string;

  constructor(dataDir: string, cipher: Pick<Cipher, "sign" | "check">, name = hostname()) {
    this.#directory = join(dataDir, DIRECTORY);
    this.#cipher = cipher;
    this.#name = name.replaceAll(/[^A-Za-z0-9.-]/g, "_");
  }

  /** Whether a chain was begun here: another one is not begun by itself then. */
  async hasBegun(): Promise<boolean> {
    return (await this.#list()).some(isWitnessFile);
  }

  async readAll(): Promise<Witnesses> {
    const witnesses: Witnesses = { readable: [], damaged: [] };
    for (const name of (await this.#list()).filter(isWitnessFile)) {
      const witness = await this.#read(name);
      if (witness === "damaged") witnesses.damaged.push(join(DIRECTORY, name));
      else if (witness !== undefined) witnesses.readable.push(witness);
    }
    return witnesses;
  }

  /** For the record of a restore, where the key may not be there yet: what the files say, whoever wrote them. */
  async endsAsWritten(): Promise<string[]> {
    const ends: string[] = [];
    for (const name of (await this.#list()).filter(isWitnessFile)) {
      const text = await readFile(join(this.#directory, name), "utf8").catch(unlessMissing);
      const [newest] = WitnessFile.safeParse(jsonOf(text ?? "")).data?.ends ?? [];
      if (newest !== undefined) ends.push(`${name.slice(0, -".json".length)} ${newest.sequence}:${newest.chain_mac}`);
    }
    return ends;
  }

  async readOwn(): Promise<Witness | "damaged" | undefined> {
    return await this.#read(`${this.#name}.json`);
  }

  /** Notes the newest end. Whoever calls has made sure that the one noted before is part of the chain. */
  async advance(before: Witness | undefined, end: WitnessedEnd): Promise<void> {
    const earlier = before?.ends ?? [];
    const [newest, ...older] = earlier;
    const kept = newest !== undefined && dayOf(newest.at) === dayOf(end.at) ? older : earlier;
    await this.#write([end, ...kept].slice(0, ENDS_KEPT), null);
  }

  /** The newest end is not part of the chain any more: it stays as it is until somebody has looked into it. */
  async markLost(witness: Witness, at: number): Promise<void> {
    await this.#write(witness.ends, at);
  }

  /** With the key in use, before another one is forgotten. */
  async signAnew(): Promise<void> {
    for (const { name, ends, lostAt } of (await this.readAll()).readable) await this.#write(ends, lostAt, name);
  }

  /** Of everything that is known so far: kept for whoever wants to look into it, compared with no longer. */
  async putAside(at: number): Promise<void> {
    const names = (await this.#list()).filter((name) => isWitnessFile(name) || isWrittenFile(name));
    if (names.length === 0) return;
    const aside = join(this.#directory, `aside-${at}-${randomBytes(3).toString("hex")}`);
    await mkdir(aside, { mode: 0o700 });
    for (const name of names) await rename(join(this.#directory, name), join(aside, name)).catch(unlessMissing);
  }

  /** `evt_… token.created`, right after the commit. */
  async noteWritten(notes: readonly string[]): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await appendFile(join(this.#directory, WRITTEN), notes.map((note) => `${note}\n`).join(""), { mode: 0o600 });
  }

  async listWritten(): Promise<WrittenRecord[]> {
    const names = (await this.#list()).filter(isWrittenFile);
    return (await Promise.all(names.map((name) => this.#readWritten(name)))).flat();
  }

  /**
   * What was noted until now is given to `see`, and forgotten once it says so. A file is read a turn after it was put
   * aside, because whoever had opened it before may still write to it.
   */
  async sweepWritten(see: (written: WrittenRecord[]) => Promise<boolean>): Promise<void> {
    const names = (await this.#list()).filter(isWrittenFile);
    for (const name of names.filter((one) => one !== WRITTEN)) {
      if (await see(await this.#readWritten(name))) await rm(join(this.#directory, name), { force: true });
    }
    if (!names.includes(WRITTEN)) return;
    const aside = `written-${randomBytes(6).toString("hex")}.log`;
    await rename(join(this.#directory, WRITTEN), join(this.#directory, aside)).catch(unlessMissing);
  }

  /** A restore says so here; the next start, which has the key and the newest schema, writes the record. */
  async noteRestore(restored: RestoredBackup): Promise<void> {
    await this.#replace(RESTORED, JSON.stringify(restored));
  }

  async readRestore(): Promise<RestoredBackup | undefined> {
    const text = await readFile(join(this.#directory, RESTORED), "utf8").catch(unlessMissing);
    return text === undefined ? undefined : Restored.parse(JSON.parse(text));
  }

  async forgetRestore(): Promise<void> {
    await rm(join(this.#directory, RESTORED), { force: true });
  }

  async #list(): Promise<string[]> {
    return (await readdir(this.#directory).catch(unlessMissing)) ?? [];
  }

  async #read(name: string): Promise<Witness | "damaged" | undefined> {
    const text = await readFile(join(this.#directory, name), "utf8").catch(unlessMissing);
    if (text === undefined) return undefined;
    const parsed = WitnessFile.safeParse(jsonOf(text));
    if (!parsed.success) return "damaged";
    const { ends, lost_at, signature } = parsed.data;
    if (this.#cipher.check("audit witness", JSON.stringify([ends, lost_at]), signature) !== "genuine") return "damaged";
    return { name: name.slice(0, -".json".length), ends, lostAt: lost_at };
  }

  async #write(ends: WitnessedEnd[], lost_at: number | null, name = this.#name): Promise<void> {
    const signature = this.#cipher.sign("audit witness", JSON.stringify([ends, lost_at]));
    await this.#replace(`${name}.json`, `${JSON.stringify({ ends, lost_at, signature }, null, 1)}\n`);
  }

  /** Whole or not at all, and on the disk. */
  async #replace(name: string, text: string): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const temporary = join(this.#directory, `.${name}.${randomBytes(6).toString("hex")}`);
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(this.#directory, name));
  }

  async #readWritten(name: string): Promise<WrittenRecord[]> {
    const text = (await readFile(join(this.#directory, name), "utf8").catch(unlessMissing)) ?? "";
    return text.split("\n").flatMap((line) => {
      const [, id, action] = /^(evt_\w+) ([\w.]+)$/.exec(line) ?? [];
      return id === undefined || action === undefined ? [] : [{ id, action }];
    });
  }
}

function isWitnessFile(name: string): boolean {
  return /^[^.].*\.json$/.test(name) && name !== RESTORED;
}

function isWrittenFile(name: string): boolean {
  return /^written(-[0-9a-f]+)?\.log$/.test(name);
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_SECONDS);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
