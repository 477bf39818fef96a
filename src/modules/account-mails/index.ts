export {
  invitationMail,
  joinCodeMail,
  leakedManagementTokenMail,
  managementTokenMail,
  newDeviceMail,
  passwordChangedMail,
  passwordResetMail,
  secondFactorMail,
} from "./account-mails.ts";
export type { FactorChange, TokenChange } from "./account-mails.ts";
