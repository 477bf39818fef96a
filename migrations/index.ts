import * as initial from "./0001-initial.ts";
import * as rotatedSecrets from "./0002-rotated-secrets.ts";
import * as users from "./0003-users.ts";
import * as listsForPeople from "./0004-lists-for-people.ts";
import * as grantsAndDelivery from "./0005-grants-and-delivery.ts";

/** Every migration in order, by the name recorded in the database. Add at the end; never edit one that was released. */
export const migrations = {
  "0001-initial": initial,
  "0002-rotated-secrets": rotatedSecrets,
  "0003-users": users,
  "0004-lists-for-people": listsForPeople,
  "0005-grants-and-delivery": grantsAndDelivery,
};
