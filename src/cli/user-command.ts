import type { Command } from "commander";
import type { Core } from "../compose.ts";
import { commandLine } from "../modules/callers/index.ts";
import { inviteUser } from "../modules/invitations/index.ts";
import { createPasswordReset } from "../modules/password-resets/index.ts";
import { hasSecondFactor } from "../modules/sessions/index.ts";
import { readSettings } from "../modules/settings/index.ts";
import {
  createUser,
  findUserByEmail,
  hashPassword,
  listUsers,
  passwordProblem,
  removeUser,
  resetTotp,
} from "../modules/users/index.ts";
import type { UserRow } from "../modules/users/index.ts";
import { invalidField } from "../platform/errors.ts";
import type { UserRole } from "../schema.ts";
import { CommandError, withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { readAll } from "./options.ts";
import { json, plain, table, when } from "./output.ts";

const ROLES: readonly UserRole[] = ["owner", "admin", "support", "viewer"];

interface CreateOptions {
  email: string;
  name: string;
  role: string;
  passwordStdin?: true;
}

/** `user …`: who may log into the dashboard, for whoever has the server itself. */
export function addUserCommand(program: Command, context: CommandContext): void {
  const command = program.command("user").description("People who log into the dashboard");
  command
    .command("create")
    .description("Make one; prints a link to choose a password, or takes the password")
    .requiredOption("--email <address>", "what they log in with")
    .requiredOption("--name <name>", "what others see")
    .requiredOption("--role <role>", ROLES.join(", "))
    .option("--password-stdin", "read the password from standard input instead of printing a link")
    .action((options: CreateOptions) => withCore(context, (core) => create(context, core, options)));
  command
    .command("reset")
    .description("Print a one-time link to set a new password; works for an hour")
    .requiredOption("--email <address>", "of the user")
    .option("--totp", "also remove the authenticator and passkeys and end all sessions, at once: for a lost phone")
    .action((options: { email: string; totp?: true }) =>
      withCore(context, (core) => reset(context, core, options.email, options.totp === true)),
    );
  command
    .command("list")
    .description("List them")
    .option("--json", "for programs")
    .action((options: { json?: true }) => withCore(context, (core) => list(context, core, options.json === true)));
  command
    .command("remove")
    .description("Remove one, for good and at once")
    .requiredOption("--email <address>", "of the user")
    .action((options: { email: string }) =>
      withCore(context, async (core) => {
        const user = await getByEmail(core, options.email);
        await removeUser(core, commandLine, user.id);
        context.say(`Removed ${user.id}.`);
      }),
    );
}

async function create(context: CommandContext, core: Core, options: CreateOptions): Promise<void> {
  const { email, name } = options;
  const role = ROLES.find((known) => known === options.role);
  if (role === undefined) throw new CommandError(`--role ${options.role} is not one of ${ROLES.join(", ")}`);
  if (options.passwordStdin !== true) {
    const invited = await inviteUser({ ...core, publicUrl: core.config.publicUrl }, commandLine, { email, name, role });
    context.say(
      `Made ${invited.user.id}. This link to choose a password works once, until ${when(invited.expiresAt)} UTC:`,
    );
    context.out(invited.link);
    return;
  }
  const password = await readAll(context.stdin, "the password");
  const { vendor_name: vendorName } = await readSettings(core.database.db);
  const problem = await passwordProblem(password, { email, name, vendorName });
  if (problem !== undefined) throw invalidField("/password", problem);
  const passwordHash = await hashPassword(password);
  const user = await core.database.transaction((trx) =>
    createUser(core, trx, commandLine.actor, { email, name, role, passwordHash }),
  );
  context.say(`Made ${user.id}, who can log in at ${core.config.publicUrl}.`);
  context.out(user.id);
}

async function reset(context: CommandContext, core: Core, email: string, removesTotp: boolean): Promise<void> {
  const user = await getByEmail(core, email);
  const created = await createPasswordReset({ ...core, publicUrl: core.config.publicUrl }, commandLine, user.id);
  if (removesTotp) {
    await resetTotp(core, commandLine, user.id);
    context.say(
      hasSecondFactor(user)
        ? `Removed the second factor of ${plain(user.name)}; the password alone logs in until there is another.`
        : `${plain(user.name)} has no second factor.`,
    );
  }
  context.say(`This link to set a new password works once, until ${when(created.expiresAt)} UTC:`);
  context.out(created.link);
}

async function getByEmail(core: Core, email: string): Promise<UserRow> {
  const user = await findUserByEmail(core.database.db, email);
  if (user === undefined) throw new CommandError(`there is no user with the address ${email}; user list shows them`);
  return user;
}

async function list(context: CommandContext, core: Core, asJson: boolean): Promise<void> {
  const users: Awaited<ReturnType<typeof listUsers>>["users"] = [];
  let cursor: string | undefined;
  do {
    const page = await listUsers(core, commandLine, { limit: 100, cursor });
    users.push(...page.users);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  if (asJson) {
    context.out(json(users));
    return;
  }
  if (users.length === 0) {
    context.out("No users yet. Make one: user create --email you@example.com --name You --role owner");
    return;
  }
  const rows = users.map((user) => [
    ...[user.id, user.email, user.name, user.role, user.status, user.totp_enabled || user.passkeys > 0 ? "yes" : "no"],
    ...[when(user.last_login_at), when(user.created_at)],
  ]);
  context.out(table(["ID", "E-MAIL", "NAME", "ROLE", "STATUS", "2FA", "LAST LOG-IN (UTC)", "CREATED (UTC)"], rows));
}
