/** An object that is kept outside of git: its SHA-256 and size. */
export interface LfsObject {
  readonly oid: string;
  readonly sizeBytes: number;
}

export type LfsPointer =
  | (LfsObject & { readonly kind: "object" })
  /** Its content went through a program of the vendor's own, which nobody else can turn back. */
  | { readonly kind: "extension" };

/** git-lfs takes nothing longer for a pointer. */
export const POINTER_SIZE_BYTES_MAX = 1024;

/** The shortest one: three lines with an empty size would be no pointer. */
export const POINTER_SIZE_BYTES_MIN = 100;

const VERSION = /^version (https:\/\/git-lfs\.github\.com\/spec\/v1|https:\/\/hawser\.github\.com\/spec\/v1)$/;
const EXTENSION = /^ext-\d-\S+ sha256:[0-9a-f]{64}$/;

/** Reads what git holds in the place of a Git LFS file; undefined when it is an ordinary file. */
export function parsePointer(content: Buffer): LfsPointer | undefined {
  if (content.length >= POINTER_SIZE_BYTES_MAX) return undefined;
  const [version = "", ...lines] = content.toString("latin1").trim().split(/\r?\n/);
  if (!VERSION.test(version)) return undefined;
  const extensions = lines.filter((line) => EXTENSION.test(line));
  const [oidLine = "", sizeLine = "", ...rest] = lines.filter((line) => !EXTENSION.test(line));
  const oid = /^oid sha256:([0-9a-f]{64})$/.exec(oidLine)?.[1];
  const size = /^size (\d{1,15})$/.exec(sizeLine)?.[1];
  if (oid === undefined || size === undefined || rest.length > 0) return undefined;
  return extensions.length > 0 ? { kind: "extension" } : { kind: "object", oid, sizeBytes: Number(size) };
}
