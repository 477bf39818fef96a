/** What the server asks the launcher for. */
export interface LaunchRequest {
  /** 32 characters that nobody else knows. */
  readonly id: string;
  /** Where the server waits for the program's ends: a name in Linux's own space, not a file. */
  readonly socket: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export type FromLauncher =
  | { readonly kind: "started"; readonly id: string; readonly pid: number }
  | { readonly kind: "failed"; readonly id: string; readonly message: string; readonly code: string | undefined }
  | { readonly kind: "exited"; readonly id: string; readonly code: number | null };

/** Standard input, output and error, each a connection that begins with the id of the program and its number. */
export const PARTS = [0, 1, 2] as const;
export type Part = (typeof PARTS)[number];
export const HEADER_BYTES = 33;

export function headerOf(id: string, part: Part): string {
  return `${id}${part}`;
}

export function readHeader(header: string): { id: string; part: Part | undefined } {
  const number = Number(header.slice(HEADER_BYTES - 1));
  return { id: header.slice(0, HEADER_BYTES - 1), part: PARTS.find((part) => part === number) };
}
