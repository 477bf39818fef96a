import type { AttentionKind } from "./raise-attention.ts";

/** What an entry says to whoever looks after sales. */
export interface AttentionWords {
  title: string;
  whatToDo: string;
}

type Details = Readonly<Record<string, unknown>>;

const WHAT_TO_DO_OF_LEAK: Readonly<Record<string, string>> = {
  revoked: "It was revoked for good; what was bought stays. Give its buyer a new token.",
  secret_ended: "It was a secret that had been replaced, and it ended. The token goes on with its new secret.",
};

const WORDS: Record<AttentionKind, (details: Details) => AttentionWords> = {
  "order.another_buyer": (details) => ({
    title: `Order ${named(details, "order_id")} was sold to two buyers`,
    whatToDo:
      "Each has a token of their own. Is it a copy of the shop for tests, or are there two shops with one management token? Give each its own, and revoke what was not bought.",
  }),
  "customer.another_address": (details) => ({
    title: `An order of this customer came with another address: ${named(details, "order_id")}`,
    whatToDo:
      "If it is the same person, confirm it: what was bought then joins what they have. If not, two people share one customer id in the shop; nothing of theirs is mixed here.",
  }),
  "order.paid_after_end": (details) => ({
    title: `Order ${named(details, "order_id")} was paid for again after it had ended`,
    whatToDo:
      "The buyer has nothing for it yet. Restore the order if its end was a mistake, or sell it again: with a new order id, or with “again”. Otherwise give the money back.",
  }),
  "customer.ambiguous_query": () => ({
    title: "The shop asks for a customer in a way that means two",
    whatToDo: "Encode ids in addresses: rawurlencode in PHP, encodeURIComponent in JavaScript. Nothing was changed.",
  }),
  "mail.failed": () => ({
    title: "A mail to this customer was refused",
    whatToDo: "Correct the customer’s address, then send the mail again.",
  }),
  "token.leaked": (details) => ({
    title: `A token was found in public: the secret that ends in ${named(details, "last_four")}`,
    whatToDo: WHAT_TO_DO_OF_LEAK[named(details, "outcome")] ?? "Rotate the token, and give its buyer the new secret.",
  }),
  "management_token.leaked": (details) => ({
    title: `The management token ${named(details, "name")} was found in public`,
    whatToDo:
      "Look through the audit log for what was done with it, and through the webhooks, users and management tokens that it may have made. Give its shop another one.",
  }),
  "package.renamed": (details) => ({
    title: `${named(details, "package")} is called ${named(details, "successor")} in its repository now`,
    whatToDo: `Nothing is offered as ${named(details, "package")} any more, and what was sold by that name does not open the new one (tokens: ${named(details, "tokens")}). If it is the same product, make it the successor on the page of the package: all that opens the old name opens the new one from then on.`,
  }),
  "management_token.expiring": (details) => ({
    title: `The management token “${named(details, "name")}” expires on ${dayOf(details)}`,
    whatToDo:
      "What uses it is refused from then on, and a shop sells no more. Its end cannot be moved: make another one under Settings → API tokens, put it in its place, then revoke this one.",
  }),
  "source.version_skipped": (details) => ({
    title: `Nobody gets the release ${named(details, "tag")} of ${named(details, "name")}: its tag is skipped`,
    whatToDo: `${sentenceOf(named(details, "reason"), named(details, "what_to_do"))} If it is no release, dismiss this.`,
  }),
};

/** Made of the kind and the details of an entry; of a kind that a newer release raised in general words. */
export function attentionWords(kind: string, details: Details): AttentionWords {
  const known = Object.hasOwn(WORDS, kind) ? WORDS[kind as AttentionKind] : undefined;
  return known?.(details) ?? { title: kind, whatToDo: "Look at what it is about, and dismiss it when it is settled." };
}

function sentenceOf(reason: string, remedy: string): string {
  const text = remedy === "" ? reason : `${reason}: ${remedy}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** In UTC, as the API has it. */
function dayOf({ expires_at: at }: Details): string {
  return typeof at === "number" ? new Date(at * 1000).toISOString().slice(0, 10) : "";
}

function named(details: Details, name: string): string {
  const value = details[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
