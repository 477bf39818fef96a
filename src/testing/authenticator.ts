import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { TestAnswer, TestServer } from "./test-server.ts";
import type { TestSession } from "./users.ts";

/** What somebody who is not the browser would do differently. */
export interface Deviation {
  origin?: string;
  rpId?: string;
  /** Default: goes up by one each time. */
  counter?: number;
  /** False: the finger was never asked for. */
  verified?: boolean;
}

interface Options {
  challenge: string;
  user?: { id: string };
}

/** An authenticator with one ES256 key, as WebAuthn describes it, with the browser in front of it. */
export interface TestAuthenticator {
  credentialId: string;
  register(options: Options, deviation?: Deviation): Record<string, unknown>;
  sign(options: Options, deviation?: Deviation): Record<string, unknown>;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_KEY = 0x40;

export function createAuthenticator(publicUrl: string): TestAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const id = randomBytes(32);
  const credentialId = id.toString("base64url");
  const credential = { id: credentialId, rawId: credentialId, type: "public-key", clientExtensionResults: {} };
  const { origin, hostname } = new URL(publicUrl);
  let used = 0;
  let owner = "";
  const dataOf = (deviation: Deviation, flags: number, rest: Buffer[] = []) => {
    used += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(deviation.counter ?? used);
    const all = flags | USER_PRESENT | (deviation.verified === false ? 0 : USER_VERIFIED);
    return Buffer.concat([sha256(deviation.rpId ?? hostname), Buffer.from([all]), counter, ...rest]);
  };
  const clientOf = (type: string, { challenge }: Options, deviation: Deviation) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: deviation.origin ?? origin, crossOrigin: false }));
  return {
    credentialId,
    register(options, deviation = {}) {
      owner = options.user?.id ?? "";
      const point = [Buffer.from("a5010203262001215820", "hex"), fromBase64(x), Buffer.from("225820", "hex")];
      const key = Buffer.concat([...point, fromBase64(y)]);
      const data = dataOf(deviation, HAS_KEY, [Buffer.alloc(16), Buffer.from([0, id.length]), id, key]);
      // {fmt: "none", attStmt: {}, authData: …} as CBOR.
      const head = Buffer.from("a363666d74646e6f6e656761747453746d74a068617574684461746158", "hex");
      const attestationObject = Buffer.concat([head, Buffer.from([data.length]), data]);
      const clientDataJSON = clientOf("webauthn.create", options, deviation);
      return { ...credential, response: encoded({ clientDataJSON, attestationObject }) };
    },
    sign(options, deviation = {}) {
      const authenticatorData = dataOf(deviation, 0);
      const clientDataJSON = clientOf("webauthn.get", options, deviation);
      const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)]);
      const signature = sign("sha256", signed, privateKey);
      const response = encoded({ clientDataJSON, authenticatorData, signature });
      return { ...credential, response: { ...response, userHandle: owner } };
    },
  };
}

function encoded(fields: Record<string, Buffer>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, bytes]) => [name, bytes.toString("base64url")]));
}

function sha256(data: string | Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, "base64url");
}

/** What the server asks the browser to do. */
export async function passkeyOptions(session: TestSession, path = "/api/account/passkeys/options"): Promise<Options> {
  const answer = await session.api("POST", path, {});
  if (answer.status !== 200) throw new Error(`no options: ${answer.text}`);
  return answer.json() as Options;
}

/** Adds a passkey to the account of the session; for a server whose PUBLIC_URL has a name. */
export async function addTestPasskey(
  server: TestServer,
  session: TestSession,
): Promise<{ authenticator: TestAuthenticator; id: string; answer: TestAnswer }> {
  const authenticator = createAuthenticator(server.core.config.publicUrl);
  const response = authenticator.register(await passkeyOptions(session));
  const answer = await session.api("POST", "/api/account/passkeys", { name: "Laptop", response });
  if (answer.status !== 201) throw new Error(`no passkey: ${answer.text}`);
  return { authenticator, id: (answer.json() as { passkey: { id: string } }).passkey.id, answer };
}
