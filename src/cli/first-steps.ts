import type { Core } from "../compose.ts";
import { listManagementTokens } from "../modules/management-tokens/index.ts";
import { listSources } from "../modules/sources/index.ts";

/** What an operator does next on a new installation; undefined when there is nothing to teach. */
export async function firstSteps(core: Core): Promise<string | undefined> {
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
    "Next, in another terminal, in the same directory:",
    ...steps,
    "Or try it with sample data: script/server --demo",
    "",
  ].join("\n");
}
