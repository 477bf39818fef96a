export {
  invitationMail,
  joinCodeMail,
  leakedManagementTokenMail,
  managementTokenMail,
  newDeviceMail,
  passwordChangedMail,
  passwordResetMail,
} from "./account-mails.ts";
export type { TokenChange } from "./account-mails.ts";
