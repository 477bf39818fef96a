import { format } from "prettier";
import { expect, test } from "vitest";
import { z } from "zod";
import { Environment, readConfig } from "./config.ts";

// Guards against a page that says something else than the program does: it is made from the schema that reads the
// environment. After a change, `npx vitest run src/config-docs.test.ts --update` writes it anew.
test("docs/reference/configuration.md says what src/config.ts reads", async () => {
  const page = await format(renderPage(), { parser: "markdown", printWidth: 120 });
  await expect(page).toMatchFileSnapshot("../docs/reference/configuration.md");
});

function renderPage(): string {
  const { properties = {} } = z.toJSONSchema(Environment, { io: "input", unrepresentable: "any" });
  const rows = Object.entries(properties).map(([name, schema]) => {
    if (typeof schema === "boolean") throw new Error(`${name} has no schema`);
    return `| \`${name}\` | ${defaultOf(schema.default)} | ${schema.description ?? ""} |`;
  });
  return [
    "---",
    "sidebar_position: 7",
    "title: Configuration",
    "description: Every setting of the server, with its default",
    "---",
    "",
    "# Configuration",
    "",
    "<!-- Made from src/config.ts by src/config-docs.test.ts: change it there. -->",
    "",
    "Everything is set by environment variables; there is no configuration file. An empty variable is the same as none.",
    "A wrong value ends the start, with a list of everything that is wrong, not only the first thing.",
    "",
    "| Variable | Default | Meaning |",
    "| --- | --- | --- |",
    ...rows,
    "",
    "## Good to know",
    "",
    "- Give the commands of `script/broker` the same environment as the server: they open the same data directory and",
    "  database by themselves, and `source sync` asks the same two `ALLOW_…` variables.",
    "- The server logs at `info` unless told otherwise, the other commands at `warn`. With `LOG_LEVEL=debug` a command",
    "  that fails unexpectedly prints where.",
    "- `script/server --demo` keeps to itself: `DATA_DIR` is `./data-demo` and `LOG_LEVEL` is `warn` unless you set them,",
    "  and `ALLOW_LOCAL_SOURCES` is always on.",
    "- Without `TLS_CERT` and `TLS_KEY` the server speaks plain HTTP, for a reverse proxy that speaks TLS.",
    "- `TRUSTED_PROXIES` decides which address the audit records of refused credentials name.",
    `- git is started with an environment of its own. Of yours it gets ${listOf(namesPassedToGit())}, and nothing else.`,
    "",
  ].join("\n");
}

function defaultOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? (value === "" ? "none" : `\`${value}\``) : "none";
}

/** Whatever `readConfig` looks up by name; the settings above it reads as a whole. */
function namesPassedToGit(): string[] {
  const names: string[] = [];
  readConfig(new Proxy({}, { get: (_, name) => void names.push(String(name)) }));
  return names;
}

function listOf(names: string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1) ?? ""}`;
}
