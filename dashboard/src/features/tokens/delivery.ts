import type { components } from "../../api/generated/schema.d.ts";
import { formatDate } from "../../ui/time.tsx";

export type InstallFacts = components["schemas"]["InstallFacts"];

/** A secret with what its owner needs to use it. */
export interface Delivery {
  secret: string;
  /** null: everything that is hosted. */
  patterns: string[] | null;
  /** An example of what the prefixes open. */
  example: string | undefined;
  expiresAt: number | null;
  /** A new secret for a project that is set up: only the credential changes. */
  isReplacement: boolean;
  /** For how long the secret before goes on working. */
  overlapText?: string | undefined;
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

/** A mail to the customer, to copy: it holds the secret, so it is never sent from here. */
export function mailText(facts: InstallFacts, delivery: Delivery): string {
  const lines = composerLines(facts, delivery);
  const overlap =
    delivery.overlapText === undefined
      ? " The token before does not work any more."
      : ` The token before goes on working for ${delivery.overlapText}.`;
  const until = delivery.expiresAt === null ? "has no end date" : `is valid until ${formatDate(delivery.expiresAt)}`;
  const contact = facts.support_email ?? facts.support_url;
  return [
    "Hello,",
    delivery.isReplacement
      ? `here is your new token.${overlap} Run this line in your project, and change it where your builds keep it:`
      : "thank you for your purchase. Run these lines in your project:",
    lines.map((line) => `    ${line}`).join("\n"),
    `The token ${until}. It is personal: composer writes it to auth.json, please keep that file out of version control.`,
    `How to install, also on build servers: ${facts.public_url.replace(/\/$/, "")}/install`,
    ...(contact === null ? [] : [`Questions? ${contact}`]),
    ...(facts.vendor_name === null ? [] : [facts.vendor_name]),
  ].join("\n\n");
}
