export { deleteNotices, listNotices } from "./notice-queries.ts";
export { emitNotice } from "./notices.ts";
