import { ArrowRightLeft, Ban, Download, Eraser, Merge, PackageOpen, Pause, Play, Undo2 } from "lucide-react";
import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { download } from "../../api/step-up.ts";
import { Button } from "../../ui/button.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { useToast } from "../../ui/toast.tsx";
import { MergeDialog } from "../moves/merge-dialog.tsx";
import { MoveOrderDialog } from "../moves/move-order-dialog.tsx";
import { customerAddress } from "./customer-address.ts";
import { eraseCustomer, exportOfCustomer, useMoved } from "./customer-care.ts";
import type { Customer } from "./customers.ts";
import { EraseDialog } from "./erase-dialog.tsx";
import { RestoreDialog } from "./restore-dialog.tsx";
import { RevokeEverythingDialog } from "./revoke-everything-dialog.tsx";
import { SuspendCustomerDialog } from "./suspend-customer-dialog.tsx";
import { TransferDialog } from "./transfer-dialog.tsx";

type Asked = "suspend" | "revoke" | "restore" | "transfer" | "merge" | "move-order" | "erase";

/** What ends, brings back, moves or forgets everything a customer has; what the caller may not do is not there. */
export function CustomerActions({ customer }: { customer: Customer }) {
  const [asked, setAsked] = useState<Asked>();
  const mayChange = useMay("customers:write");
  const mayTransfer = useMay("tokens:write");
  const isErased = customer.erased_at !== null;
  const dialog = (which: Asked) => ({ open: asked === which, onClose: () => setAsked(undefined) });
  const exportNow = () => void download(exportOfCustomer(customer));
  const live = customer.tokens.active + customer.tokens.suspended + customer.tokens.expired;
  const canRestore = mayChange && !isErased && customer.revoked_at !== null;
  if (!mayChange && !mayTransfer) {
    return (
      <Button icon={<Download className="size-4" />} onClick={exportNow}>
        Export
      </Button>
    );
  }
  return (
    <>
      {mayChange && customer.suspended_at !== null && !isErased && (
        <Button icon={<Play className="size-4" />} onClick={() => setAsked("suspend")}>
          Resume
        </Button>
      )}
      {mayChange && live > 0 && (
        <Button kind="danger" icon={<Ban className="size-4" />} onClick={() => setAsked("revoke")}>
          Revoke everything
        </Button>
      )}
      {canRestore && live === 0 && (
        <Button icon={<Undo2 className="size-4" />} onClick={() => setAsked("restore")}>
          Restore
        </Button>
      )}
      <Menu label="More for this customer">
        {mayChange && !isErased && customer.suspended_at === null && (
          <MenuItem icon={<Pause />} onSelect={() => setAsked("suspend")}>
            Suspend everything…
          </MenuItem>
        )}
        {canRestore && (
          <MenuItem icon={<Undo2 />} onSelect={() => setAsked("restore")}>
            Restore what was revoked…
          </MenuItem>
        )}
        {mayTransfer && !isErased && (
          <MenuItem icon={<ArrowRightLeft />} onSelect={() => setAsked("transfer")}>
            Transfer to a new owner…
          </MenuItem>
        )}
        {mayChange && mayTransfer && !isErased && (
          <>
            <MenuItem icon={<Merge />} onSelect={() => setAsked("merge")}>
              Merge into another customer…
            </MenuItem>
            <MenuItem icon={<PackageOpen />} onSelect={() => setAsked("move-order")}>
              Give an order to somebody else…
            </MenuItem>
          </>
        )}
        <MenuItem icon={<Download />} onSelect={exportNow}>
          Export everything held
        </MenuItem>
        {mayChange && !isErased && (
          <>
            <MenuSeparator />
            <MenuItem icon={<Eraser />} danger onSelect={() => setAsked("erase")}>
              Erase personal data…
            </MenuItem>
          </>
        )}
      </Menu>
      <SuspendCustomerDialog customer={customer} {...dialog("suspend")} />
      <RevokeEverythingDialog customer={customer} {...dialog("revoke")} />
      <RestoreDialog customer={customer} {...dialog("restore")} />
      <TransferDialog customer={customer} {...dialog("transfer")} />
      <MergeDialog customer={customer} {...dialog("merge")} />
      <MoveOrderDialog customer={customer} {...dialog("move-order")} />
      <EraseCustomerDialog customer={customer} {...dialog("erase")} />
    </>
  );
}

function EraseCustomerDialog({ customer, open, onClose }: { customer: Customer; open: boolean; onClose: () => void }) {
  const moved = useMoved();
  const toast = useToast();
  const erase = async () => {
    const erased = await eraseCustomer(customer);
    await moved(customerAddress(erased.shop, erased.customer_id));
    toast("The customer was erased.");
  };
  return (
    <EraseDialog
      open={open}
      onClose={onClose}
      title="Erase personal data?"
      who={customer.email ?? `Customer ${customer.customer_id}`}
      typed={{ label: "The customer's id, to confirm", value: customer.customer_id }}
      confirm="Erase the customer"
      onConfirm={erase}
    >
      <li>All their tokens and grants end with the next request, for good.</li>
      <li>
        The e-mail address, the id {customer.customer_id}, and what tokens, records, mails and messages say of them are
        removed.
      </li>
      <li>Audit records stay, without names; orders and counts stay for your books.</li>
      <li>A later sale to the same id makes a new customer.</li>
    </EraseDialog>
  );
}
