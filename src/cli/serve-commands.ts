import type { Command } from "commander";
import { openCore, requireDatabase } from "../compose.ts";
import type { Core } from "../compose.ts";
import { readConfig } from "../config.ts";
import { migrations } from "../../migrations/index.ts";
import type { Application, RunningServer } from "../compose-server.ts";
import { CommandError, withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";

/** After this long a stopping server cuts slow downloads off. */
const GRACE_MS = 30_000;

const WITHOUT_KEY =
  "warning: without the encryption key composer is answered and what is stored is shown; no change, no log-in, no sync, no webhook and no mail until the key is back and the server was started with it";

export function addServeCommands(program: Command, context: CommandContext): void {
  program
    .command("serve")
    .description("Run the server until SIGTERM or SIGINT; answers in flight are finished first")
    .option("--demo", "with two sample vendors, synced and ready to sell and install (its own data directory)")
    .option("--without-key", "while the encryption key is lost: answers composer and reads, refuses every change")
    .action(async ({ demo, withoutKey }: { demo?: true; withoutKey?: true }) => {
      if (demo === true && withoutKey === true) {
        throw new CommandError("--demo makes a data directory with a key of its own: start it without --without-key");
      }
      if (demo === true) await serveDemo(context);
      else await (withoutKey === true ? serveWithoutKey(context) : serve(context));
    });
  program
    .command("migrate")
    .description("Bring the database schema up to date and exit; `serve` does it as well")
    .action(async () => {
      await withCore(context, () => Promise.resolve());
      context.say(`The schema is up to date (${Object.keys(migrations).at(-1) ?? "empty"}).`);
    });
}

async function serve(context: CommandContext): Promise<void> {
  const core = await openCore(readConfig(context.environment), { isServer: true });
  try {
    await serveUntilSignalled(context, core, async () => {
      const { firstSteps } = await import("./first-steps.ts");
      return await firstSteps(core);
    });
  } finally {
    await core.close();
  }
}

/** Nothing is made here that is not there: no key, no database, no link to the set-up. */
async function serveWithoutKey(context: CommandContext): Promise<void> {
  const config = readConfig(context.environment);
  await requireDatabase(config);
  const core = await openCore(config, { isServer: true }, "none");
  try {
    await serveUntilSignalled(context, core, () => Promise.resolve(WITHOUT_KEY));
  } finally {
    await core.close();
  }
}

async function serveDemo(context: CommandContext): Promise<void> {
  const fixed = { ALLOW_LOCAL_SOURCES: "1", DATABASE_URL: "" };
  const core = await openCore(
    readConfig({ DATA_DIR: "./data-demo", LOG_LEVEL: "warn", ...context.environment, ...fixed }),
    { isServer: true },
  );
  try {
    const { prepareDemo } = await import("../demo/prepare-demo.ts");
    // Before anything runs: on a real installation it refuses, and nothing was touched.
    const instructions = await prepareDemo(core);
    await serveUntilSignalled(context, core, async () => {
      const { setupLine } = await import("./first-steps.ts");
      return [await setupLine(core), instructions].filter((part) => part !== undefined).join("\n");
    });
  } finally {
    await core.close();
  }
}

async function serveUntilSignalled(
  context: CommandContext,
  core: Core,
  hint: () => Promise<string | undefined>,
): Promise<void> {
  const { composeServer } = await import("../compose-server.ts");
  const signalled = untilSignalled();
  const running = await startListening(await composeServer(core), core.config.port);
  try {
    const { publicUrl } = core.config;
    const listening = publicUrl === running.url ? "" : ` (listening on ${running.url})`;
    context.say(`PACKAGE.broker serves ${publicUrl}${listening}`);
    const text = await hint();
    if (text !== undefined) context.say(text);
    await signalled;
    context.say("Stopping: finishing answers in flight …");
  } finally {
    await running.close(GRACE_MS);
  }
}

async function startListening(application: Application, port: number): Promise<RunningServer> {
  try {
    return await application.start();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    throw new CommandError(
      `port ${port} is taken: stop what listens there, or take another one: PORT=${port + 1} script/server`,
    );
  }
}

/** A second signal, of either kind, ends the process at once: the handlers are gone by then. */
async function untilSignalled(): Promise<void> {
  const signals = ["SIGTERM", "SIGINT"] as const;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = () => {
    for (const signal of signals) process.off(signal, stop);
    resolve(undefined);
  };
  for (const signal of signals) process.on(signal, stop);
  await promise;
}
