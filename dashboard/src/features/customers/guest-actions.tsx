import { Download, Eraser } from "lucide-react";
import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { download } from "../../api/step-up.ts";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { useToast } from "../../ui/toast.tsx";
import { buyerOf, nameOf, useTokensChanged } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import { eraseToken, exportOfToken } from "./customer-care.ts";
import { EraseDialog } from "./erase-dialog.tsx";

/** What a guest may ask for; for a customer's token that is on the page of the customer. */
export function GuestActions({ token }: { token: Token }) {
  const [isAsked, setIsAsked] = useState(false);
  const mayErase = useMay("tokens:write");
  const changed = useTokensChanged();
  const toast = useToast();
  if (!mayErase || buyerOf(token).customerId !== undefined) return null;
  const erase = async () => {
    await eraseToken(token.id);
    await changed();
    toast("The guest was erased.");
    setIsAsked(false);
  };
  return (
    <>
      <Menu label="More for this guest">
        <MenuItem icon={<Download />} onSelect={() => void download(exportOfToken(token.id))}>
          Export everything held
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<Eraser />} danger onSelect={() => setIsAsked(true)}>
          Erase personal data…
        </MenuItem>
      </Menu>
      <EraseDialog
        open={isAsked}
        onClose={() => setIsAsked(false)}
        title="Erase personal data?"
        who={nameOf(token)}
        typed={{ label: "The token's id, to confirm", value: token.id }}
        confirm="Erase the guest"
        onConfirm={erase}
      >
        <li>The token ends with the next request, for good.</li>
        <li>The description, the e-mail address and all metadata but the order are removed.</li>
        <li>Audit records stay, without names; the order and counts stay for your books.</li>
      </EraseDialog>
    </>
  );
}
