import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import type { Core } from "../compose.ts";
import { RELOAD_EVERY_MS } from "../platform/crypto/key-source.ts";
import { CommandError, withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { counted, table, when } from "./output.ts";

/** Running servers look for another key every second. */
const LEARNED_AFTER_MS = 3 * RELOAD_EVERY_MS;

export function addKeyCommand(program: Command, context: CommandContext): void {
  const command = program.command("key").description("The encryption key, and those that were in use before");
  command
    .command("list")
    .description("List the keys by their ids, with what each has sealed and signed; never the keys themselves")
    .action(() => withCore(context, (core) => list(context, core)));
  command
    .command("rotate")
    .description("Take a new key into use, while the server serves, and seal what is stored with it; may be repeated")
    .action(() => withCore(context, (core) => rotate(context, core)));
  command
    .command("verify")
    .description("Open everything that is stored with the keys at hand; names what does not open, exit code 1 then")
    .action(() => withCore(context, (core) => verify(context, core)));
  command
    .command("forget")
    .description("Take a retired key away for good; says what becomes unreadable")
    .argument("<id>", "as `key list` prints it")
    .option("--yes", "really")
    .action((id: string, options: { yes?: true }) =>
      withCore(context, (core) => forget(context, core, id, options.yes === true)),
    );
}

function fileOf({ keys }: Core): string | undefined {
  return "file" in keys.place ? keys.place.file : undefined;
}

async function list(context: CommandContext, core: Core): Promise<void> {
  const { countByKey } = await import("../modules/keys/index.ts");
  const { current, keys } = core.keys.ring;
  const uses = await countByKey(
    core.database.db,
    keys.map(({ id }) => id),
  );
  const rows = keys.map(({ id, retiredAt }) => [
    id,
    id === current.id
      ? "in use"
      : retiredAt === null
        ? "next"
        : retiredAt === 0
          ? "retired"
          : `retired ${when(retiredAt)}`,
    String(uses.get(id)?.sealed ?? 0),
    String(uses.get(id)?.records ?? 0),
  ]);
  context.out(table(["KEY", "STATE", "SEALED VALUES", "AUDIT RECORDS"], rows));
}

async function rotate(context: CommandContext, core: Core): Promise<void> {
  const { finishRotation, makeNextKey, takeNextKey } = await import("../modules/keys/index.ts");
  const { sealAuditEvents } = await import("../modules/audit/index.ts");
  const file = fileOf(core);
  if (file === undefined) {
    if (core.keys.ring.keys.length === 1) {
      throw new CommandError(
        "the key is in ENCRYPTION_KEY: make another one (openssl rand -base64 32), set ENCRYPTION_KEY to it and ENCRYPTION_KEYS_RETIRED to the one before, on every machine, restart the servers, and run `key rotate` again",
      );
    }
  } else {
    await sealAuditEvents(core);
    await makeNextKey(file);
    context.say("Made a new key. Waiting for running servers to learn of it …");
    await setTimeout(LEARNED_AFTER_MS);
    await takeNextKey(file, core.clock);
    await core.keys.reload();
    await setTimeout(LEARNED_AFTER_MS);
  }
  const { resealed, problems } = await finishRotation(core);
  for (const { place, reason } of problems) context.say(`error: ${place}: ${reason}`);
  if (problems.length > 0) context.exitCode = 1;
  context.say(`The key ${core.keys.ring.current.id} is in use; ${counted(resealed, "value")} sealed with it anew.`);
  context.say("Retired keys stay for audit records and older backups, until `key forget`. Keep a copy of the new key.");
}

async function verify(context: CommandContext, core: Core): Promise<void> {
  const { verifySealed } = await import("../modules/keys/index.ts");
  const { opened, problems } = await verifySealed(core.database.db, core.cipher);
  for (const { place, reason } of problems) context.say(`error: ${place}: ${reason}`);
  if (problems.length > 0) context.exitCode = 1;
  context.say(
    `${counted(opened, "stored value")} opened, ${problems.length} did not. Audit records: \`audit verify\`.`,
  );
}

async function forget(context: CommandContext, core: Core, id: string, isSure: boolean): Promise<void> {
  const { countByKey, forgetKey } = await import("../modules/keys/index.ts");
  const key = core.keys.ring.find(id);
  const use = (await countByKey(core.database.db, [id])).get(id) ?? { sealed: 0, records: 0 };
  const isLost = key === undefined && use.records > 0;
  if (key === undefined && !isLost) throw new CommandError(`there is no key ${id.slice(0, 50)}: see \`key list\``);
  if (key?.retiredAt === null) throw new CommandError(`the key ${id} is in use, or about to be: \`key rotate\` first`);
  context.say(`Without the key ${id}${isLost ? ", which is not here any more" : ""}:`);
  const hint = use.sealed > 0 && !isLost ? ": run `key rotate` first" : "";
  context.say(`- ${counted(use.sealed, "stored value")} cannot be opened${hint}`);
  context.say(`- ${counted(use.records, "audit record")} cannot be checked any more`);
  context.say("- secrets in backups that were made before the rotation cannot be opened");
  context.say("- recovery codes that were made before the rotation do not work");
  if (!isSure) {
    context.say("Nothing was done. Add --yes to forget it.");
    context.exitCode = 1;
    return;
  }
  await forgetKey(core, fileOf(core), id);
  context.say(
    !isLost && fileOf(core) === undefined
      ? `Recorded. Now take the key ${id} out of ENCRYPTION_KEYS_RETIRED, on every machine, and restart the servers.`
      : `The key ${id} is forgotten.`,
  );
}
