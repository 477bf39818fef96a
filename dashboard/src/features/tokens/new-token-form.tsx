import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Actions } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Checkbox, SelectField, TextField } from "../../ui/field.tsx";
import { useShops } from "../shops/shops.ts";
import { ExpiryField, useExpiry } from "./expiry-field.tsx";
import { PatternsField, patternsOf } from "./patterns-field.tsx";
import type { ChosenPatterns } from "./patterns-field.tsx";
import { createToken, useTokensChanged } from "./tokens.ts";
import type { NewToken } from "./tokens.ts";
import { useAttempt } from "./use-attempt.ts";

export interface NewTokenPrefill {
  customerId?: string;
  email?: string;
  shop?: string;
}

type Access = NonNullable<NewToken["access"]>;
type Created = Awaited<ReturnType<typeof createToken>>;

const OWN_ERRORS = [
  ...["/metadata/customer_email", "/metadata/customer_id", "/metadata/order_id", "/description", "/expires_at"],
  ...["/allowed_package_prefixes", "/rate_limit_max", "/access", "?shop"],
];

interface Buyer {
  email: string;
  customerId: string;
  orderId: string;
  description: string;
  shop: string;
  limit: string;
}

/** Everything a token has; what is not known may stay empty, but for the packages. */
export function NewTokenForm({
  prefill,
  onCreated,
  onCancel,
}: {
  prefill: NewTokenPrefill;
  onCreated: (created: Created) => void;
  onCancel: () => void;
}) {
  const [buyer, setBuyer] = useState<Buyer>({
    ...{ email: prefill.email ?? "", customerId: prefill.customerId ?? "", orderId: "", description: "" },
    ...{ shop: prefill.shop ?? "", limit: "1000" },
  });
  const [chosen, setChosen] = useState<ChosenPatterns>({ patterns: [], everything: false, typed: "" });
  const [access, setAccess] = useState<Access>("own");
  const [notify, setNotify] = useState(false);
  const mayMail = buyer.email.trim() !== "" || prefill.email !== undefined;
  const expiry = useExpiry(null);
  const { busy, attempt, field, otherError } = useAttempt();
  const tokensChanged = useTokensChanged();
  const patterns = patternsOf(access === "project" ? { ...chosen, everything: false } : chosen);
  const isReady = (patterns !== undefined || access === "customer") && expiry.expiresAt !== undefined;
  const create = () =>
    attempt(async () => {
      const { description, body } = bodyOf(buyer, patterns, expiry.expiresAt, access);
      const token = { description, ...body, notify: notify && mayMail };
      onCreated(await createToken(token, emptyAsAbsent(buyer.shop)));
      await tokensChanged();
    });
  const other = otherError(OWN_ERRORS);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
      className="flex flex-col gap-5"
    >
      <BuyerFields
        buyer={buyer}
        onChange={(changes) => setBuyer((before) => ({ ...before, ...changes }))}
        field={field}
        shopIsGiven={prefill.shop !== undefined}
      />
      <PatternsField
        chosen={chosen}
        onChange={setChosen}
        error={field("/allowed_package_prefixes")}
        optional={access === "customer"}
        allowsEverything={access !== "project"}
      />
      <div className="flex flex-col gap-1.5">
        <Choices
          legend="It reads"
          choices={[
            { value: "own", label: "Only what is named above" },
            { value: "customer", label: "Also what is granted to the customer, now and later" },
            {
              value: "project",
              label: "Of what is granted to the customer, only what is named above",
              hint: "For one project or build server of theirs: it can be revoked alone, and ends with the customer’s grants.",
            },
          ]}
          value={access}
          onChange={setAccess}
        />
        {field("/access") !== undefined && <p className="text-bad">{field("/access")}</p>}
        {access !== "own" && buyer.customerId.trim() === "" && (
          <p className="text-ink-3">That needs the customer id.</p>
        )}
      </div>
      <ExpiryField legend="It works for" expiry={expiry} error={field("/expires_at")} isNew />
      <Checkbox
        label="Mail it to the customer"
        hint="Now, and later when it is renewed, ends soon or is revoked. Needs the e-mail address."
        checked={notify && mayMail}
        disabled={!mayMail}
        onChange={(event) => setNotify(event.target.checked)}
      />
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={!isReady}>
          Create token
        </Button>
      </Actions>
    </form>
  );
}

function bodyOf(
  buyer: Buyer,
  patterns: string[] | null | undefined,
  expiresAt: number | null | undefined,
  access: Access,
): { description: string; body: Omit<NewToken, "description"> } {
  const metadata = Object.fromEntries(
    Object.entries({ customer_id: buyer.customerId, customer_email: buyer.email, order_id: buyer.orderId })
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, value]) => value !== ""),
  );
  return {
    description: buyer.description.trim() === "" ? describe(buyer) : buyer.description.trim(),
    body: {
      ...(patterns === undefined ? {} : { allowed_package_prefixes: patterns }),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      ...{ rate_limit_max: buyer.limit.trim() === "" ? null : Number(buyer.limit) },
      ...{ metadata, access },
    },
  };
}

/** As shops describe their tokens. */
function describe({ email, customerId, orderId }: Buyer): string {
  const who = email.trim() === "" ? customerId.trim() : email.trim();
  const name = who === "" ? "Token made by hand" : `Customer: ${who}`;
  return orderId.trim() === "" ? name : `${name} (Order: ${orderId.trim()})`;
}

function emptyAsAbsent(text: string): string | undefined {
  return text.trim() === "" ? undefined : text.trim();
}

function BuyerFields({
  buyer,
  onChange,
  field,
  shopIsGiven,
}: {
  buyer: Buyer;
  onChange: (changes: Partial<Buyer>) => void;
  field: (pointer: string) => string | undefined;
  shopIsGiven: boolean;
}) {
  const shops = useShops();
  const needsShop = !shopIsGiven && (shops.length > 1 || field("?shop") !== undefined);
  const input = (name: keyof Buyer) => ({
    value: buyer[name],
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }),
    autoComplete: "off",
  });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Customer e-mail"
        inputMode="email"
        optional
        error={field("/metadata/customer_email")}
        {...input("email")}
      />
      <TextField
        label="Customer id"
        optional
        error={field("/metadata/customer_id")}
        hint="As the shop numbers its customers; empty for a guest."
        {...input("customerId")}
      />
      <TextField label="Order id" optional error={field("/metadata/order_id")} {...input("orderId")} />
      <TextField
        label="Requests per hour"
        optional
        inputMode="numeric"
        pattern="[0-9]*"
        error={field("/rate_limit_max")}
        hint="Empty: no limit."
        {...input("limit")}
      />
      {needsShop && (
        <SelectField label="Shop" required error={field("?shop")} hint="Whose customer it is." {...input("shop")}>
          <option value="">Choose …</option>
          {shops.map((shop) => (
            <option key={shop}>{shop}</option>
          ))}
        </SelectField>
      )}
      <div className="sm:col-span-2">
        <TextField
          label="Description"
          optional
          placeholder={describe(buyer)}
          error={field("/description")}
          {...input("description")}
        />
      </div>
    </div>
  );
}
