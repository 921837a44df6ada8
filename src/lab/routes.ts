/**
 * The pages of `barewire serve`, by path.
 *
 * Spec      -
 * Next      server.ts - puts them on a server; endpoints.ts - the same for WebSockets
 * Left out  -
 *
 *   /                 what there is
 *   /chat             the chat
 *   /cookies/visits   a visit counter that lives in a cookie
 *   /pages/*          styles and scripts
 */
import { join } from 'node:path';
import { dispatch, escapeHtml, respondHtml, Router } from '../http/index.ts';
import { serializeHtmlPage, serveFile, staticFiles, visitorSessionId } from '../http/index.ts';
import type { Exchange, Handler } from '../http/index.ts';
import { packageRoot } from './package-root.ts';
import { countVisit, visitSentence } from './visits.ts';

const pagesFolder = join(packageRoot, 'src', 'lab', 'pages');
const dayInSeconds = 24 * 60 * 60;

/** All routes as one handler. */
export function createRoutes(): Handler {
  return dispatch(
    new Router<Handler>()
      .add('GET', '/', page('index.html'))
      .add('GET', '/chat', page('chat.html'))
      .add('GET', '/cookies/visits', showVisits)
      .add('GET', '/pages/*', staticFiles(pagesFolder))
      .add('GET', '/favicon.ico', ({ response }) => void response.writeHead(204).end()),
  );
}

/** A page of the folder; its visitor is given a session id. */
function page(name: string): Handler {
  return async (exchange) => {
    visitorSessionId(exchange);
    await serveFile(exchange, pagesFolder, name);
  };
}

function showVisits(exchange: Exchange): void {
  visitorSessionId(exchange);
  const visits = countVisit(exchange.cookies.get('visit'));
  exchange.setCookie({
    name: 'visit',
    value: String(visits),
    path: '/cookies',
    maxAgeSeconds: 365 * dayInSeconds,
    secure: true,
    httpOnly: true,
    sameSite: 'Lax',
  });
  const sentence = escapeHtml(visitSentence(visits));
  const bodyHtml = `<main>
<h1>Visits</h1>
<p id="visits">${sentence}</p>
<p>Your browser keeps the count in a cookie named <code>visit</code>, and sends it with each request
to <code>/cookies</code>. The server remembers nothing.</p>
<p><a href="/cookies/visits">Visit again</a> or <a href="/">go back</a>.</p>
</main>`;
  respondHtml(
    exchange,
    serializeHtmlPage({ title: 'Visits', bodyHtml, stylesheet: '/pages/lab.css' }),
  );
}
