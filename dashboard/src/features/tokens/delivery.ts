import type { components } from "../../api/generated/schema.d.ts";

export type InstallFacts = components["schemas"]["InstallFacts"];

/** A secret with what its owner needs to use it. */
export interface Delivery {
  secret: string;
  /** null: everything that is hosted. */
  patterns: string[] | null;
  /** An example of what the prefixes open. */
  example: string | undefined;
  /** A new secret for a project that is set up: only the credential changes. */
  isReplacement: boolean;
  /** The mail that this server makes of it, from its templates. */
  mail: components["schemas"]["MailInstructions"] | undefined;
}

/** What to run in a project, for this very host. */
export function composerLines(facts: InstallFacts, delivery: Delivery): string[] {
  const credential = `composer config http-basic.${facts.host} token ${delivery.secret}`;
  if (delivery.isReplacement) return [credential];
  const exact = (delivery.patterns ?? []).filter((pattern) => !pattern.endsWith("/") && !pattern.endsWith("*"));
  const wanted = exact.length > 0 ? exact.join(" ") : (delivery.example ?? `${vendorOf(delivery) ?? "vendor"}/package`);
  return [
    ...(facts.secure_http_needed ? ["composer config secure-http false"] : []),
    `composer config repositories.${vendorOf(delivery) ?? "private"} composer ${facts.repository_url}`,
    credential,
    `composer require ${wanted}`,
  ];
}

function vendorOf({ patterns, example }: Delivery): string | undefined {
  return (patterns?.[0] ?? example)?.split("/")[0];
}
