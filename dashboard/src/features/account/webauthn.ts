import { WebAuthnError, startAuthentication, startRegistration } from "@simplewebauthn/browser";
import type { components } from "../../api/generated/schema.d.ts";

type Options = components["schemas"]["PasskeyOptions"];
type Attestation = components["schemas"]["AddPasskey"]["response"];
type Assertion = components["schemas"]["PasskeyAssertion"];
type Creation = Parameters<typeof startRegistration>[0]["optionsJSON"];

/** The browser's own dialogue for a new passkey. */
export async function createPasskey(options: Options): Promise<Attestation> {
  // The same JSON, by other names of its types.
  return (await inWords(startRegistration({ optionsJSON: options as unknown as Creation }))) as Attestation;
}

/** The browser's own dialogue to sign with one. */
export async function signWithPasskey(options: Options): Promise<Assertion> {
  // As above.
  return (await inWords(startAuthentication({ optionsJSON: options }))) as Assertion;
}

/** What browsers throw is for programmers. */
async function inWords<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const { name } = error instanceof Error ? error : new Error();
    if (error instanceof WebAuthnError && error.code === "ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED") {
      throw new Error("This device has a passkey of yours already.", { cause: error });
    }
    if (name === "NotAllowedError" || name === "AbortError") {
      throw new Error("Nothing came from the browser: it was cancelled, took too long, or has no passkey for here.", {
        cause: error,
      });
    }
    throw error;
  }
}
