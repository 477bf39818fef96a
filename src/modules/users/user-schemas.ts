import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { storableText } from "../../platform/http/schemas.ts";

export const ROLES = ["owner", "admin", "support", "viewer"] as const;

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });
const id = z.string().meta({ examples: ["user_abc123"] });

export const UserName = storableText()
  .max(200)
  .meta({ minLength: 1, description: "What other users see", examples: ["Jane Doe"] });
export const Role = z.enum(ROLES, { error: `must be one of ${ROLES.join(", ")}` }).meta({
  description:
    "`owner`: everything. `admin`: everything, but owners. `support`: customers, tokens and grants, and reading. `viewer`: reading",
});

export const UserListQuery = z.strictObject({ limit: pageLimit(), cursor: pageCursor() });

export const UpdateUserBody = z
  .strictObject({
    name: UserName.nullish(),
    role: Role.nullish(),
  })
  .meta({ id: "UpdateUser", examples: [{ name: "Jane Doe" }] });

export const SecondFactorRolesBody = z
  .strictObject({
    roles: z.array(Role).max(ROLES.length).meta({ description: "Roles whose users must have a second factor" }),
  })
  .meta({ id: "SecondFactorRoles", examples: [{ roles: ["owner", "admin"] }] });

export const User = z
  .object({
    id,
    email: z.string().meta({ examples: ["jane@example.com"] }),
    name: z.string(),
    role: Role,
    status: z.enum(["active", "invited"]).meta({ description: "`invited`: has not chosen a password yet" }),
    totp_enabled: z.boolean().meta({ description: "Whether an authenticator app is set up as a second factor" }),
    passkeys: z.int().meta({ description: "How many passkeys the user has" }),
    last_login_at: UnixSeconds.nullable(),
    created_at: UnixSeconds,
  })
  .meta({ id: "User", description: "A user of the dashboard" });

export const Session = z
  .object({
    id: z.string().meta({ examples: ["sess_abc123"] }),
    created_at: UnixSeconds,
    last_seen_at: UnixSeconds.meta({ description: "To the minute" }),
    expires_at: UnixSeconds.meta({
      description: "Unless it is used before; at the latest SESSION_MAX_DAYS after the log-in",
    }),
    address: z
      .string()
      .nullable()
      .meta({ description: "Where it was started from", examples: ["203.0.113.7"] }),
    user_agent: z.string().nullable(),
    current: z.boolean().meta({ description: "Whether this request came with it" }),
  })
  .meta({ id: "Session", description: "A browser that is logged in" });

export const RemovedUser = z
  .object({
    message: z.literal("User removed"),
    management_tokens_left: z.int().meta({
      description:
        "How many management tokens the user made that work still and hold `users:write` or `management_tokens:write`: look through them",
    }),
  })
  .meta({ id: "RemovedUser", description: "The user is removed and logged out" });

export const EndedSessions = z
  .object({ message: z.literal("Sessions ended"), ended: z.int().meta({ description: "How many there were" }) })
  .meta({ id: "EndedSessions", description: "The sessions are ended" });

export const TotpReset = z
  .object({ message: z.literal("Two-factor authentication is off") })
  .meta({ id: "TotpReset", description: "The password alone logs in, until the user sets it up anew" });
