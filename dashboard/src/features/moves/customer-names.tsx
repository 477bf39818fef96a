import { Link } from "react-router";
import { Note } from "../../ui/note.tsx";
import { customerAddress } from "../customers/customer-address.ts";
import type { NamedCustomer } from "../customers/customers.ts";

/** By what else a customer is known, and who seems to be the same person. */
export function CustomerNames({ customer }: { customer: NamedCustomer }) {
  const { shop, also_known_as: others, variants } = customer;
  return (
    <>
      {others.length > 0 && (
        <Note>
          The shop may also call this customer {others.map((id) => `“${id}”`).join(", ")}: merged into this one.
        </Note>
      )}
      {variants.map((id) => (
        <Note key={id} tone="warn">
          Customer{" "}
          <Link to={customerAddress(shop, id)} className="whitespace-pre underline underline-offset-2">
            “{id}”
          </Link>{" "}
          differs by blanks only. If it is the same person, open that page and merge it into this one.
        </Note>
      ))}
    </>
  );
}
