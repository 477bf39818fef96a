import { flag } from "./fields.ts";

/** Where the server may connect to. */
export const networkVariables = {
  ALLOW_LOCAL_SOURCES: flag.describe("`1` allows `file://` URLs as sources. For trials and tests."),
  ALLOW_PRIVATE_NETWORKS: flag.describe(
    "`1` allows sources and webhooks on loopback and private addresses, and webhooks over http. Link-local and cloud metadata addresses stay refused.",
  ),
};
