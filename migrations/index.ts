import * as initial from "./0001-initial.ts";
import * as rotatedSecrets from "./0002-rotated-secrets.ts";
import * as users from "./0003-users.ts";
import * as listsForPeople from "./0004-lists-for-people.ts";
import * as grantsAndDelivery from "./0005-grants-and-delivery.ts";
import * as saleDefaults from "./0006-sale-defaults.ts";
import * as customerCare from "./0007-customer-care.ts";
import * as customerMails from "./0008-customer-mails.ts";
import * as usageNetworks from "./0009-usage-networks.ts";
import * as projectTokens from "./0010-project-tokens.ts";
import * as selling from "./0011-selling.ts";
import * as linesByBound from "./0012-lines-by-bound.ts";
import * as endings from "./0014-endings.ts";
import * as whereMailGoes from "./0015-where-mail-goes.ts";
import * as people from "./0018-people.ts";
import * as wordsOfPackages from "./0019-words-of-packages.ts";
import * as archiveForms from "./0020-archive-forms.ts";
import * as objectsOutsideOfGit from "./0021-objects-outside-of-git.ts";
import * as nameOwners from "./0022-name-owners.ts";
import * as branchChoice from "./0023-branch-choice.ts";
import * as hints from "./0024-hints.ts";
import * as boundSecrets from "./0033-bound-secrets.ts";

/** Every migration in order, by the name recorded in the database. Add at the end; never edit one that was released. */
export const migrations = {
  "0001-initial": initial,
  "0002-rotated-secrets": rotatedSecrets,
  "0003-users": users,
  "0004-lists-for-people": listsForPeople,
  "0005-grants-and-delivery": grantsAndDelivery,
  "0006-sale-defaults": saleDefaults,
  "0007-customer-care": customerCare,
  "0008-customer-mails": customerMails,
  "0009-usage-networks": usageNetworks,
  "0010-project-tokens": projectTokens,
  "0011-selling": selling,
  "0012-lines-by-bound": linesByBound,
  "0014-endings": endings,
  "0015-where-mail-goes": whereMailGoes,
  "0018-people": people,
  "0019-words-of-packages": wordsOfPackages,
  "0020-archive-forms": archiveForms,
  "0021-objects-outside-of-git": objectsOutsideOfGit,
  "0022-name-owners": nameOwners,
  "0023-branch-choice": branchChoice,
  "0024-hints": hints,
  "0033-bound-secrets": boundSecrets,
};
