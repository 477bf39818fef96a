import { isIP } from "node:net";
import { invalidField } from "../../platform/errors.ts";
import { AddressRefusedError, isPublicAddress, resolveAllowed } from "../../platform/outbound-http/index.ts";
import type { AllowedNetworks } from "../../platform/outbound-http/index.ts";

/** For messages of the address guard. */
export const PURPOSE = { purpose: "webhooks", setting: "WEBHOOK_PRIVATE_NETWORKS" };

export interface WebhookPolicy {
  readonly allowPrivateNetworks: AllowedNetworks;
}

const HTTP_REFUSED =
  "must begin with https://; http:// is for your own network, where WEBHOOK_PRIVATE_NETWORKS lists it, and for trials on a server with ALLOW_PRIVATE_NETWORKS=1";

/**
 * What is sent without encryption stays in the operator's own network: where that is listed, no address that http goes
 * to may be another.
 */
export function refusePlainHttp({ allowPrivateNetworks }: WebhookPolicy, url: URL, addresses: readonly string[]): void {
  if (url.protocol === "https:" || allowPrivateNetworks === true) return;
  if (allowPrivateNetworks === false || addresses.some(isPublicAddress)) {
    throw new AddressRefusedError(`the URL ${HTTP_REFUSED}`);
  }
}

/**
 * The URL, spelt canonically. An address that is written out is judged at once; a name is looked up and judged at each
 * attempt, because by then it may lead somewhere else. Throws `request.invalid`.
 */
export async function readWebhookUrl(policy: WebhookPolicy, text: string): Promise<string> {
  if (!URL.canParse(text)) throw invalidField("/url", "is not a URL such as https://shop.example.com/webhooks");
  const url = new URL(text);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && policy.allowPrivateNetworks !== false)) {
    throw invalidField("/url", url.protocol === "http:" ? HTTP_REFUSED : "must begin with https://");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalidField("/url", "must not hold a password: what is sent is signed, check the signature instead");
  }
  if (url.hash !== "") throw invalidField("/url", "must not have a part behind #, which is never sent");
  const bare = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0 || bare === "localhost") await refuseForbidden(policy, url, bare);
  return url.href;
}

async function refuseForbidden(policy: WebhookPolicy, url: URL, host: string): Promise<void> {
  try {
    const { allowPrivateNetworks } = policy;
    refusePlainHttp(policy, url, await resolveAllowed(host, { allowPrivateNetworks, ...PURPOSE }));
  } catch (error) {
    if (error instanceof AddressRefusedError) throw invalidField("/url", `is refused: ${error.message}`);
  }
}
