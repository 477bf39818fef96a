import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { useToast } from "../../ui/toast.tsx";
import { HelpFields, helpInput, useHelpTexts } from "../settings/help-fields.tsx";
import { useShopRows, useUpdateShop } from "./shops.ts";
import type { Shop } from "./shops.ts";

const SUBJECTS = { "/support_email": "The address", "/support_url": "The URL", "/renew_url": "The URL" };

/** Where the buyers of each shop are sent; of one shop the settings of the server say it. */
export function ShopsCard() {
  const shops = useShopRows();
  const [edited, setEdited] = useState<Shop>();
  const mayWrite = useMay("settings:write");
  if (shops.isError) return <ErrorNote error={shops.error} onRetry={() => void shops.refetch()} />;
  if (shops.data === undefined || shops.data.length < 2) return null;
  return (
    <Card title="Shops" description="Each shop can send its customers somewhere else than the addresses above.">
      <ul className="flex max-w-xl flex-col divide-y divide-line">
        {shops.data.map((shop) => (
          <li key={shop.name} className="flex items-center justify-between gap-3 py-2">
            <span className="min-w-0">
              <bdi className="font-medium wrap-anywhere">{shop.name}</bdi>
              <span className="block wrap-anywhere text-ink-3">{addressesInWords(shop)}</span>
            </span>
            {mayWrite && (
              <Button size="small" onClick={() => setEdited(shop)} aria-label={`Edit ${shop.name}`}>
                Edit
              </Button>
            )}
          </li>
        ))}
      </ul>
      {edited !== undefined && (
        <Dialog open onClose={() => setEdited(undefined)} title={`Where customers of ${edited.name} are sent`}>
          <EditShop shop={edited} onClose={() => setEdited(undefined)} />
        </Dialog>
      )}
    </Card>
  );
}

function addressesInWords({ renew_url, support_url, support_email }: Shop): string {
  const set = [renew_url, support_url ?? support_email].filter((address) => address !== null);
  return set.length === 0 ? "As above" : set.join(" · ");
}

function EditShop({ shop, onClose }: { shop: Shop; onClose: () => void }) {
  const help = useHelpTexts(shop);
  const update = useUpdateShop(shop.name);
  const toast = useToast();
  const problems = formProblems(update.error, SUBJECTS);
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate(helpInput(help.texts), {
          onSuccess: () => {
            toast("Saved");
            onClose();
          },
        });
      }}
    >
      <HelpFields help={help} at={problems.at} instead="Where nothing is set, that of the settings." />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={update.isPending}>
          Save changes
        </Button>
      </Actions>
    </form>
  );
}
