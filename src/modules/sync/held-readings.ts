import { compareForRoom, findRoomless, noRoom } from "./reading-budgets.ts";
import type { ReadingBudgets, SizedVersion, VersionSize } from "./reading-budgets.ts";
import type { ReadVersion, SkippedReading } from "./ref-reading.ts";

type Reading = ReadVersion | SkippedReading;

/** How much more than a package may have is held before what has no room is let go. */
const SLACK = 2;

/**
 * What was read of refs so far. However many versions a repository has, no more of their metadata is held than a
 * multiple of what may be published: of the others it is only known how much they would have taken.
 */
export class HeldReadings {
  readonly #readings = new Map<string, Reading>();
  readonly #budgets: ReadingBudgets;
  readonly #defaultRef: string | undefined;
  /** With metadata; by ref. */
  readonly #held = new Map<string, SizedVersion>();
  #heldBytes = 0;
  /** The newest version that is known to have no room. */
  #edge: SizedVersion | undefined;

  constructor(budgets: ReadingBudgets, defaultRef: string | undefined) {
    this.#budgets = budgets;
    this.#defaultRef = defaultRef;
  }

  get size(): number {
    return this.#readings.size;
  }

  add(ref: string, reading: Reading): void {
    this.#readings.set(ref, reading);
    if (!("metadata" in reading)) return;
    const version = { ref, ...sizeOf(reading) };
    this.#held.set(ref, version);
    this.#heldBytes += version.sizeBytes;
    if (this.#edge !== undefined && compareForRoom(version, this.#edge, this.#defaultRef) > 0) {
      this.#letGo(version);
    }
    const { packageMetadataBytesMax, packageVersionsMax } = this.#budgets;
    const isFull = this.#heldBytes > SLACK * packageMetadataBytesMax || this.#held.size > SLACK * packageVersionsMax;
    if (isFull) this.#makeRoom();
  }

  /** What is left when all was read; by ref. */
  all(): ReadonlyMap<string, Reading> {
    return this.#readings;
  }

  #makeRoom(): void {
    const { packageMetadataBytesMax, packageVersionsMax, versionMetadataBytesMax } = this.#budgets;
    // The default branch is held also where it is not published: it may not cost another version its room.
    const enough = {
      packageMetadataBytesMax: packageMetadataBytesMax + versionMetadataBytesMax,
      packageVersionsMax: packageVersionsMax + 1,
    };
    const roomless = findRoomless([...this.#held.values()], this.#defaultRef, enough);
    for (const version of roomless) this.#letGo(version);
    this.#edge = roomless[0] ?? this.#edge;
  }

  #letGo(version: SizedVersion): void {
    const { ref, sizeBytes } = version;
    const reading = this.#readings.get(ref);
    if (reading !== undefined && "metadata" in reading) this.#readings.set(ref, withoutRoom(reading, this.#budgets));
    this.#held.delete(ref);
    this.#heldBytes -= sizeBytes;
  }
}

/** The same version, skipped. */
export function withoutRoom(reading: ReadVersion, budgets: ReadingBudgets): SkippedReading {
  const label = `${reading.packageName} ${reading.id.version}`;
  return { skipped: noRoom(budgets), label, wouldTake: sizeOf(reading) };
}

export function sizeOf({ id, metadata }: ReadVersion): VersionSize {
  return { versionNormalized: id.versionNormalized, sizeBytes: Buffer.byteLength(metadata) };
}
