/** Python's websockets: its client against our server, our client against its server. */
import { WebSocket } from 'barewire/websocket';
import { startProgram } from '../testing/program.ts';
import { testWith } from '../testing/tools.ts';
import { checkReport, converse, script } from './conversation.ts';
import type { Report } from './conversation.ts';
import { holdWithEmitter } from './event-ends.ts';

const client = `
import asyncio, json, sys, websockets
url, said = sys.argv[1], json.loads(sys.argv[2])
async def main():
    async def connect():
        return await websockets.connect(url, subprotocols=said["offers"], max_size=None)
    socket = await connect()
    texts, sizes = [], []
    for text in said["texts"]:
        await socket.send(text)
        texts.append(await socket.recv())
    for size in said["sizes"]:
        data = bytes((i * 7 + (i >> 8)) & 255 for i in range(size))
        await socket.send(data)
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

testWith(['python3-websockets'], 'the client of Python websockets', async (t) => {
  await converse(t, async (url) => {
    const args = ['-c', client, url, JSON.stringify(script)];
    const python = startProgram(t, '/usr/bin/python3', args);
    return JSON.parse(await python.line(/^\{/)) as Report;
  });
});

const server = `
import asyncio, json, sys, websockets
said = json.loads(sys.argv[1])
async def talk(socket, *rest):
    try:
        async for message in socket:
            if message == "ping me":
                await (await socket.ping("are you there?"))
                await socket.send("pong are you there?")
            elif message == "close me":
                await socket.close(said["byServer"]["code"], said["byServer"]["reason"])
            else:
                await socket.send(message)
    except websockets.ConnectionClosed:
        pass
async def main():
    options = {"subprotocols": ["barewire.echo"], "max_size": None}
    async with websockets.serve(talk, "127.0.0.1", 0, **options) as listener:
        print(list(listener.sockets)[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
`;

testWith(['python3-websockets'], 'our client against a server of Python websockets', async (t) => {
  const python = startProgram(t, '/usr/bin/python3', ['-c', server, JSON.stringify(script)]);
  const url = `ws://127.0.0.1:${await python.line(/^\d+$/)}/`;
  checkReport(await holdWithEmitter(() => new WebSocket(url, [...script.offers])));
});
