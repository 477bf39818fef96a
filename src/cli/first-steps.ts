import type { Core } from "../compose.ts";
import { listManagementTokens } from "../modules/management-tokens/index.ts";
import { createSetupLink } from "../modules/setup/index.ts";
import { listSources } from "../modules/sources/index.ts";

/** The line with the one-time link to the dashboard's set-up; undefined once there is an owner who can log in. */
export async function setupLine(core: Core): Promise<string | undefined> {
  const created = await createSetupLink({ ...core, publicUrl: core.config.publicUrl });
  if (created === undefined) return undefined;
  return `Open this link to set up the dashboard (works once, within 24 hours): ${created.link}`;
}

/** What an operator does next on a new installation; undefined when there is nothing to teach. */
export async function firstSteps(core: Core): Promise<string | undefined> {
  const setup = await setupLine(core);
  const steps = await stepsOnTheCommandLine(core, setup === undefined ? "Next" : "Or on the command line");
  const parts = [setup, steps].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join("\n");
}

async function stepsOnTheCommandLine(core: Core, beginning: string): Promise<string | undefined> {
  const sources = await listSources(core);
  const tokens = await listManagementTokens(core);
  if (sources.length > 0 && tokens.length > 0) return undefined;
  const steps = [
    ...(sources.length > 0
      ? []
      : [
          "Add the git repository of a package (the password or access token is read from standard input):",
          `  printf '%s' "$GIT_TOKEN" | script/broker source add --url https://git.example.com/acme/checkout.git \\`,
          "    --filter 'acme/*' --username USER --password-stdin",
        ]),
    ...(tokens.length > 0
      ? []
      : [
          "Make the token your shop calls the Management API with:",
          "  script/broker management-token create --name shop --scopes tokens:write,tokens:read --prefix acme/",
        ]),
  ];
  return [
    "",
    `${beginning}, in another terminal, in the same directory:`,
    ...steps,
    "Or try it with sample data: script/server --demo",
    "",
  ].join("\n");
}
