import { Command, CommanderError } from "commander";
import { ConfigError } from "../config.ts";
import { AppError, messageOf } from "../platform/errors.ts";
import { version } from "../version.ts";
import { addAuditCommand } from "./audit-command.ts";
import { addBackupCommands } from "./backup-commands.ts";
import { CommandError } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { addKeyCommand } from "./key-command.ts";
import { addManagementTokenCommand } from "./management-token-command.ts";
import { plainLines } from "./output.ts";
import { addServeCommands } from "./serve-commands.ts";
import { addSourceCommand } from "./source-command.ts";
import { addTokenCommand } from "./token-command.ts";
import { addUserCommand } from "./user-command.ts";

const FIRST_STEPS = `
First steps:
  package-broker serve
      run the server
  package-broker source add --url URL --filter 'acme/*'
      where your packages come from; for a private repository:
      printf '%s' "$GIT_TOKEN" | package-broker source add … --username USER --password-stdin
  package-broker source sync --all
      read them now
  package-broker management-token create --name shop --scopes tokens:write,tokens:read --prefix acme/
      what your shop calls the API with

Every command works beside a running server and is in force there within a second: run it in the same directory,
or with the same DATA_DIR.
Settings come from the environment: HOST, PORT, DATA_DIR, PUBLIC_URL, … (docs/reference/configuration.md).
From a checkout the command is script/broker.`;

/** The commands that work where nothing is yet; all others refuse, so that a wrong directory is noticed. */
const MAY_INSTALL: ReadonlySet<string> = new Set([
  "serve",
  "migrate",
  "source add",
  "management-token create",
  "user create",
]);

/** Runs one command and returns its exit code: 0 done, 1 failed, 2 called wrongly. */
export async function runCommandLine(argv: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const context: CommandContext = {
    environment,
    stdin: process.stdin,
    out: (text) => process.stdout.write(`${plainLines(text)}\n`),
    say: (text) => process.stderr.write(`${plainLines(text)}\n`),
    exitCode: 0,
    mayInstall: false,
  };
  const program = new Command("package-broker")
    .description("A private Composer repository for people who sell PHP extensions.")
    .addHelpText("after", FIRST_STEPS)
    .version(version)
    .exitOverride()
    .showHelpAfterError("(add --help for what is possible)")
    .configureHelp({ showGlobalOptions: false })
    .hook("preAction", (_program, command) => {
      context.mayInstall = MAY_INSTALL.has(commandName(command));
    });
  addServeCommands(program, context);
  addSourceCommand(program, context);
  addManagementTokenCommand(program, context);
  addTokenCommand(program, context);
  addUserCommand(program, context);
  addAuditCommand(program, context);
  addKeyCommand(program, context);
  addBackupCommands(program, context);
  try {
    await program.parseAsync(argv);
    return context.exitCode;
  } catch (error) {
    return explain(context, error);
  }
}

/** `source add`, without the name of the program. */
function commandName(command: Command): string {
  const names: string[] = [];
  for (let at = command; at.parent !== null; at = at.parent) names.unshift(at.name());
  return names.join(" ");
}

function explain(context: CommandContext, error: unknown): number {
  if (error instanceof CommanderError) {
    // Help was asked for, or commander has said what is wrong.
    return error.exitCode === 0 || error.code === "commander.help" ? 0 : 2;
  }
  if (error instanceof AppError && error.status < 500) {
    const details = error.errors.map(({ pointer, detail }) => `${optionFor(pointer)} ${detail}`);
    context.say(`error: ${details.length > 0 ? details.join("\nerror: ") : error.message}`);
    return error.status === 400 ? 2 : 1;
  }
  if (error instanceof ConfigError || error instanceof CommandError) {
    context.say(`error: ${error.message}`);
    return 2;
  }
  context.say(`error: ${messageOf(error)}`);
  if (environmentWantsStack(context)) context.say(error instanceof Error ? (error.stack ?? "") : "");
  return 1;
}

function environmentWantsStack(context: CommandContext): boolean {
  return ["debug", "trace"].includes(context.environment["LOG_LEVEL"] ?? "");
}

/** `/filters/0` is `--filter` on the command line. */
function optionFor(pointer: string): string {
  const name = pointer.split("/")[1] ?? pointer;
  const option =
    { filters: "filter", prefixes: "prefix", expires_at: "expires", password: "password-stdin" }[name] ?? name;
  return `--${option}`;
}
