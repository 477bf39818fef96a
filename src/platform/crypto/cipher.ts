import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";

/** Encrypts what must be read again (source passwords, idempotent replays) and keys hashes of personal values. */
export interface Cipher {
  /** `v1.<key id>.<nonce>.<tag>.<ciphertext>`, base64url. `context` is bound to the text: it opens only there. */
  seal(plaintext: string, context: string): string;
  /** Throws when the key is another one, the text was changed, or it is opened in another context. */
  open(sealed: string, context: string): string;
  /** A keyed hash for `purpose`, hex. Without the key nobody can guess the value behind it. */
  mac(purpose: string, value: string): string;
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

/** AES-256-GCM and HMAC-SHA-256 under keys derived from the one master key of 32 bytes (`ENCRYPTION_KEY`). */
export function createCipher(masterKey: Buffer): Cipher {
  if (masterKey.length !== 32) throw new Error("the encryption key must have 32 bytes");
  const derive = (info: string) => Buffer.from(hkdfSync("sha256", masterKey, "", `package-broker ${info}`, 32));
  const sealingKey = derive("sealing");
  const macKey = derive("mac");
  const keyId = createHash("sha256").update(sealingKey).digest("hex").slice(0, 8);
  return {
    seal(plaintext, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", sealingKey, nonce).setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
      return ["v1", keyId, ...[nonce, cipher.getAuthTag(), ciphertext].map((part) => part.toString("base64url"))].join(
        ".",
      );
    },
    open(sealed, context) {
      const [version, usedKeyId, nonce, tag, ciphertext] = sealed.split(".");
      if (version !== "v1" || nonce === undefined || tag === undefined || ciphertext === undefined) {
        throw new DecryptionError("the stored value is not in a known encrypted form", "form");
      }
      if (usedKeyId !== keyId) {
        throw new DecryptionError("the stored value was encrypted with another ENCRYPTION_KEY", "key");
      }
      try {
        // The length is fixed: a tag cut to a few bytes could be guessed by who may write to the database.
        const decipher = createDecipheriv("aes-256-gcm", sealingKey, Buffer.from(nonce, "base64url"), {
          authTagLength: 16,
        })
          .setAAD(Buffer.from(context))
          .setAuthTag(Buffer.from(tag, "base64url"));
        return Buffer.concat([decipher.update(Buffer.from(ciphertext, "base64url")), decipher.final()]).toString(
          "utf8",
        );
      } catch (cause) {
        throw new DecryptionError("the stored encrypted value was changed", "changed", { cause });
      }
    },
    mac: (purpose, value) => createHmac("sha256", macKey).update(purpose).update("\0").update(value).digest("hex"),
  };
}
