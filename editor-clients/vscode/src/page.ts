// The panel's page. Nothing in it may load or run but its own style and script.

export interface Page {
  nonce: string;
  cspSource: string;
  style: string;
  script: string;
}

export function pageHtml({ nonce, cspSource, style, script }: Page): string {
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Explanation</title>
</head>
<body>
<header>
<div class="what"><h1 id="title">Explanation</h1><p id="place"></p></div>
<div class="tools" role="toolbar" aria-label="What to do with the explanation">
<button type="button" id="copy" title="Copy as markdown">Copy</button>
<button type="button" id="docstring" title="Insert as docstring, after a look at the difference">Docstring</button>
<button type="button" id="regenerate" title="Write it anew, whatever is remembered">Regenerate</button>
</div>
</header>
<p id="state" role="status" aria-live="polite"><span id="words"></span><button type="button" id="cancel" class="quiet" hidden>Cancel</button></p>
<main id="turns" aria-label="Explanation"></main>
<form id="ask">
<label for="question">Ask further</label>
<div class="row">
<textarea id="question" rows="1" placeholder="What does it return?" aria-describedby="hint"></textarea>
<button type="submit" id="send">Ask</button>
</div>
<p id="hint">Enter asks, Shift+Enter starts a new line, Escape cancels.</p>
</form>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
