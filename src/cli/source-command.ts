import { Option } from "commander";
import type { Command } from "commander";
import type { Core } from "../compose.ts";
import { commandLine } from "../modules/callers/index.ts";
import {
  BRANCH_CHOICES,
  addSource,
  branchesInWords,
  findSource,
  listSkippedRefs,
  listSources,
  removeSource,
} from "../modules/sources/index.ts";
import type { Hint } from "../modules/source-hints/index.ts";
import type { BranchChoice, SkippedRef, Source, SubmodulesSetting } from "../modules/sources/index.ts";
import { changeOrMoveSource, waitAndSync } from "../modules/sync/index.ts";
import type { SyncProgress, SyncReport } from "../modules/sync/index.ts";
import { messageOf } from "../platform/errors.ts";
import { requireGitVersion } from "../platform/git/index.ts";
import { CommandError, withCore } from "./command-context.ts";
import type { CommandContext } from "./command-context.ts";
import { counted, json, plain, table, when } from "./output.ts";
import { collect, readAll } from "./options.ts";

/** Reasons shown after a sync, and refs of each; `source show` has all of them. */
const REASONS_SHOWN_MAX = 20;
const REFS_SHOWN_MAX = 3;

const BRANCHES_HELP =
  "branches to take beside the tags: none, default (the default branch and numbered ones), all, or a pattern such as 'release/*'; patterns may be repeated";

interface ChangeOptions {
  url?: string;
  forgetPassword?: true;
  name?: string;
  filter?: string[];
  branches?: string[];
  username?: string;
  passwordStdin?: true;
  submodules?: SubmodulesOption;
}

type SubmodulesOption = "leave-out" | "include";

interface AddOptions {
  url: string;
  name?: string;
  filter?: string[];
  branches?: string[];
  username?: string;
  passwordStdin?: true;
  submodules?: SubmodulesOption;
}

const submodulesOption = () =>
  new Option("--submodules <what>", "whether archives have git submodules in them; default: leave-out").choices([
    "leave-out",
    "include",
  ]);

export function addSourceCommand(program: Command, context: CommandContext): void {
  const command = program.command("source").description("Where packages come from: git repositories");
  command
    .command("add")
    .description("Add a git repository; prints its id. A running server syncs it at once")
    .requiredOption("--url <url>", "https://, http://, ssh:// or git@host:path")
    .option("--name <name>", "what people see; default: from the URL")
    .option("--filter <pattern>", "packages to take: acme/* or acme/checkout; may be repeated; default: all", collect)
    .option("--branches <which>", BRANCHES_HELP, collect)
    .option("--username <user>", "for HTTP authentication")
    .option("--password-stdin", "read the password or access token from standard input")
    .addOption(submodulesOption())
    .addHelpText(
      "after",
      "\nExample:\n  printf '%s' \"$GIT_TOKEN\" | package-broker source add --url https://git.example.com/acme/core.git --filter 'acme/*' --username ci --password-stdin",
    )
    .action((options: AddOptions) => withCore(context, (core) => add(context, core, options)));
  command
    .command("sync")
    .description("Read a source now and wait for the end; exit code 0 only when everything synced")
    .argument("[id]", "which source")
    .option("--all", "every source")
    .action((id: string | undefined, options: { all?: true }) =>
      withCore(context, (core) => syncSources(context, core, id, options.all === true)),
    );
  addChangeCommands(command, context);
  command
    .command("list")
    .description("List the sources and how they are")
    .option("--json", "for programs")
    .action((options: { json?: true }) =>
      withCore(context, async (core) => {
        const sources = await listSources(core);
        context.out(options.json === true ? json(sources) : presentSources(sources));
      }),
    );
}

function addChangeCommands(command: Command, context: CommandContext): void {
  command
    .command("show")
    .description("Show one source, with every branch and tag that was skipped and why")
    .argument("<id>", "src_…, from the list")
    .option("--json", "for programs")
    .action((id: string, options: { json?: true }) =>
      withCore(context, async (core) => {
        const source = await getSource(core, id);
        const skipped = await listSkippedRefs(core, id);
        context.out(options.json === true ? json({ ...source, skipped }) : presentSource(source, skipped));
      }),
    );
  command
    .command("update")
    .description("Change the URL, the name, the filters, the branches or the credentials of a source; it is read anew")
    .argument("<id>", "src_…, from the list")
    .option("--url <url>", "where the same repository is now; it is tested first")
    .option("--name <name>", "what people see")
    .option("--filter <pattern>", "replaces the filters; may be repeated; '' takes every package", collect)
    .option("--branches <which>", BRANCHES_HELP, collect)
    .option("--username <user>", "for HTTP authentication")
    .option("--password-stdin", "read the new password or access token from standard input")
    .option("--forget-password", "forget the user name and the password")
    .addOption(submodulesOption())
    .action((id: string, options: ChangeOptions) => withCore(context, (core) => change(context, core, id, options)));
  command
    .command("remove")
    .description("Remove a source: its versions leave the repository, archives of lock files go on being served")
    .argument("<id>", "src_…, from the list")
    .option("--yes", "it is meant; without it, says what would vanish")
    .action((id: string, options: { yes?: true }) =>
      withCore(context, (core) => remove(context, core, id, options.yes === true)),
    );
}

async function remove(context: CommandContext, core: Core, id: string, isMeant: boolean): Promise<void> {
  if (!isMeant) {
    const { name, versions, packages } = await getSource(core, id);
    throw new CommandError(
      `nothing was removed: without ${plain(name)} (${id}), ${counted(versions, "version")} of ${counted(packages, "package")} would not be offered any more; if that is meant, add --yes`,
    );
  }
  const { versionsWithdrawn } = await removeSource(core, commandLine, id);
  const verb = versionsWithdrawn === 1 ? "is" : "are";
  context.say(`Removed ${id}; ${counted(versionsWithdrawn, "version")} ${verb} not offered any more.`);
}

async function change(context: CommandContext, core: Core, id: string, options: ChangeOptions): Promise<void> {
  const { url, name, username } = options;
  const forgotten = options.forgetPassword === true ? null : undefined;
  const password = options.passwordStdin === true ? await readAll(context.stdin, "the password") : forgotten;
  const filters = options.filter?.filter((pattern) => pattern !== "");
  const branches = readChoice(options.branches);
  const submodules = settingOf(options.submodules);
  const given = { url, name, username, password, filters, branches, submodules };
  if (Object.values(given).every((value) => value === undefined)) {
    throw new CommandError(
      "say what to change: --url, --name, --filter, --branches, --username, --password-stdin, --forget-password or --submodules",
    );
  }
  await changeOrMoveSource(core.sync, commandLine, id, given);
  context.say(`Changed ${id}. ${howToSync(id)}`);
}

function settingOf(option: SubmodulesOption | undefined): SubmodulesSetting | undefined {
  return option === "leave-out" ? "leave_out" : option;
}

/** One word, or patterns; a branch that is called like one of the words is a pattern when it is given beside another. */
function readChoice(given: readonly string[] | undefined): BranchChoice | undefined {
  const [first, ...rest] = given ?? [];
  return BRANCH_CHOICES.find((choice) => choice === first && rest.length === 0) ?? given;
}

function howToSync(id: string): string {
  return `A running server reads it within seconds; or now: script/broker source sync ${id}`;
}

function presentSource(source: Source, skipped: readonly SkippedRef[]): string {
  const facts = [
    [`${source.name} (${source.id})`, source.url],
    ["state", source.state_detail === null ? source.state : `${source.state}: ${source.state_detail}`],
    ["filters", source.filters.length === 0 ? "every package" : source.filters.join(" ")],
    ["branches", branchesInWords(source.branches)],
    ["credentials", source.has_password ? `${source.username ?? "(no user name)"} and a password` : "none"],
    ["published", `${counted(source.versions, "version")} of ${counted(source.packages, "package")}`],
    ...submodulesOf(source),
    ["synced", when(source.synced_at)],
    ["left out", counted(source.left_out_branches, "branch", "branches")],
    ["skipped", refsCounted(skipped.length)],
  ];
  const lines = skipped.map(
    ({ ref, reason }) => `  ${plain(ref.replace(/^refs\/(heads|tags)\//, ""))}: ${plain(reason)}`,
  );
  lines.push(...source.hints.flatMap(hintLines).map((line) => plain(line)));
  return [...facts.map(([label, value]) => `${plain(label ?? "").padEnd(12)} ${plain(value ?? "")}`), ...lines].join(
    "\n",
  );
}

function submodulesOf({ submodules, submodule_paths: paths }: Source): string[][] {
  if (paths.length === 0 && submodules === "leave_out") return [];
  const what = submodules === "include" ? "included" : "left out, --submodules include delivers them";
  return [["submodules", paths.length === 0 ? what : `${paths.join(" ")}: ${what}`]];
}

async function add(context: CommandContext, core: Core, options: AddOptions): Promise<void> {
  const password = options.passwordStdin === true ? await readAll(context.stdin, "the password") : undefined;
  const source = await addSource(core, commandLine, {
    url: options.url,
    name: options.name,
    filters: options.filter,
    branches: readChoice(options.branches),
    username: options.username,
    password,
    submodules: settingOf(options.submodules),
  });
  context.say(`Added ${plain(source.name)}. ${howToSync(source.id)}`);
  context.out(source.id);
}

async function syncSources(context: CommandContext, core: Core, id: string | undefined, all: boolean): Promise<void> {
  if ((id === undefined) !== all)
    throw new CommandError("name one source, or give --all (`source list` shows the ids)");
  await requireGitVersion(core.git);
  const sources = all ? await listSources(core) : [await getSource(core, id ?? "")];
  if (sources.length === 0) context.say("There are no sources yet; add one with `source add --url …`.");
  for (const source of sources) {
    if (!(await syncOne(context, core, source))) context.exitCode = 1;
  }
}

async function getSource(core: Core, id: string): Promise<Source> {
  const source = await findSource(core, id);
  if (source === undefined) throw new CommandError(`there is no source ${id}; \`source list\` shows the ids`);
  return source;
}

async function syncOne(context: CommandContext, core: Core, source: Source): Promise<boolean> {
  const say = (text: string) => context.say(plain(`${source.name}: ${text}`));
  let phase: SyncProgress["phase"] | undefined;
  try {
    const report = await waitAndSync(core.sync, source.id, {
      refuseByPolicy: true,
      onWait: () => say(`another process syncs it; waiting for its end …`),
      onProgress: (progress) => {
        if (progress.phase !== phase) say(`${progress.phase} …`);
        phase = progress.phase;
      },
    });
    skippedLines(report.skipped).forEach(say);
    for (const { ref, reason, remedy } of report.skippedReleases) {
      say(`not released: ${ref}: ${reason}${remedy === undefined ? "" : `: ${remedy}`}`);
    }
    for (const { from, to, tokens } of report.renames) {
      say(
        `renamed: ${from} is ${to} now, and what was sold as ${from} (${counted(tokens, "token")}) does not open it; make it the successor on the page of ${from}, or by PATCH /api/packages/${from} {"successor": "${to}"}`,
      );
    }
    if (report.submodulesLeftOut.length > 0) {
      const paths = report.submodulesLeftOut.join(", ");
      say(
        `submodules are left out (${paths}): their directories are empty; source update --submodules include delivers them`,
      );
    }
    for (const hint of report.hints) hintLines(hint).forEach(say);
    if (report.outcome === "failed") {
      say(`failed: ${report.detail ?? "for an unknown reason"}`);
      return false;
    }
    say(
      `done: ${refsCounted(report.refsTotal)}, ${report.refsRead} read, ${counted(report.versionsPublished, "version")} published, ${report.versionsWithdrawn} withdrawn, ${report.skipped.length} skipped${leftOut(report.branchesLeftOut)}`,
    );
    return true;
  } catch (error) {
    say(`failed: ${messageOf(error)}`);
    return false;
  }
}

function leftOut(branches: number): string {
  return branches === 0 ? "" : `, ${counted(branches, "branch", "branches")} left out`;
}

/** What was remarked and what to do, and below it what can be copied. */
function hintLines({ message, what_to_do, example }: Hint): string[] {
  return [
    `hint: ${message} ${what_to_do}`,
    ...(example === null ? [] : example.split("\n").map((line) => `  ${line}`)),
  ];
}

/** A hundred tags with one cause are one line; the most common cause first. */
function skippedLines(skipped: SyncReport["skipped"]): string[] {
  const groups = Map.groupBy(skipped, ({ reason }) => reason.replaceAll(/"[^"]*"/g, '"…"'));
  const lines = [...groups.entries()]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([pattern, refs]) => {
      const named = refs.slice(0, REFS_SHOWN_MAX).map(({ ref }) => ref);
      const more = refs.length > named.length ? ` and ${refs.length - named.length} more` : "";
      const reason = refs.length === 1 ? (refs[0]?.reason ?? pattern) : pattern;
      return `skipped ${named.join(", ")}${more}: ${reason}`;
    });
  const hidden = lines.length - REASONS_SHOWN_MAX;
  return hidden > 0 ? [...lines.slice(0, REASONS_SHOWN_MAX), `… and for ${hidden} more reasons`] : lines;
}

function refsCounted(count: number): string {
  return counted(count, "branch or tag", "branches and tags");
}

function presentSources(sources: readonly Source[]): string {
  if (sources.length === 0) return "No sources yet. Add one: source add --url https://git.example.com/acme/core.git";
  const rows = sources.map((source) => [
    ...[source.id, source.name, source.state, String(source.packages), String(source.versions)],
    ...[String(source.skipped_refs), when(source.synced_at), source.state_detail ?? source.url],
  ]);
  return table(["ID", "NAME", "STATE", "PACKAGES", "VERSIONS", "SKIPPED", "SYNCED (UTC)", "DETAIL"], rows);
}
