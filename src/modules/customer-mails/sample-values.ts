import type { MailKind } from "../../schema.ts";
import { composerLines, timeZoneOf } from "../settings/index.ts";
import type { Settings } from "../settings/index.ts";
import { templateDate } from "./template-values.ts";
import type { TemplateValues } from "./template-values.ts";

/** Nobody's: what the guide for shops writes where a secret would be. */
const TOKEN = "YOUR_TOKEN_HERE";
const EXPIRES_AT = 1_830_297_600;

type Place = Pick<Settings, "vendor_name" | "support_email" | "support_url" | "time_zone"> & { publicUrl: string };

/** A mail of a kind as it would be sent from here, about a sale that never was. */
export function sampleValues(kind: MailKind, place: Place): TemplateValues {
  const packages = ["acme/checkout", "acme/core"];
  const token = kind === "ready" ? TOKEN : null;
  const { publicUrl, vendor_name, support_email, support_url } = place;
  const time_zone = timeZoneOf(place);
  return {
    ...{ token, token_last_four: "x7Qz", token_id: "token_abc123" },
    ...{ is_replacement: false, previous_token_works_until: null },
    ...{ expires_at: templateDate(EXPIRES_AT, time_zone), grace_until: null, time_zone },
    ...{ days_left: kind === "expiring" ? 14 : 365 },
    ...{ packages, opens_everything: false, is_order_line: false, order_id: "order_12345", customer_id: "cust_123" },
    description: "Customer: customer@example.com (Order: 12345)",
    ...{ repository_url: publicUrl, host: new URL(publicUrl).host, install_url: `${publicUrl}/install` },
    composer: composerLines({ publicUrl, vendorName: vendor_name }, { secret: token, packages }),
    leaked:
      kind === "leaked"
        ? { last_four: "x7Qz", url: "https://git.example.com/somebody/shop", is_revoked: true, is_replaced: false }
        : null,
    ...{ vendor_name, support_email, support_url },
  };
}

const PLACES: Place[] = [
  {
    ...{ publicUrl: "https://packages.example.com", vendor_name: "Acme Extensions" },
    ...{ support_email: "support@acme.example", support_url: "https://acme.example/help", time_zone: "Europe/Berlin" },
  },
  {
    ...{ publicUrl: "http://127.0.0.1:8080", vendor_name: null, support_email: null, support_url: null },
    time_zone: null,
  },
];

/** With everything there may be, and with as little as there can be: a template must do with both. */
export const SAMPLE_VALUES: Readonly<Record<MailKind, readonly TemplateValues[]>> = {
  ready: samples("ready"),
  renewed: samples("renewed"),
  expiring: samples("expiring"),
  revoked: samples("revoked"),
  leaked: samples("leaked"),
};

function samples(kind: MailKind): TemplateValues[] {
  return PLACES.flatMap((place) => {
    const full = sampleValues(kind, place);
    const replaced = { is_replacement: true, previous_token_works_until: full.expires_at };
    const { composer } = full;
    const bare = { expires_at: null, days_left: null, packages: [], opens_everything: true, order_id: null };
    const otherLeak = full.leaked === null ? {} : { leaked: { ...full.leaked, url: null, is_revoked: false } };
    const oldSecret = full.leaked === null ? {} : { leaked: { ...full.leaked, is_revoked: false, is_replaced: true } };
    const nothingNamed = { composer: { ...composer, require: null }, customer_id: null };
    // A reminder is always of a date.
    const ending = kind === "expiring" ? { expires_at: full.expires_at, days_left: 0 } : {};
    return [
      full,
      { ...full, is_order_line: true },
      { ...full, grace_until: full.expires_at },
      { ...full, ...replaced, ...oldSecret },
      { ...full, ...bare, ...nothingNamed, ...ending, ...otherLeak },
    ];
  });
}
