import { z } from "zod";

/** Grows when a backup of today could not be read by the code of tomorrow. */
export const FORMAT_VERSION = 1;

/** The first entry: what an operator or a later version must know before anything else. */
export const MANIFEST_ENTRY = "manifest.json";
export const DATABASE_ENTRY = "package-broker.db";
export const ARCHIVES_ENTRY = "archives";
export const MIRRORS_ENTRY = "mirrors";
/** The last entry, for `sha256sum -c`: a backup without it was cut off. */
export const CHECKSUMS_ENTRY = "SHA256SUMS";

/** Entries that are read into memory. */
export const TEXT_ENTRY_BYTES_MAX = 256 * 1024 * 1024;

const Manifest = z.object({
  product: z.literal("PACKAGE.broker"),
  format_version: z.int(),
  product_version: z.string(),
  created_at: z.int(),
  database: z.object({ sha256: z.string(), size_bytes: z.int() }),
});
export type Manifest = z.infer<typeof Manifest>;

/** Why a backup cannot be made or taken; one line for the operator. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}

export function readManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BackupError("its manifest is damaged");
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) throw new BackupError("it is no backup of PACKAGE.broker");
  if (parsed.data.format_version !== FORMAT_VERSION) {
    throw new BackupError(
      `it was made by PACKAGE.broker ${parsed.data.product_version} in another format: restore it with that version`,
    );
  }
  return parsed.data;
}

/** Path → SHA-256, as `sha256sum` writes it. Paths hold no line breaks and no backslashes. */
export function formatChecksums(checksums: ReadonlyMap<string, string>): string {
  return [...checksums].map(([path, sha256]) => `${sha256}  ${path}\n`).join("");
}

export function parseChecksums(text: string): Map<string, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const { sha256, path } = /^(?<sha256>[0-9a-f]{64}) {2}(?<path>.+)$/.exec(line)?.groups ?? {};
      if (sha256 === undefined || path === undefined) throw new BackupError("its list of checksums is damaged");
      return [path, sha256];
    }),
  );
}

/** Whether a path in a backup names a place inside it, and one we write: nothing that climbs out or hides. */
export function isEntryPath(path: string): boolean {
  if ([MANIFEST_ENTRY, DATABASE_ENTRY, CHECKSUMS_ENTRY].includes(path)) return true;
  const [root, ...rest] = path.split("/");
  if (root !== ARCHIVES_ENTRY && root !== MIRRORS_ENTRY) return false;
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return rest.every((part) => part !== "" && !part.startsWith(".") && !/[\u0000-\u001f\u007f\\]/.test(part));
}
