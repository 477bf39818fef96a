const UNITS = ["kB", "MB", "GB"];

/** 12 kB, 3.4 MB. */
export function formatBytes(bytes: number): string {
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = value < 10 ? 1 : 0;
  return `${value.toLocaleString(undefined, { maximumFractionDigits: digits })} ${UNITS[unit] ?? ""}`;
}

/** A commit, as git shortens it. */
export function shortReference(reference: string): string {
  return reference.slice(0, 7);
}
