import type { Db } from "../../schema.ts";
import { readSettings } from "./settings.ts";

/** What the public page /install shows a buyer. Nothing of it is secret, and nothing tells what is sold here. */
export interface InstallFacts {
  public_url: string;
  host: string;
  port_in_host: boolean;
  vendor_name: string | null;
  support_email: string | null;
  support_url: string | null;
  secure_http_needed: boolean;
  repository_url: string;
}

export async function readInstallFacts(publicUrl: string, db: Db): Promise<InstallFacts> {
  const { vendor_name, support_email, support_url } = await readSettings(db);
  const url = new URL(publicUrl);
  return {
    public_url: publicUrl,
    ...{ host: url.host, port_in_host: url.port !== "" },
    ...{ vendor_name, support_email, support_url },
    secure_http_needed: url.protocol === "http:",
    repository_url: publicUrl,
  };
}
