import { useEffect, useId, useRef, useState } from "react";
import type { SubmitEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Actions } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { useHostedVendors } from "../packages/hosted-packages.ts";
import { useShops } from "../shops/shops.ts";
import { dayOf, endOfDay, extendedBy } from "../tokens/expiry.ts";
import { BoundField, withDraft } from "./bound-field.tsx";
import { useCreateManagementToken } from "./management-tokens.ts";
import type { CreatedManagementToken } from "./management-tokens.ts";
import { SaleSettingsFields, USUAL_SELLING } from "./sale-settings.tsx";
import type { SaleSettings } from "./sale-settings.tsx";
import { NetworksField, networksIn } from "./networks-field.tsx";
import { ScopePicker } from "./scope-picker.tsx";
import { USUAL_SCOPES, inOrder } from "./scopes.ts";

const VENDORS_SHOWN_MAX = 12;

const SUBJECTS = {
  "/name": "The name",
  "/scopes": "The selection",
  "/shop": "The shop",
  "/package_bound": "The package bound",
  "/allowed_networks": "Each of them",
  "/expires_at": "The last day",
};

/** Everything a new management token is made of; what is usual is chosen already. */
export function CreateTokenForm({
  onCreated,
  onCancel,
}: {
  onCreated: (token: CreatedManagementToken) => void;
  onCancel: () => void;
}) {
  const create = useCreateManagementToken();
  const form = useTokenForm();
  const shopsId = useId();
  const shops = useShops();
  const [noScope, setNoScope] = useState(false);
  const problems = formProblems(create.error, SUBJECTS);
  const element = useRef<HTMLFormElement>(null);
  // The form is longer than a window: what is wrong may be out of sight.
  useEffect(() => {
    if (create.error !== null) element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [create.error]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const isEmpty = form.scopes.size === 0;
    setNoScope(isEmpty);
    if (!isEmpty) create.mutate(form.body(), { onSuccess: onCreated });
  };
  return (
    <form ref={element} onSubmit={submit} className="flex flex-col gap-5">
      <TextField
        label="Name"
        hint="Where it is used, so that somebody knows in a year."
        placeholder="Web shop"
        required
        autoFocus
        maxLength={200}
        autoComplete="off"
        value={form.name}
        onChange={(event) => form.setName(event.target.value)}
        error={problems.at("/name")}
      />
      <ScopePicker
        chosen={form.scopes}
        onChange={form.setScopes}
        error={noScope && form.scopes.size === 0 ? "Select at least one scope." : problems.at("/scopes")}
      />
      <TextField
        label="Shop"
        hint={
          <>
            The name space of its customers: two shops may both have a customer 42. Keep <code>default</code> if you
            have one shop.
          </>
        }
        required
        list={shopsId}
        maxLength={64}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={form.shop}
        onChange={(event) => form.setShop(event.target.value)}
        error={problems.at("/shop")}
      />
      <datalist id={shopsId}>
        {shops.map((shop) => (
          <option key={shop} value={shop} />
        ))}
      </datalist>
      <BoundField
        prefixes={form.prefixes}
        onChange={(prefixes) => {
          form.setPrefixes(prefixes);
          // What the server said was about the prefixes of before.
          if (create.isError) create.reset();
        }}
        draft={form.draft}
        onDraft={form.setDraft}
        vendors={form.vendors}
        error={problems.at("/package_bound")}
      />
      <NetworksField value={form.networks} onChange={form.setNetworks} error={problems.at("/allowed_networks")} />
      {form.scopes.has("tokens:write") && <SaleSettingsFields settings={form.sales} onChange={form.setSales} />}
      <Choices
        legend="Expires"
        choices={[
          {
            value: "date",
            label: "On a date",
            hint: "A secret that leaks unnoticed ends with it. You are reminded two weeks before; then make another one.",
          },
          {
            value: "never",
            label: "Never",
            hint: "Until somebody revokes it, also when nobody remembers where it is.",
          },
        ]}
        value={form.expires}
        onChange={form.setExpires}
      />
      {form.expires === "date" && (
        <TextField
          label="Last day"
          type="date"
          required
          min={dayOf(form.now)}
          value={form.day}
          onChange={(event) => form.setDay(event.target.value)}
          error={problems.at("/expires_at")}
          className="max-w-52"
        />
      )}
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Actions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="primary" type="submit" busy={create.isPending}>
          Create token
        </Button>
      </Actions>
    </form>
  );
}

function useTokenForm() {
  const vendors = useHostedVendors().slice(0, VENDORS_SHOWN_MAX);
  const [now] = useState(() => Math.floor(Date.now() / 1000));
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<string>>(new Set(USUAL_SCOPES.map((choice) => choice.scope)));
  const [shop, setShop] = useState("default");
  const [chosenPrefixes, setPrefixes] = useState<string[]>();
  const [draft, setDraft] = useState("");
  const [expires, setExpires] = useState<"never" | "date">("date");
  const [sales, setSales] = useState<SaleSettings>({ ...USUAL_SELLING, notify: false, stability: null });
  const [networks, setNetworks] = useState("");
  const [day, setDay] = useState(() => dayOf(extendedBy(12, null, now)));
  // The only vendor there is, until somebody chooses otherwise.
  const prefixes = chosenPrefixes ?? (vendors.length === 1 ? [`${vendors[0] ?? ""}/`] : []);
  return {
    ...{ now, name, setName, scopes, setScopes, shop, setShop, vendors, prefixes, setPrefixes, draft, setDraft },
    networks,
    setNetworks,
    ...{ expires, setExpires, day, setDay, sales, setSales },
    body: () => {
      const bound = withDraft(prefixes, draft);
      return {
        ...{ name, scopes: inOrder(scopes), shop: shop.trim() },
        package_bound: bound.length === 0 ? null : bound,
        allowed_networks: networksIn(networks),
        expires_at: expires === "never" ? null : endOfDay(day),
        // Of a token that sells nothing they would say nothing.
        ...(scopes.has("tokens:write") ? settingsOf(sales) : {}),
      };
    },
  };
}

function settingsOf({ credential, uniqueBy, notify, stability }: SaleSettings) {
  return { credential, unique_by: uniqueBy, notify, stability };
}
