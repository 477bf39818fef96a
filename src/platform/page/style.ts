/** The page's whole style; light and dark as the system says. */
export const STYLE = `
:root{--page:#fff;--text:#1c2024;--soft:#5b6570;--line:#dfe3e8;--box:#f5f7f9;--link:#0b57b0;--must:#a02c2c;
--get:#0b5f3a;--post:#7a4300;--put:#5b3d9e;--patch:#5b3d9e;--delete:#a02c2c}
@media (prefers-color-scheme:dark){:root{--page:#111418;--text:#e6e9ec;--soft:#a3adb8;--line:#2c333b;--box:#1a1f25;
--link:#8ab8ff;--must:#ff9d9d;--get:#7ddbaa;--post:#f0b96b;--put:#c3aef5;--patch:#c3aef5;--delete:#ff9d9d}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link)}
a:focus-visible,main:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;padding:.5rem 1rem;background:var(--page);z-index:1}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
nav{padding:1rem;border-bottom:1px solid var(--line);background:var(--box)}
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
@media (min-width:64rem){
body{display:grid;grid-template-columns:18rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow-y:auto;border-bottom:0;border-right:1px solid var(--line)}
nav ul{display:block}
nav ul ul{display:block;margin:0 0 .75rem}
nav ul ul a{font-size:.85rem;display:block;overflow-wrap:anywhere}
nav .method{font-size:.65rem;padding:0 .2rem}
main{padding:2rem 3rem 6rem}
thead th:first-child{width:34%}
}`;
