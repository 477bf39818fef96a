import type { Command } from "commander";
import { openCore } from "../compose.ts";
import { readConfig } from "../config.ts";
import { migrations } from "../../migrations/index.ts";
import { withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";

/** After this long a stopping server no longer waits for slow downloads. */
const GRACE_MS = 30_000;

export function addServeCommands(program: Command, context: CommandContext): void {
  program
    .command("serve")
    .description("Run the server until SIGTERM or SIGINT; answers in flight are finished first")
    .option("--demo", "with two sample vendors, synced and ready to sell and install (its own data directory)")
    .action(async (options: { demo?: true }) => {
      await (options.demo === true ? serveDemo(context) : serve(context));
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
  const core = await openCore(readConfig(context.environment));
  try {
    const { composeServer } = await import("../compose-server.ts");
    const running = await (await composeServer(core)).start();
    const { publicUrl } = core.config;
    context.say(
      `PACKAGE.broker serves ${publicUrl}${publicUrl === running.url ? "" : ` (listening on ${running.url})`}`,
    );
    const { firstSteps } = await import("./first-steps.ts");
    const steps = await firstSteps(core);
    if (steps !== undefined) context.say(steps);
    await untilSignalled();
    context.say("Stopping: finishing answers in flight …");
    await withinGrace(running.close());
  } finally {
    await core.close();
  }
}

async function serveDemo(context: CommandContext): Promise<void> {
  const environment = {
    DATA_DIR: "./data-demo",
    LOG_LEVEL: "warn",
    ...context.environment,
    ALLOW_LOCAL_SOURCES: "1",
  };
  const core = await openCore(readConfig(environment));
  try {
    const { composeServer } = await import("../compose-server.ts");
    const { prepareDemo } = await import("../demo/prepare-demo.ts");
    const running = await (await composeServer(core)).start();
    context.say(await prepareDemo(core));
    await untilSignalled();
    await withinGrace(running.close());
  } finally {
    await core.close();
  }
}

async function untilSignalled(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  // A second signal ends the process at once: the handlers are gone.
}

async function withinGrace(closing: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, GRACE_MS, undefined);
  await Promise.race([closing, promise]);
  clearTimeout(timer);
}
