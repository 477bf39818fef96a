import type { Cipher } from "../../platform/crypto/cipher.ts";

const TURN_EVERY_SECONDS = 5 * 60;
/** As long as somebody may need who has to press a button then. */
const TURN_SECONDS = 60;

/**
 * The seconds from `now` until whoever `key` stands for may try once: a minute in every five, which one nobody else can
 * tell. It is computed and kept nowhere, so that no further attempt of anybody moves it, and nobody is forgotten.
 */
export function secondsUntilTurn(
  cipher: Pick<Cipher, "mac">,
  { key, lastTriedAt }: { key: string; lastTriedAt: number | undefined },
  now: number,
): number {
  const offset = Number.parseInt(cipher.mac("login turn", key).slice(0, 8), 16) % TURN_EVERY_SECONDS;
  const begin = Math.floor((now - offset) / TURN_EVERY_SECONDS) * TURN_EVERY_SECONDS + offset;
  const isTurn = now < begin + TURN_SECONDS;
  const isUsed = lastTriedAt !== undefined && lastTriedAt >= begin;
  return isTurn && !isUsed ? 0 : begin + TURN_EVERY_SECONDS - now;
}
