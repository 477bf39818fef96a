import { z } from "zod";
import { storableText } from "../../platform/http/schemas.ts";
import { CsrfToken, Password, RecoveryCodeList } from "./account-schemas.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });
const encoded = (bytesMax: number) =>
  storableText()
    .max(bytesMax)
    .regex(/^[A-Za-z0-9_-]*$/, "must be base64url");
const Extensions = z
  .record(z.string().max(100), z.unknown())
  .meta({ description: "What extensions of the browser answered" });
const attachment = z.string().max(40).optional().meta({ description: "`platform` or `cross-platform`" });
const credential = {
  id: encoded(2000).min(1).meta({ description: "Of the credential, base64url" }),
  rawId: encoded(2000).meta({ description: "The same" }),
  type: z.literal("public-key").meta({ description: "What WebAuthn calls it" }),
  clientExtensionResults: Extensions,
  authenticatorAttachment: attachment,
};
const clientDataJSON = encoded(8000).meta({ description: "What was signed, base64url" });
const authenticatorData = encoded(8000).meta({ description: "What the authenticator says, base64url" });

const EXAMPLE = { id: "3q2-7w", rawId: "3q2-7w", type: "public-key", clientExtensionResults: {} };
const SIGNED = { clientDataJSON: "e30", authenticatorData: "AA", signature: "AA" };

/** As `startAuthentication()` of @simplewebauthn/browser gives it. */
export const PasskeyAssertion = z
  .strictObject({
    ...credential,
    response: z
      .strictObject({
        clientDataJSON,
        authenticatorData,
        signature: encoded(4000).meta({ description: "base64url" }),
        userHandle: encoded(200).optional().meta({ description: "Whose it is, base64url" }),
      })
      .meta({ description: "What was signed, and the signature" }),
  })
  .meta({
    id: "PasskeyAssertion",
    description: "A PublicKeyCredential that has signed, as `toJSON()` of a browser gives it",
    examples: [{ ...EXAMPLE, response: SIGNED }],
  });

/** As `startRegistration()` of @simplewebauthn/browser gives it. */
const PasskeyAttestation = z
  .strictObject({
    ...credential,
    response: z
      .strictObject({
        clientDataJSON,
        attestationObject: encoded(100_000).meta({ description: "The new key, base64url" }),
        authenticatorData: authenticatorData.optional(),
        transports: z.array(z.string().max(40)).max(10).optional().meta({ description: "How the browser reaches it" }),
        publicKeyAlgorithm: z.int().optional().meta({ description: "COSE" }),
        publicKey: encoded(8000).optional().meta({ description: "The same key, base64url" }),
      })
      .meta({ description: "The new key, and what was signed with it" }),
  })
  .meta({ description: "A PublicKeyCredential that was just made, as `toJSON()` of a browser gives it" });

const PasskeyName = storableText()
  .min(1)
  .max(100)
  .refine((text) => text.trim() !== "", "must not be blank")
  .meta({ description: "How you tell it from others", examples: ["Laptop"] });

export const AddPasskeyBody = z.strictObject({ name: PasskeyName, response: PasskeyAttestation }).meta({
  id: "AddPasskey",
  examples: [
    { name: "Laptop", response: { ...EXAMPLE, response: { clientDataJSON: "e30", attestationObject: "oA" } } },
  ],
});

export const RenamePasskeyBody = z
  .strictObject({ name: PasskeyName })
  .meta({ id: "RenamePasskey", examples: [{ name: "Laptop" }] });

const passkeyFields = {
  id: z.string().meta({ examples: ["passkey_abc123"] }),
  name: z.string().meta({ description: "How its user tells it from others" }),
  synced: z.boolean().meta({ description: "Whether the user's other devices have it as well" }),
  created_at: UnixSeconds,
  last_used_at: UnixSeconds.nullable(),
};

export const Passkey = z.object(passkeyFields).meta({ id: "Passkey", description: "A passkey of your account" });

export const PasskeyAdded = z
  .object({
    passkey: Passkey,
    recovery_codes: RecoveryCodeList.nullable().meta({
      description: "With the first second factor; null where there was one. Shown this once.",
    }),
    csrf_token: CsrfToken,
  })
  .meta({ id: "PasskeyAdded", description: "The passkey logs in from now on" });

export const PasskeyRemoved = z
  .object({ message: z.literal("Passkey removed"), csrf_token: CsrfToken })
  .meta({ id: "PasskeyRemoved", description: "It logs in no more" });

/** What a browser is asked with; the fields are WebAuthn's, not ours. */
export const PasskeyOptions = z
  .looseObject({ challenge: z.string().meta({ description: "To be signed, base64url; for five minutes, once" }) })
  .meta({
    id: "PasskeyOptions",
    description:
      "What `navigator.credentials` takes, as WebAuthn's JSON: for `parseCreationOptionsFromJSON()` or `parseRequestOptionsFromJSON()`",
  });

export const StepUpBody = z
  .strictObject({
    password: Password.nullish().meta({ description: "Your password" }),
    code: storableText()
      .max(40)
      .nullish()
      .meta({ description: "Of the authenticator, or a recovery code, which is used up by it" }),
    passkey: PasskeyAssertion.nullish().meta({
      description: "What one of your passkeys has signed of `POST /api/session/step-up/passkey-options`",
    }),
  })
  .meta({ id: "StepUp", examples: [{ password: "correct horse battery staple" }] });
