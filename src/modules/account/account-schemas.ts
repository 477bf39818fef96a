import { z } from "zod";
import { storableText } from "../../platform/http/schemas.ts";
import { Role, User, UserName } from "../users/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });
export const Password = storableText().max(1000);
const CurrentPassword = Password.meta({ description: "Your password of now; asked for again, because it is you" });
export const CsrfToken = z.string().meta({
  description:
    "Goes into the header `X-CSRF-Token` of every request that changes something, until the next one is given",
});

export const LogInBody = z
  .strictObject({
    email: storableText().max(254),
    password: Password,
    code: storableText()
      .max(40)
      .nullish()
      .meta({ description: "Of the authenticator, or a recovery code; where two-factor authentication is on" }),
  })
  .meta({ id: "LogIn", examples: [{ email: "jane@example.com", password: "correct horse battery staple" }] });

const SessionUser = z
  .object({
    id: z.string().meta({ examples: ["user_abc123"] }),
    email: z.string(),
    name: z.string(),
    role: Role,
    totp_enabled: z.boolean().meta({ description: "Whether an authenticator app is set up" }),
    passkeys: z.int().meta({ description: "How many passkeys the user has" }),
    scopes: z.array(z.string()).meta({ description: "What the role allows" }),
  })
  .meta({ id: "SessionUser" });

export const LoggedIn = z
  .object({
    user: SessionUser,
    csrf_token: CsrfToken,
    expires_at: UnixSeconds,
    session_id: z.string().meta({ examples: ["sess_abc123"] }),
    proven_until: UnixSeconds.meta({
      description: "Until then the session does things of weight without `POST /api/session/step-up`",
    }),
    second_factor_missing: z.boolean().meta({
      description:
        "The user's role must have a second factor, and the user has none: all but setting one up is 403 `auth.second_factor_required`",
    }),
  })
  .meta({ id: "LoggedIn", description: "Logged in; the session is in the cookie" });

const withoutKey = {
  without_key: z.boolean().meta({
    description:
      "The server runs without its encryption key (`serve --without-key`): it shows what is stored, and refuses every change with 503 `server.without_key`",
  }),
};

const LoggedOut = z
  .object({
    user: z.null(),
    setup_required: z.boolean().meta({ description: "Whether the first owner is still to be made" }),
    ...withoutKey,
  })
  .meta({ id: "LoggedOut" });

const OpenSession = LoggedIn.extend(withoutKey).meta({ id: "OpenSession", description: "Who is logged in" });

export const CurrentSession = z
  .union([OpenSession, LoggedOut])
  .meta({ id: "CurrentSession", description: "Who is logged in, or `user: null`" });

export const SteppedUp = z
  .object({
    message: z.literal("Confirmed"),
    csrf_token: CsrfToken,
    proven_until: UnixSeconds.meta({ description: "Then it is asked again" }),
  })
  .meta({ id: "SteppedUp", description: "It is you, for ten minutes" });

export const SessionEnded = z
  .object({ message: z.literal("Logged out") })
  .meta({ id: "SessionEnded", description: "There is no session any more" });

export const Account = z
  .object({
    ...User.shape,
    unused_recovery_codes: z.int().meta({ description: "How many are left" }),
  })
  .meta({ id: "Account", description: "Your own account" });

export const UpdateAccountBody = z
  .strictObject({ name: UserName.nullish() })
  .meta({ id: "UpdateAccount", examples: [{ name: "Jane Doe" }] });

export const ChangePasswordBody = z
  .strictObject({
    current_password: CurrentPassword,
    new_password: Password.meta({ description: "At least 12 characters, and not the e-mail address" }),
  })
  .meta({
    id: "ChangePassword",
    examples: [{ current_password: "correct horse battery staple", new_password: "staple battery horse correct" }],
  });

export const ConfirmPasswordBody = z
  .strictObject({ current_password: CurrentPassword })
  .meta({ id: "ConfirmPassword", examples: [{ current_password: "correct horse battery staple" }] });

export const ConfirmTotpBody = z
  .strictObject({ code: storableText().max(40).meta({ description: "What the authenticator shows now" }) })
  .meta({ id: "ConfirmTotp", examples: [{ code: "123456" }] });

export const NoBody = z.strictObject({}).meta({ id: "NoBody", examples: [{}] });

export const PasswordChanged = z
  .object({ message: z.literal("Password changed"), csrf_token: CsrfToken })
  .meta({ id: "PasswordChanged", description: "The password is changed, and all other sessions are ended" });

export const TotpSecret = z
  .object({
    secret: z.string().meta({ description: "To type in, base32. Shown this once." }),
    uri: z.string().meta({ description: "For the QR code", examples: ["otpauth://totp/…"] }),
  })
  .meta({ id: "TotpSecret", description: "What the authenticator is fed with" });

export const RecoveryCodeList = z
  .array(z.string())
  .meta({ description: "Each logs in once, instead of a code. Shown this once.", examples: [["k3x9m-w7rtb"]] });

export const TotpEnabled = z
  .object({ recovery_codes: RecoveryCodeList, csrf_token: CsrfToken })
  .meta({ id: "TotpEnabled", description: "Two-factor authentication is on" });

export const TotpDisabled = z
  .object({ message: z.literal("Two-factor authentication is off"), csrf_token: CsrfToken })
  .meta({ id: "TotpDisabled", description: "The password alone logs in" });

export const RecoveryCodes = z
  .object({ recovery_codes: RecoveryCodeList })
  .meta({ id: "RecoveryCodes", description: "New recovery codes; those before work no more" });

export const OwnSessionEnded = z
  .object({ message: z.literal("Session ended") })
  .meta({ id: "OwnSessionEnded", description: "That browser is logged out" });

export const OtherSessionsEnded = z
  .object({ message: z.literal("Sessions ended"), ended: z.int().meta({ description: "How many there were" }) })
  .meta({ id: "OtherSessionsEnded", description: "All other browsers are logged out" });
