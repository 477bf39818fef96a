import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { SessionDeps } from "../sessions/index.ts";
import type { UserDeps } from "../users/index.ts";
import { isChallenge, spendChallenge } from "./passkey-challenges.ts";
import type { ChallengePurpose } from "./passkey-challenges.ts";
import { findPasskeyByCredential, markPasskeyUsed } from "./passkey-queries.ts";
import type { PasskeyRow } from "./passkey-queries.ts";

export type PasskeyDeps = UserDeps & Pick<SessionDeps, "publicUrl">;

export type Assertion = AuthenticationResponseJSON;
export type Attestation = RegistrationResponseJSON;

/** What a passkey signs for, by PUBLIC_URL alone: never by what a request says of itself. */
export function relyingParty(publicUrl: string): { id: string; origin: string } {
  const url = new URL(publicUrl);
  if (/^\[|^\d+\.\d+\.\d+\.\d+$/.test(url.hostname)) {
    throw new AppError(
      "resource.conflict",
      `Passkeys need a name of this server, and PUBLIC_URL is ${publicUrl}: browsers refuse them for an address of numbers.`,
    );
  }
  return { id: url.hostname, origin: url.origin };
}

/** A signature that was right when it was checked, to be taken in a transaction. */
export interface CheckedAssertion {
  passkey: PasskeyRow;
  counter: number;
  challenge: string;
}

/**
 * Checks what a passkey has signed: the challenge is ours and for this purpose, the origin and host are PUBLIC_URL's,
 * the person was verified (finger, face, PIN), and the counter goes up. Undefined where anything of it is not so.
 */
export async function checkAssertion(
  deps: PasskeyDeps,
  purpose: ChallengePurpose,
  given: Assertion,
): Promise<CheckedAssertion | undefined> {
  const passkey = await findPasskeyByCredential(deps.database.db, given.id);
  if (passkey === undefined) return undefined;
  const { userHandle } = given.response;
  if (userHandle !== undefined && Buffer.from(userHandle, "base64url").toString() !== passkey.user) return undefined;
  const { id: rpId, origin } = relyingParty(deps.publicUrl);
  let challenge = "";
  const verified = await unlessItThrows(() =>
    verifyAuthenticationResponse({
      response: given,
      expectedChallenge: (signed) => {
        challenge = signed;
        return isChallenge(deps, purpose, signed);
      },
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: {
        id: passkey.credential_id,
        publicKey: new Uint8Array(Buffer.from(passkey.public_key, "base64url")),
        counter: passkey.counter,
      },
      requireUserVerification: true,
    }),
  );
  if (verified?.verified !== true) return undefined;
  return { passkey, counter: verified.authenticationInfo.newCounter, challenge };
}

/** Takes a signature once, in the caller's transaction; false when it, or a later one, was taken before. */
export async function takeAssertion(
  deps: PasskeyDeps,
  trx: Db,
  { passkey, counter, challenge }: CheckedAssertion,
): Promise<boolean> {
  if (!(await spendChallenge(deps, trx, challenge))) return false;
  return await markPasskeyUsed(trx, passkey, { counter, now: nowSeconds(deps.clock) });
}

export interface CheckedAttestation {
  credentialId: string;
  publicKey: string;
  counter: number;
  transports: string[];
  isSynced: boolean;
  challenge: string;
}

/** The same of a new passkey; whose make it is is not asked (attestation `none`). */
export async function checkAttestation(
  deps: PasskeyDeps,
  session: string,
  given: Attestation,
): Promise<CheckedAttestation | undefined> {
  const { id: rpId, origin } = relyingParty(deps.publicUrl);
  let challenge = "";
  const verified = await unlessItThrows(() =>
    verifyRegistrationResponse({
      response: given,
      expectedChallenge: (signed) => {
        challenge = signed;
        return isChallenge(deps, { kind: "registration", session }, signed);
      },
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
    }),
  );
  if (verified?.verified !== true) return undefined;
  const { credential, credentialBackedUp } = verified.registrationInfo;
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString("base64url"),
    counter: credential.counter,
    transports: [...(credential.transports ?? [])],
    isSynced: credentialBackedUp,
    challenge,
  };
}

/** The library throws for whatever is wrong with what a browser sent; none of it is our fault. */
async function unlessItThrows<T>(check: () => Promise<T>): Promise<T | undefined> {
  try {
    return await check();
  } catch {
    return undefined;
  }
}
