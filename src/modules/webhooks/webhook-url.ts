import { isIP } from "node:net";
import { invalidField } from "../../platform/errors.ts";
import { AddressRefusedError, resolveAllowed } from "../../platform/outbound-http/index.ts";

/** For messages of the address guard. */
export const PURPOSE = "webhooks";

export interface WebhookPolicy {
  readonly allowPrivateNetworks: boolean;
}

/**
 * The URL, spelt canonically. An address that is written out is judged at once; a name is looked up and judged at each
 * attempt, because by then it may lead somewhere else. Throws `request.invalid`.
 */
export async function readWebhookUrl(policy: WebhookPolicy, text: string): Promise<string> {
  if (!URL.canParse(text)) throw invalidField("/url", "is not a URL such as https://shop.example.com/webhooks");
  const url = new URL(text);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && policy.allowPrivateNetworks)) {
    throw invalidField(
      "/url",
      url.protocol === "http:"
        ? "must begin with https://; http:// is for trials, on a server with ALLOW_PRIVATE_NETWORKS=1"
        : "must begin with https://",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw invalidField("/url", "must not hold a password: what is sent is signed, check the signature instead");
  }
  if (url.hash !== "") throw invalidField("/url", "must not have a part behind #, which is never sent");
  const bare = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0 || bare === "localhost") await refuseForbidden(policy, bare);
  return url.href;
}

async function refuseForbidden(policy: WebhookPolicy, host: string): Promise<void> {
  try {
    await resolveAllowed(host, { ...policy, purpose: PURPOSE });
  } catch (error) {
    if (error instanceof AddressRefusedError) throw invalidField("/url", `is refused: ${error.message}`);
  }
}
