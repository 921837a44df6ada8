/** The chat from outside: Python's websockets, over TLS that it checks against the authority. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { startTestLab } from '../../testing/lab.ts';
import { startProgram } from '../../testing/program.ts';
import { testWith } from '../../testing/tools.ts';
import { startClient, textOf } from '../../testing/websocket-peers.ts';

const python = `
import asyncio, json, ssl, sys, websockets
url, ca = sys.argv[1:]
async def main():
    trust = ssl.create_default_context(cafile=ca)
    async with websockets.connect(url, ssl=trust, subprotocols=["barewire.chat.v1"]) as socket:
        print(socket.subprotocol, flush=True)
        await socket.send(json.dumps({"type": "join", "room": "lobby", "name": "Py"}))
        await socket.send(json.dumps({"type": "say", "id": "1", "text": "bonjour é"}))
        async for message in socket:
            said = json.loads(message)
            said.pop("at", None)
            print(json.dumps(said, ensure_ascii=False, separators=(",", ":")), flush=True)
            if said["type"] == "message" and said["text"] == "au revoir":
                break
asyncio.run(main())
`;

testWith(['python3-websockets'], 'Python chats with our client over wss', async (t) => {
  const lab = await startTestLab(t);
  const url = `${lab.url.replace('https', 'wss')}chat`;
  const { authorityCertificate: ca, authorityCertificatePath } = lab.credentials;
  const guest = startProgram(t, '/usr/bin/python3', ['-c', python, url, authorityCertificatePath], {
    env: { PYTHONIOENCODING: 'utf-8' },
  });
  await guest.line(/"ack"/);
  const client = startClient(t, url, 'barewire.chat.v1', { ca });
  await once(client, 'open');
  client.send('{"type":"join","room":"lobby","name":"Ann"}');
  const joined = JSON.parse(await textOf(client)) as { history: { text: string }[] };
  assert.deepEqual(
    joined.history.map((message) => message.text),
    ['bonjour é'],
  );
  client.send('{"type":"say","id":7,"text":"au revoir"}');
  assert.equal(await guest.ended, 0, guest.errorLines.join('\n'));
  assert.deepEqual(guest.lines, [
    'barewire.chat.v1',
    '{"type":"joined","room":"lobby","name":"Py","members":["Py"],"history":[]}',
    '{"type":"message","room":"lobby","offset":1,"from":"Py","text":"bonjour é"}',
    '{"type":"ack","id":"1","offset":1}',
    '{"type":"member","name":"Ann","action":"join"}',
    '{"type":"message","room":"lobby","offset":2,"from":"Ann","text":"au revoir"}',
  ]);
});
