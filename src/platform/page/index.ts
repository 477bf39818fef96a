export { anchorOf, phraseHtml, proseHtml } from "./html.ts";
export { PAGE_HEADERS, pageHtml, searchForm, wordsOf } from "./page.ts";
