/**
 * A program whose listener throws at every second message and that lives on, to see what is lost.
 *
 * Spec      -
 * Next      test/websocket/io/link.test.ts
 * Left out  -
 */
import { createPair } from '../../src/websocket/index.ts';

process.on('uncaughtException', (error: Error) => console.log(`uncaught ${error.message}`));

const [client, server] = createPair();
server.on('message', (data) => {
  console.log(`message ${data}`);
  if (Number(data) % 2 === 0) throw new Error(`at ${data}`);
});
server.on('close', (code) => console.log(`close ${code}`));
for (let i = 0; i < 5; i++) client.send(String(i));
client.close(1000);
