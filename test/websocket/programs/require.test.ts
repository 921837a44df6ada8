/** The names that programs find, by `import` and by `require`, once the package is installed. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Default, * as all from '../../../src/websocket/index.ts';
import { packageRoot } from '../../../src/lab/package-root.ts';
import { startProgram } from '../../../testing/program.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { runsTypeScript } from '../../../testing/tools.ts';

/** A folder with the package in its node_modules: the sources where Node runs them, else the build. */
function installed(folder: string): void {
  const home = join(folder, 'node_modules', 'barewire');
  mkdirSync(home, { recursive: true });
  const [inside, ending] = runsTypeScript ? ['src', 'ts'] : [join('build', 'src'), 'js'];
  symlinkSync(join(packageRoot, inside), join(home, 'code'), 'junction');
  const exports = { './websocket': `./code/websocket/index.${ending}` };
  const manifest = { name: 'barewire', version: '0.0.0', type: 'module', exports };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
}

const program = `
function main(WebSocket, { WebSocketServer, createWebSocketStream }) {
  const wss = new WebSocketServer({ port: 0 }, () => {
    const ws = new WebSocket('ws://127.0.0.1:' + wss.address().port);
    const duplex = createWebSocketStream(ws, { encoding: 'utf8' });
    duplex.on('data', (text) => {
      console.log(text);
      duplex.end();
      wss.close();
    });
  });
  wss.on('connection', (ws) => ws.send('hello from ' + typeof WebSocket.Server));
}
`;

const ways = {
  'require.cjs': `
    const WebSocket = require('barewire/websocket');
    main(WebSocket, WebSocket);`,
  'destructured.cjs': `
    const { WebSocket, WebSocketServer, createWebSocketStream } = require('barewire/websocket');
    main(WebSocket, { WebSocketServer, createWebSocketStream });`,
  'import.mjs': `
    import WebSocket, { WebSocketServer, createWebSocketStream } from 'barewire/websocket';
    main(WebSocket, { WebSocketServer, createWebSocketStream });`,
  'named.mjs': `
    import { WebSocket, Server, createWebSocketStream } from './names.mjs';
    main(WebSocket, { WebSocketServer: Server, createWebSocketStream });`,
};

for (const [name, text] of Object.entries(ways)) {
  test(`a program in ${name}`, async (t) => {
    const folder = temporaryFolder(t);
    installed(folder);
    writeFileSync(
      join(folder, 'names.mjs'),
      `import WebSocket from 'barewire/websocket';
       export { WebSocket };
       export const { Server, createWebSocketStream } = WebSocket;`,
    );
    writeFileSync(join(folder, name), text + program);
    const { ended, lines, errorLines } = startProgram(t, process.execPath, [name], {
      cwd: folder,
    });
    assert.equal(await ended, 0, errorLines.join('\n'));
    assert.deepEqual(lines, ['hello from function']);
  });
}

test('the default export carries the others', () => {
  assert.equal(Default, all.WebSocket);
  assert.equal(Default.WebSocket, all.WebSocket);
  assert.equal(Default.WebSocketServer, all.WebSocketServer);
  assert.equal(Default.Server, all.WebSocketServer);
  assert.equal(Default.createWebSocketStream, all.createWebSocketStream);
});
