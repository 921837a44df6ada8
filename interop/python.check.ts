/** Python's websockets: its client against our server, our client against its server. */
import assert from 'node:assert/strict';
import { WebSocket } from 'barewire/websocket';
import { startProgram } from '../testing/program.ts';
import { testWith } from '../testing/tools.ts';
import { checkReport, compressions, converse, script } from './conversation.ts';
import type { Report } from './conversation.ts';
import { holdWithEmitter } from './event-ends.ts';

const client = `
import asyncio, json, sys, websockets
url, said = sys.argv[1], json.loads(sys.argv[2])
async def pieces(socket, data):
    third = -(-len(data) // 3)
    for start in (0, third, 2 * third):
        yield data[start:start + third]
        await socket.ping()
async def main():
    async def connect():
        return await websockets.connect(url, subprotocols=said["offers"], max_size=None)
    async def say(data):
        await socket.send(pieces(socket, data) if said["inPieces"] else data)
    socket = await connect()
    texts, sizes = [], []
    for text in said["texts"]:
        await say(text)
        texts.append(await socket.recv())
    for size in said["sizes"]:
        data = bytes((i * 7 + (i >> 8)) & 255 for i in range(size))
        await say(data)
        if await socket.recv() == data:
            sizes.append(size)
    await socket.send("ping me")
    pinged = await socket.recv()
    await (await socket.ping("mine"))
    await socket.send("close me")
    try:
        await socket.recv()
    except websockets.ConnectionClosed:
        pass
    second = await connect()
    await second.close(said["byClient"]["code"], said["byClient"]["reason"])
    print(json.dumps({
        "protocol": socket.subprotocol, "texts": texts, "sizes": sizes,
        "pinged": pinged, "ponged": "mine",
        "byServer": {"code": socket.close_code, "reason": socket.close_reason},
        "byClient": {"code": second.close_code, "reason": second.close_reason},
    }), flush=True)
asyncio.run(main())
`;

for (const compression of [undefined, ...compressions]) {
  const { name = 'as it comes', inPieces = false } = compression ?? {};
  testWith(['python3-websockets'], `the client of Python websockets, ${name}`, async (t) => {
    const hold = async (url: string) => {
      const args = ['-c', client, url, JSON.stringify({ ...script, inPieces })];
      const python = startProgram(t, '/usr/bin/python3', args);
      return JSON.parse(await python.line(/^\{/)) as Report;
    };
    await converse(t, hold, compression);
  });
}

const server = `
import asyncio, json, sys, websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
said = json.loads(sys.argv[1])
async def pieces(socket, data):
    third = -(-len(data) // 3)
    for start in (0, third, 2 * third):
        yield data[start:start + third]
        await socket.ping()
async def talk(socket, *rest):
    try:
        async for message in socket:
            if message == "ping me":
                await (await socket.ping("are you there?"))
                await socket.send("pong are you there?")
            elif message == "close me":
                await socket.close(said["byServer"]["code"], said["byServer"]["reason"])
            else:
                await socket.send(pieces(socket, message) if said["inPieces"] else message)
    except websockets.ConnectionClosed:
        pass
async def main():
    options = {"subprotocols": ["barewire.echo"], "max_size": None, "compression": None}
    if said["compressed"]:
        forgets = said["forgets"]
        options["extensions"] = [ServerPerMessageDeflateFactory(
            server_no_context_takeover=forgets, client_no_context_takeover=forgets)]
    async with websockets.serve(talk, "127.0.0.1", 0, **options) as listener:
        print(list(listener.sockets)[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
`;

for (const compression of [undefined, ...compressions]) {
  const { name = 'as it comes', inPieces = false, perMessageDeflate = false } = compression ?? {};
  const title = `our client against a server of Python websockets, ${name}`;
  testWith(['python3-websockets'], title, async (t) => {
    const compressed = perMessageDeflate !== false;
    const forgets = typeof perMessageDeflate === 'object';
    const said = JSON.stringify({ ...script, inPieces, compressed, forgets });
    const python = startProgram(t, '/usr/bin/python3', ['-c', server, said]);
    const url = `ws://127.0.0.1:${await python.line(/^\d+$/)}/`;
    const clients: WebSocket[] = [];
    const open = () => {
      const client = new WebSocket(url, [...script.offers]);
      clients.push(client);
      return client;
    };
    checkReport(await holdWithEmitter(open, inPieces));
    const agreed = compressed ? 'permessage-deflate' : '';
    assert.deepEqual(
      clients.map(({ extensions }) => extensions),
      [agreed, agreed],
    );
  });
}
