/** The whole style of the pages that the server renders; light and dark as the system says. */
export const STYLE = `
:root{--page:#fff;--text:#1c2024;--soft:#5b6570;--line:#dfe3e8;--edge:#8a949e;--box:#f5f7f9;--link:#0b57b0;--must:#a02c2c;
--get:#0b5f3a;--post:#7a4300;--put:#5b3d9e;--patch:#5b3d9e;--delete:#a02c2c}
@media (prefers-color-scheme:dark){:root{--page:#111418;--text:#e6e9ec;--soft:#a3adb8;--line:#2c333b;--edge:#6b7682;--box:#1a1f25;
--link:#8ab8ff;--must:#ff9d9d;--get:#7ddbaa;--post:#f0b96b;--put:#c3aef5;--patch:#c3aef5;--delete:#ff9d9d}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link)}
a:focus-visible,main:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;padding:.5rem 1rem;background:var(--page);z-index:1}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
nav{padding:1rem;border-top:1px solid var(--line);background:var(--box)}
nav ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.25rem .5rem}
nav ul ul{display:none}
nav a{display:inline-block;padding:.25rem .4rem;text-decoration:none}
nav a:hover{text-decoration:underline}
.tag{font-weight:600;text-transform:none}
main{padding:1.5rem 1rem 4rem;max-width:60rem;min-width:0}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.4rem;margin:3rem 0 1rem;padding-bottom:.4rem;border-bottom:2px solid var(--line)}
h3{font-size:1.1rem;margin:0 0 .5rem;overflow-wrap:anywhere}
h4{font-size:.95rem;margin:1.25rem 0 .4rem}
h3 a{color:inherit;text-decoration:none}
h3 a:hover{text-decoration:underline}
p{margin:.4rem 0 .6rem;overflow-wrap:anywhere}
article{padding:1.25rem 0;border-bottom:1px solid var(--line)}
code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
pre{margin:.5rem 0;padding:.75rem 1rem;background:var(--box);border:1px solid var(--line);border-radius:6px;
white-space:pre-wrap;overflow-wrap:anywhere}
.path code{font-size:1rem;font-weight:600}
.method{display:inline-block;font:600 .75rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
border:1px solid currentColor;border-radius:4px;padding:0 .35rem;color:var(--soft)}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
table{width:100%;border-collapse:collapse;table-layout:fixed;margin:.5rem 0;font-size:.925rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .5rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
th{font-weight:400}
td a{display:inline-block;min-height:1.6rem;padding:.1rem 0;margin-right:.6rem}
thead th{font-weight:600;border-top:0;font-size:.8rem;color:var(--soft)}
thead th:first-child{width:40%}
tbody th code{font-weight:600}
.type,.example,.version{color:var(--soft);font-size:.85rem}
tbody .type{display:block}
.must{color:var(--must);font-size:.8rem}
.headers{margin:.25rem 0;padding-left:1.2rem}
.bar{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:center;padding:.5rem 1rem;border-bottom:1px solid var(--line)}
.bar div{display:flex;flex-wrap:wrap;gap:0 1rem}
.bar a{padding:.35rem 0;text-decoration:none}
.bar a:hover{text-decoration:underline}
.bar a[aria-current]{color:var(--text);font-weight:600}
.home{font-weight:700;color:var(--text)}
nav [aria-current]{color:var(--text);font-weight:600}
nav ul ul.always{display:flex;margin:0 0 .5rem}
.search{display:flex;gap:.5rem;margin:1rem 0;max-width:34rem}
.search input{flex:1;min-width:0}
.search input,.search button{font:inherit;color:inherit;background:var(--page);border:1px solid var(--edge);border-radius:6px;padding:.45rem .7rem}
.search button{background:var(--box);cursor:pointer}
.search :focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
summary{cursor:pointer;padding:.25rem 0;width:fit-content}
.samples{margin:1rem 0}
.samples summary,.folded>summary{font-weight:600}
.samples summary{font-size:.95rem}
.operations{list-style:none;margin:0;padding:0}
.operations li{padding:.45rem 0;border-top:1px solid var(--line)}
.operations a{font-weight:600;text-decoration:none}
.operations a:hover{text-decoration:underline}
.operations p{margin:0}
.operations code{color:var(--soft)}
.cards{list-style:none;margin:0;padding:0;display:grid;gap:.25rem 2rem;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr))}
.cards a{font-weight:600}
.cards p{margin:0 0 .75rem;color:var(--soft);font-size:.925rem}
.prose{line-height:1.65}
.prose h2{font-size:1.35rem;margin:2.5rem 0 .75rem}
.prose h3{margin:2rem 0 .5rem}
h2 a,.prose h1 a,.prose h2 a{color:inherit;text-decoration:none}
h2 a:hover,.prose h1 a:hover{text-decoration:underline}
.prose :target{background:var(--box);box-shadow:0 0 0 .4rem var(--box)}
.prose li{margin:.25rem 0}
.prose ul,.prose ol{padding-left:1.4rem}
.prose blockquote{margin:1rem 0;padding:0 1rem;border-left:3px solid var(--line);color:var(--soft)}
.prose :not(pre)>code{background:var(--box);border-radius:4px;padding:.1em .3em}
.prose img{max-width:100%;height:auto;border:1px solid var(--line);border-radius:6px}
.prose pre{white-space:pre;overflow:auto;overflow-wrap:normal}
.prose pre:focus-visible{outline:2px solid var(--link)}
.prose hr{border:0;border-top:1px solid var(--line);margin:2rem 0}
.scroll{overflow-x:auto;margin:1rem 0}
.scroll:focus-visible{outline:2px solid var(--link)}
.scroll table{table-layout:auto;margin:0}
.scroll th,.scroll td{min-width:6rem;overflow-wrap:normal;word-break:normal}
.scroll code{overflow-wrap:normal}
.scroll td:last-child{min-width:14rem}
.scroll td a{display:inline;padding:0;margin:0}
.scroll thead th:first-child{width:auto}
.align-right{text-align:right}.align-center{text-align:center}
.elsewhere{text-decoration:underline dotted;text-underline-offset:3px}
.contents{margin:1rem 0;padding:.5rem 1rem;background:var(--box);border:1px solid var(--line);border-radius:6px}
.contents ul{margin:.25rem 0;columns:2 14rem}
.contents li{break-inside:avoid}
.neighbours{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.75rem;margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line)}
.neighbours span{color:var(--soft)}
@media (min-width:64rem){
body{display:grid;grid-template-columns:18rem minmax(0,1fr);grid-template-rows:auto 1fr}
.bar{grid-column:1/-1}
.to-contents{display:none}
main{grid-column:2;grid-row:2}
nav{grid-column:1;grid-row:2;position:sticky;top:0;height:100vh;overflow-y:auto;border-top:0;border-right:1px solid var(--line)}
nav ul{display:block}
nav ul ul,nav ul ul.always{display:block;margin:0 0 .75rem}
nav ul ul a{font-size:.85rem;display:block;overflow-wrap:anywhere}
nav .method{font-size:.65rem;padding:0 .2rem}
main{padding:2rem 3rem 6rem}
thead th:first-child{width:34%}
}`;
