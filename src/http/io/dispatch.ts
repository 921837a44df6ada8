/**
 * A router as a handler: finds the route, or answers that there is none.
 *
 * Spec      RFC 9110 §15.5.5 404, §15.5.6 405, §10.2.1 Allow
 * Next      respond.ts
 * Left out  OPTIONS
 */
import { HttpError } from '../http-error.ts';
import type { Router } from '../router.ts';
import type { Handler } from './exchange.ts';

/** Makes one handler of all the routes of a router. */
export function dispatch(router: Router<Handler>): Handler {
  return (exchange) => {
    const match = router.match(exchange.method, exchange.path);
    if (match.kind === 'not-found') throw new HttpError(404, 'there is no such page');
    if (match.kind === 'method-not-allowed') {
      // MUST (RFC 9110 §15.5.6): a 405 carries Allow.
      throw new HttpError(405, 'this page does not answer to this method', {
        headers: { Allow: match.allow.join(', ') },
      });
    }
    exchange.params = match.params;
    return match.handler(exchange);
  };
}
