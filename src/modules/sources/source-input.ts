import { formatGrantPattern, parseGrantPattern } from "../../composer/index.ts";
import { invalidField } from "../../platform/errors.ts";
import { AddressRefusedError, HostNotFoundError, resolveAllowed } from "../../platform/outbound-http/index.ts";
import type { SourcePolicy } from "./source-remote.ts";
import { SourceUrlError, parseSourceUrl } from "./source-url.ts";
import type { SourceUrl } from "./source-url.ts";

const TEXT_LENGTH_MAX = 255;
const FILTERS_MAX = 100;

export interface CredentialInput {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export function readUrl(text: string, policy: SourcePolicy): SourceUrl {
  try {
    return parseSourceUrl(text.trim(), policy);
  } catch (error) {
    if (error instanceof SourceUrlError) throw invalidField("/url", error.message);
    throw error;
  }
}

export function readFilters(texts: readonly string[]): string[] {
  if (texts.length > FILTERS_MAX) throw invalidField("/filters", `has more than ${FILTERS_MAX} patterns`);
  const filters = texts.map((text, index) => {
    const pattern = parseGrantPattern(text);
    if (!pattern.ok) throw invalidField(`/filters/${index}`, pattern.reason);
    return formatGrantPattern(pattern.value);
  });
  return [...new Set(filters)];
}

export function readCredentials(
  input: CredentialInput,
  url: SourceUrl,
): { username: string | null; password: string } | undefined {
  const { username, password } = input;
  if (username === undefined && password === undefined) return undefined;
  if (url.transport !== "http") {
    const how =
      url.transport === "ssh"
        ? "ssh sources are read with the server's ssh key"
        : "file sources are read as the user the server runs as";
    throw invalidField("/username", `is for http and https sources only: ${how}`);
  }
  if (password === undefined || password === "") {
    throw invalidField("/password", "is missing: a user name needs an access token (or a password) with it");
  }
  if (/[\r\n\0]/.test(password)) throw invalidField("/password", "holds a line break");
  if (username === undefined) return { username: null, password };
  if (username.includes(":")) throw invalidField("/username", "holds a colon, which HTTP cannot carry in a user name");
  return { username: readText("/username", username), password };
}

export function readText(pointer: string, text: string): string {
  const trimmed = text.trim();
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (trimmed === "" || /[\u0000-\u001f\u007f]/.test(trimmed) || !trimmed.isWellFormed()) {
    throw invalidField(pointer, "must be one line of text");
  }
  if (trimmed.length > TEXT_LENGTH_MAX) throw invalidField(pointer, `is longer than ${TEXT_LENGTH_MAX} characters`);
  return trimmed;
}

export async function refuseForbiddenHost(url: SourceUrl, policy: SourcePolicy): Promise<void> {
  if (url.transport === "file") return;
  try {
    await resolveAllowed(url.host, policy);
  } catch (error) {
    if (error instanceof AddressRefusedError) throw invalidField("/url", `is refused: ${error.message}`);
    // The name server may be away for a moment; the sync says so in the source's state.
    if (!(error instanceof HostNotFoundError)) throw error;
  }
}
