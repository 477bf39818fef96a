import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { KeyRing } from "./key-ring.ts";
import type { RingKey } from "./key-ring.ts";
import { constantTimeEqual } from "./secrets.ts";

/** What a signature turns out to be; `unknown_key` where the ring has not the key that it names. */
export type SignatureCheck = "genuine" | "forged" | "unknown_key";

/** Encrypts what must be read again (source passwords, idempotent replays) and keys hashes of personal values. */
export interface Cipher {
  /** False of a server that was started without its key: everything else here throws `server.without_key` then. */
  readonly hasKey: boolean;
  /** Id of the key in use. */
  readonly keyId: string;
  /** `v1.<key id>.<nonce>.<tag>.<ciphertext>`, base64url. `context` is bound to the text: it opens only there. */
  seal(plaintext: string, context: string): string;
  /** Throws when the ring has not its key, the text was changed, or it is opened in another context. */
  open(sealed: string, context: string): string;
  /** A keyed hash for `purpose`, hex. Without the key nobody can guess the value behind it. */
  mac(purpose: string, value: string): string;
  /** The same hash with every key of the ring, the one in use first: for what is looked up by its hash. */
  macs(purpose: string, value: string): string[];
  /** `<key id>.<mac>`: what must be checked later, when another key may be in use. */
  sign(purpose: string, value: string): string;
  /** One that names no key, as older releases made them, may be of any key of the ring. */
  check(purpose: string, value: string, signature: string): SignatureCheck;
}

/** Thrown by {@link Cipher.open}; the message says what an operator can do and holds no secret. */
export class DecryptionError extends Error {
  override readonly name = "DecryptionError";
  /** `changed` also where it is opened in another context than it was sealed in. */
  readonly problem: "form" | "key" | "changed";

  constructor(message: string, problem: DecryptionError["problem"], options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** AES-256-GCM and HMAC-SHA-256 under keys derived from the master keys of 32 bytes (`ENCRYPTION_KEY`). */
export function createCipher(keys: Buffer | KeyRing): Cipher {
  const ring = keys instanceof KeyRing ? keys : KeyRing.of(keys);
  return {
    get hasKey() {
      return ring.hasKey;
    },
    get keyId() {
      return ring.current.id;
    },
    seal(plaintext, context) {
      const { id, sealing } = ring.current;
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", sealing, nonce).setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
      return ["v1", id, ...[nonce, cipher.getAuthTag(), ciphertext].map((part) => part.toString("base64url"))].join(
        ".",
      );
    },
    open: (sealed, context) => open(ring, sealed, context),
    mac: (purpose, value) => hash(ring.current, purpose, value),
    macs: (purpose, value) => ring.keys.map((key) => hash(key, purpose, value)),
    sign: (purpose, value) => `${ring.current.id}.${hash(ring.current, purpose, value)}`,
    check(purpose, value, signature) {
      const [first = "", mac] = signature.split(".");
      if (mac === undefined) {
        return ring.keys.some((key) => constantTimeEqual(hash(key, purpose, value), first)) ? "genuine" : "forged";
      }
      const key = ring.find(first);
      if (key === undefined) return "unknown_key";
      return constantTimeEqual(hash(key, purpose, value), mac) ? "genuine" : "forged";
    },
  };
}

function hash(key: RingKey, purpose: string, value: string): string {
  return createHmac("sha256", key.mac).update(purpose).update("\0").update(value).digest("hex");
}

function open(ring: KeyRing, sealed: string, context: string): string {
  const [version, usedKeyId = "", nonce, tag, ciphertext] = sealed.split(".");
  if (version !== "v1" || nonce === undefined || tag === undefined || ciphertext === undefined) {
    throw new DecryptionError("the stored value is not in a known encrypted form", "form");
  }
  const key = ring.find(usedKeyId);
  if (key === undefined) throw new DecryptionError("the stored value was encrypted with another ENCRYPTION_KEY", "key");
  try {
    // The length is fixed: a tag cut to a few bytes could be guessed by who may write to the database.
    const decipher = createDecipheriv("aes-256-gcm", key.sealing, Buffer.from(nonce, "base64url"), {
      authTagLength: 16,
    })
      .setAAD(Buffer.from(context))
      .setAuthTag(Buffer.from(tag, "base64url"));
    return Buffer.concat([decipher.update(Buffer.from(ciphertext, "base64url")), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new DecryptionError("the stored encrypted value was changed", "changed", { cause });
  }
}
