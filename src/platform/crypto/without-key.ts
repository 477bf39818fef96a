import { AppError } from "../errors.ts";

/** The refusal of whatever needs a key, where the server was started without one. */
export function withoutKey(what: string): AppError {
  return new AppError(
    "server.without_key",
    `${what} needs the encryption key, and this server was started without it (serve --without-key): every change has a signed record, and every stored secret is sealed. Nothing was changed; ask whoever operates the server to bring the key back and to restart it.`,
  );
}
