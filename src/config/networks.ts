import { z } from "zod";
import { isNetworkOrHost, readPrivateNetworks } from "../platform/outbound-http/index.ts";
import type { AllowedNetworks } from "../platform/outbound-http/index.ts";
import { flag, splitList } from "./fields.ts";

/** Undefined where it is not set; an empty list cannot be said, for an empty variable is none. */
const networks = z
  .string()
  .transform(splitList)
  .refine(
    (entries) => entries.every(isNetworkOrHost),
    "must be networks, addresses or host names such as 10.1.0.0/16,192.168.1.7,git.internal,*.corp.example",
  )
  .optional();

const HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

/** Where the server may connect to. */
export const networkVariables = {
  ALLOW_LOCAL_SOURCES: flag.describe("`1` allows `file://` URLs as sources. For trials and tests."),
  ALLOW_PRIVATE_NETWORKS: flag.describe(
    "`1` allows sources and webhooks on every loopback and private address, and webhooks over http. Link-local and cloud metadata addresses stay refused. The two lists below say it for each by itself, and narrower.",
  ),
  SOURCE_PRIVATE_NETWORKS: networks.describe(
    "Where in your own network sources may be, with their submodules and Git LFS objects: comma-separated networks (`10.1.0.0/16`), addresses, and host names (`git.internal`, `*.corp.example`) that may have any private address. Everything else there is refused, whatever ALLOW_PRIVATE_NETWORKS says.",
  ),
  WEBHOOK_PRIVATE_NETWORKS: networks.describe(
    "The same for webhooks. Over http they go there only; to anywhere else over https.",
  ),
  BOUNDED_SOURCE_HOSTS: z
    .string()
    .default("")
    .transform(splitList)
    .refine((hosts) => hosts.every((host) => HOST.test(host)), "must be host names such as git.example.com, or file")
    .transform((hosts) => hosts.map((host) => host.toLowerCase()))
    .describe(
      "Hosts from which callers with a package bound may add and test sources that are read with the server's own rights: its ssh key, or `file` for `file://` URLs. Comma-separated. Without it they use https with a password, or what is open to everybody.",
    ),
};

type NetworkValues = z.output<z.ZodObject<typeof networkVariables>>;

export interface Networks {
  allowLocalSources: boolean;
  /** Of loopback and private addresses. */
  sources: AllowedNetworks;
  webhooks: AllowedNetworks;
  /** Lower-case hosts, and `file`, that callers with a package bound may use with the server's own rights. */
  boundedSourceHosts: readonly string[];
}

export function networksOf(values: NetworkValues): Networks {
  const allowed = (list: string[] | undefined): AllowedNetworks =>
    list === undefined ? values.ALLOW_PRIVATE_NETWORKS : readPrivateNetworks(list);
  return {
    allowLocalSources: values.ALLOW_LOCAL_SOURCES,
    sources: allowed(values.SOURCE_PRIVATE_NETWORKS),
    webhooks: allowed(values.WEBHOOK_PRIVATE_NETWORKS),
    boundedSourceHosts: values.BOUNDED_SOURCE_HOSTS,
  };
}
