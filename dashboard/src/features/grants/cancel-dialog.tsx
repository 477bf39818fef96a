import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { formatDate } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { plural } from "../../ui/words.ts";
import { useTokensChanged } from "../tokens/tokens.ts";
import { useAttempt } from "../tokens/use-attempt.ts";
import { cancelLine, cancelOrder } from "./lines.ts";
import type { Line, Order } from "./purchases.ts";

/** A line, or with `line` absent the whole order. */
export interface Cancelled {
  order: Order;
  line?: Line;
}

/** Takes a line or an order away, all of it or what is released later. */
export function CancelDialog({ of: what, open, onClose }: { of: Cancelled; open: boolean; onClose: () => void }) {
  const { order, line } = what;
  const orderId = order.orderId ?? "";
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={line === undefined ? `Cancel order ${orderId}?` : `Cancel line ${line.ref.line}?`}
      {...(line === undefined ? {} : { description: `Of order ${orderId}` })}
    >
      <CancelForm of={what} onClose={onClose} />
    </Dialog>
  );
}

function CancelForm({ of: { order, line }, onClose }: { of: Cancelled; onClose: () => void }) {
  const [keeps, setKeeps] = useState<"nothing" | "released">("nothing");
  const [today] = useState(() => formatDate(Date.now() / 1000));
  const [reason, setReason] = useState("");
  const [untold, setUntold] = useState<string>();
  const { busy, error, attempt } = useAttempt();
  const changed = useTokensChanged();
  const toast = useToast();
  const lines = line === undefined ? order.lines : [line];
  const packages = [...new Set(lines.flatMap(({ sold }) => sold.map((grant) => grant.package_pattern)))];
  const name = line === undefined ? "the order" : "the line";
  const cancel = () =>
    attempt(async () => {
      const [first] = lines;
      if (first === undefined) return;
      const cancellation = { keeps: keeps === "released", ...reasonOf(reason) };
      const notDone = await (line === undefined
        ? cancelOrder(first.ref, cancellation)
        : cancelLine(line.ref, cancellation));
      await changed();
      setUntold(notDone);
      if (notDone !== undefined) return;
      toast(line === undefined ? `Order ${first.ref.orderId} was cancelled.` : `Line ${line.ref.line} was cancelled.`);
      onClose();
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void cancel();
      }}
      className="flex flex-col gap-4"
    >
      <p className="text-ink-2">
        {line === undefined && `${plural(lines.length, "line")}: `}
        <code className="break-all text-ink">{packages.join(", ")}</code>
      </p>
      <Choices
        legend="What stays"
        choices={[
          { value: "nothing", label: "Nothing", hint: "After a refund: none of it can be installed any more." },
          {
            value: "released",
            label: "What is released by now",
            hint: `A subscription that ends: versions until ${today} can be installed for ever, newer ones are not shown.`,
          },
        ]}
        value={keeps}
        onChange={setKeeps}
      />
      <ReasonField value={reason} onChange={setReason} placeholder="Refunded" />
      {line === undefined && order.held.some(({ first }) => first.status !== "revoked") && (
        <Note>What was sold with a token of this order goes on: revoke that token as well.</Note>
      )}
      <Note tone="warn">
        {keeps === "nothing"
          ? "Composer is refused from the next request on, unless another grant or the token itself opens the package."
          : "If it had ended earlier already, that stays the limit."}
      </Note>
      {untold !== undefined && <Note tone="warn">{untold}</Note>}
      {error !== undefined && <ErrorNote error={error} />}
      <Actions>
        <Button onClick={onClose}>Keep {name}</Button>
        <Button type="submit" kind="destroy" busy={busy}>
          Cancel {name}
        </Button>
      </Actions>
    </form>
  );
}
