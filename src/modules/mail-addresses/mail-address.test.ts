import { expect, test } from "vitest";
import { mailAddress } from "./index.ts";

const [HERS, OTHER, NEW] = ["hers@example.com", "other@example.com", "new@example.com"];

// Whose secret goes where: docs/administration/mail.md has the same table in words.
test.each([
  ["a guest's order", "order", true, HERS, null, HERS],
  ["a guest's order without an address", "order", true, undefined, null, undefined],
  ["a guest's order that was a customer's once", "customer", true, HERS, null, HERS],
  ["a customer, sold with the customer's own address", "order", false, HERS, HERS, HERS],
  ["a customer, sold with another address: the other site's buyer", "order", false, OTHER, HERS, OTHER],
  ["a customer, sold without an address", "order", false, undefined, HERS, HERS],
  ["a customer, sold with something that is no address", "order", false, "n/a", HERS, HERS],
  ["a customer without an address", "order", false, OTHER, null, OTHER],
  ["nobody has an address", "order", false, undefined, null, undefined],
  ["the customer's address was corrected since", "customer", false, HERS, NEW, NEW],
  ["it was corrected to the address of the sale", "customer", false, OTHER, OTHER, OTHER],
  ["it was corrected, and the sale had another one", "customer", false, OTHER, NEW, NEW],
  ["it was taken away since: nobody is mailed at the one before", "customer", false, HERS, null, undefined],
  ["it was corrected, and the sale had none", "customer", false, undefined, NEW, NEW],
  ["blanks around it are none of it", "order", false, ` ${OTHER} `, HERS, OTHER],
] as const)("%s", (_case, addressOf, isGuest, ofOrder, ofCustomer, expected) => {
  expect(mailAddress({ addressOf, isGuest, ofOrder, ofCustomer })).toBe(expected);
});
