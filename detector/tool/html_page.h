// What every page has: style, and the script of the filter. The page loads nothing from anywhere.
#ifndef RF_TOOL_HTML_PAGE_H
#define RF_TOOL_HTML_PAGE_H

static const char html_style[] =
    ":root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--soft:#f3f4f6;--line:#d0d4da;--red:#b3261e;--dim:#59616b;"
    "--blue:#1f5fbf}\n"
    "@media(prefers-color-scheme:dark){:root{--fg:#e6e8eb;--bg:#14171a;--soft:#1f2428;--line:#3a4148;--red:#ff8a80;"
    "--dim:#a3abb4;--blue:#8ab4f8}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:72rem;margin:0 auto;"
    "padding:1rem}\n"
    "h1{font-size:1.5rem;margin:.5rem 0}h3{font-size:1rem;margin:.5rem 0}\n"
    "code,pre,.stack,.source{font-family:ui-monospace,monospace;font-size:.875rem}\n"
    ".tools{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:1rem 0}\n"
    "input[type=search]{font:inherit;padding:.4rem .6rem;border:1px solid var(--line);border-radius:.3rem;"
    "background:var(--bg);color:var(--fg);width:min(24rem,100%);box-sizing:border-box}\n"
    "article{border:1px solid var(--line);border-radius:.4rem;margin:.6rem 0}\n"
    "summary{padding:.6rem .8rem;cursor:pointer;overflow-wrap:anywhere}\n"
    ".title{font-weight:600}\n"
    ".meta{display:block;color:var(--dim);font-size:.875rem}\n"
    ".new{color:var(--red);font-weight:600}.known{color:var(--dim)}\n"
    ".body{padding:0 .8rem .8rem}\n"
    ".sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr));gap:1rem}\n"
    ".sides>section{min-width:0;background:var(--soft);border-radius:.3rem;padding:.4rem .8rem}\n"
    ".source{overflow-x:auto;white-space:pre;margin:.5rem 0;padding:0;list-style:none;border:1px solid var(--line);"
    "background:var(--bg)}\n"
    ".source .here{color:var(--red);font-weight:600}\n"
    ".stack{padding-left:2rem;overflow-wrap:anywhere;margin:.3rem 0}\n"
    ".scroll{overflow-x:auto}svg{min-width:34rem;max-width:48rem;width:100%;display:block;margin:1rem auto}\n"
    "svg text{font:13px system-ui,sans-serif;fill:var(--fg)}svg .dim{fill:var(--dim)}svg .red{fill:var(--red)}\n"
    "svg .life{stroke:var(--dim);stroke-width:2}svg .gap{stroke:var(--red);stroke-width:2;stroke-dasharray:6 5}\n"
    "svg .dot{fill:var(--blue)}svg .hit{fill:var(--red)}\n"
    ":focus-visible{outline:3px solid var(--blue);outline-offset:2px}\n"
    "@media print{.tools{display:none}article{break-inside:avoid}body{max-width:none}}\n";

static const char html_script[] =
    "(function(){\n"
    "var box=document.getElementById('filter'),fresh=document.getElementById('fresh');\n"
    "var said=document.getElementById('shown'),all=[].slice.call(document.querySelectorAll('article'));\n"
    "function sift(){var words=box.value.toLowerCase().split(/\\s+/),n=0;\n"
    "all.forEach(function(a){var t=a.getAttribute('data-words').toLowerCase();\n"
    "var on=words.every(function(w){return t.indexOf(w)>=0})&&!(fresh.checked&&a.getAttribute('data-known'));\n"
    "a.hidden=!on;n+=on});said.textContent=n+' of '+all.length+' shown';}\n"
    "box.addEventListener('input',sift);fresh.addEventListener('change',sift);sift();\n"
    "function open(yes){all.forEach(function(a){a.firstElementChild.open=yes})}\n"
    "document.getElementById('open').addEventListener('click',function(){open(true)});\n"
    "document.getElementById('close').addEventListener('click',function(){open(false)});\n"
    "addEventListener('beforeprint',function(){open(true)});\n"
    "if(all.length===1)open(true);\n"
    "})();\n";

#endif
