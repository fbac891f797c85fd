const DEMO = '<code>npm run demo</code>';
const FILE = '<code>consoleSignInUrl</code>';
const JSON_FILE = '<code>.data/demo.json</code>';
const COMPOSE = '<code>docker compose exec console url</code>';

/** Where an operator finds the sign-in link. */
export const SIGN_IN_HINT =
  'The sign-in link is in the log of the console. "npm run demo" prints it, and "docker compose exec console url" prints it again.';

/** The pages before the sign-in work without scripts. Both languages are shown. */
function toPage(head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/sign-in.css">
<title>Console</title>
${head}</head>
<body>
${body}
</body>
</html>
`;
}

export const NOT_SIGNED_IN_PAGE = toPage(
  '',
  `<main>
<section>
<h1>Sign in to the console</h1>
<p>Open the sign-in link:</p>
<ul>
<li>With the demo, the link is in the output of ${DEMO}, and in ${JSON_FILE} as ${FILE}.</li>
<li>With Docker Compose, ${COMPOSE} prints the link.</li>
<li>Otherwise, the link is in the console's log at its start.</li>
</ul>
<p>If you have signed in within the last 12 hours, <a href="/">open the console</a>.</p>
</section>
<section lang="zh-CN">
<h1>登录控制台</h1>
<p>请打开登录链接：</p>
<ul>
<li>使用 demo 时，链接在 ${DEMO} 的输出中，也在 ${JSON_FILE} 的 ${FILE} 中。</li>
<li>使用 Docker Compose 时，${COMPOSE} 会打印链接。</li>
<li>其他情况下，链接在控制台启动时的日志中。</li>
</ul>
<p>如果在过去 12 小时内登录过，请<a href="/">打开控制台</a>。</p>
</section>
</main>`,
);

/**
 * Leads to the console. Not a redirect: when a link of another site was followed, browsers withhold
 * a SameSite=Strict cookie from the redirected request too.
 */
export const SIGNED_IN_PAGE = toPage(
  '<meta http-equiv="refresh" content="0; url=/">\n',
  '<main><p><a href="/">Console · <span lang="zh-CN">控制台</span></a></p></main>',
);

export const SIGN_IN_STYLE = `
body { margin: 0; font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 40rem; margin: 10vh auto 0; padding: 0 1.5rem; }
section + section { margin-top: 3rem; }
h1 { margin: 0; font-size: 1.4rem; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
`;
