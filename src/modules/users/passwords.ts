import { hash, verify } from "@node-rs/argon2";
import { createHashQueue } from "./hash-queue.ts";
import type { HashLane } from "./hash-queue.ts";
import { guessableProblem } from "./password-strength.ts";
import type { PasswordOwner } from "./password-strength.ts";

const LENGTH_MIN = 12;
const LENGTH_MAX = 1000;

/** argon2id, which is the library's default, with 19 MiB and two passes (OWASP's recommendation). */
const PARAMETERS = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** Of a password nobody knows, with the same parameters: looking up nobody takes as long as somebody. */
const NOBODYS_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$GczaX6maFkAffcPUUlxZfg$byBejh2ZEK101UtkAEckqr350GH2YnSQXSiUiQrpfq4";

/**
 * Hashing runs on libuv's four threads, which files and DNS need as well: two of them stay free however many log in.
 * The threads belong to the process, and so does this queue.
 */
export const passwordQueue = createHashQueue({ atOnce: 2, waitingMax: 200, laneMax: 50 });

/** Of those who choose a password, by a link that works or with the one before. */
const NEW_PASSWORDS: HashLane = { name: "new passwords", isKnown: false };

/**
 * Why a password is not taken, in words; undefined when it is. Length is what counts, and that it is none of those that
 * are tried first.
 */
export async function passwordProblem(password: string, owner: PasswordOwner): Promise<string | undefined> {
  const length = Array.from(password).length;
  if (length < LENGTH_MIN) {
    return `must have at least ${LENGTH_MIN} characters; a few words in a row are easy to remember and hard to guess`;
  }
  if (length > LENGTH_MAX) return `must have at most ${LENGTH_MAX} characters`;
  if (password.trim().toLowerCase() === owner.email.toLowerCase()) return "must not be the e-mail address";
  return await guessableProblem(password, owner);
}

/** Never inside a transaction: it takes tens of milliseconds, and on SQLite everybody would wait. */
export async function hashPassword(password: string): Promise<string> {
  return await passwordQueue.run(() => hash(normalise(password), PARAMETERS), NEW_PASSWORDS);
}

/** Whether the password is the one behind the hash. Takes as long when there is none. */
export async function checkPassword(
  password: string,
  passwordHash: string | null | undefined,
  lane?: HashLane,
): Promise<boolean> {
  const isRight = await passwordQueue.run(() => verify(passwordHash ?? NOBODYS_HASH, normalise(password)), lane);
  return isRight && passwordHash !== null && passwordHash !== undefined;
}

/** The same letters, whichever keyboard composes an umlaut in whichever way. */
function normalise(password: string): string {
  return password.normalize("NFKC");
}
