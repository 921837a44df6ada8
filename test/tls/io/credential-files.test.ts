import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import { openDevelopmentCredentials } from '../../../src/tls/index.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { startProgram } from '../../../testing/program.ts';
import { testWith } from '../../../testing/tools.ts';

const names = ['localhost', '127.0.0.1', '::1'];
const day = 86_400_000;
const files = ['ca-key.pem', 'ca.pem', 'server-key.pem', 'server.pem'];

function folderOf(t: TestContext): string {
  return join(temporaryFolder(t), 'credentials');
}

const contentsOf = (folder: string) =>
  files.map((file) => readFileSync(join(folder, file), 'utf8'));

test('the first start makes four files, the second none', async (t) => {
  const folder = folderOf(t);
  const first = await openDevelopmentCredentials({ folder, names });
  assert.deepEqual(
    first.written.map((file) => basename(file)),
    files,
  );
  const modes = files.map((file) => statSync(join(folder, file)).mode & 0o777);
  // A umask may take the right to read certificates from others, never give more away.
  assert.deepEqual([modes[0], modes[2]], [0o600, 0o600]);
  for (const mode of modes) assert.equal(mode & ~0o644, 0);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  const second = await openDevelopmentCredentials({ folder, names });
  assert.deepEqual(second, { ...first, written: [] });
  assert.equal(
    first.authorityFingerprint,
    new X509Certificate(first.authorityCertificate).fingerprint256,
  );
  assert.deepEqual(readdirSync(folder).sort(), files);
});

const unfinished = [
  { lost: ['ca.pem', 'server-key.pem', 'server.pem'], name: 'after the first key' },
  { lost: ['server-key.pem', 'server.pem'], name: 'after the authority' },
  { lost: ['server.pem'], name: 'before the last file' },
];
for (const { lost, name } of unfinished) {
  test(`a start that was cut off ${name} is gone on with`, async (t) => {
    const folder = folderOf(t);
    await openDevelopmentCredentials({ folder, names });
    const before = contentsOf(folder);
    for (const file of lost) rmSync(join(folder, file));
    writeFileSync(join(folder, '.new-0011223344556677'), 'half a ke');
    const again = await openDevelopmentCredentials({ folder, names });
    assert.deepEqual(
      again.written.map((file) => basename(file)),
      lost,
    );
    files.forEach((file, i) => {
      if (lost.includes(file)) return;
      assert.equal(readFileSync(join(folder, file), 'utf8'), before[i]);
    });
    assert.equal(
      new X509Certificate(again.cert).verify(
        new X509Certificate(again.authorityCertificate).publicKey,
      ),
      true,
    );
  });
}

test('ten starts at once end up with the same files', async (t) => {
  const folder = folderOf(t);
  const all = await Promise.all(
    Array.from({ length: 10 }, () => openDevelopmentCredentials({ folder, names })),
  );
  const [ca, , key] = [
    readFileSync(join(folder, 'ca.pem'), 'utf8'),
    '',
    readFileSync(join(folder, 'server-key.pem'), 'utf8'),
  ];
  for (const credentials of all) {
    assert.equal(credentials.authorityCertificate, ca);
    assert.equal(credentials.key, key);
    assert.ok(new X509Certificate(credentials.cert).verify(new X509Certificate(ca).publicKey));
  }
  assert.deepEqual(readdirSync(folder).sort(), files);
});

const reissued = [
  { name: 'in its last third', now: Date.now() + 61 * day, wanted: names },
  { name: 'when it has ended', now: Date.now() + 100 * day, wanted: names },
  { name: 'when a name is missing', now: Date.now(), wanted: [...names, 'shop.localhost'] },
  { name: 'when a wildcard is missing', now: Date.now(), wanted: [...names, '*.app.localhost'] },
];
for (const { name, now, wanted } of reissued) {
  test(`the server’s certificate is issued again ${name}, for the same key`, async (t) => {
    const folder = folderOf(t);
    const first = await openDevelopmentCredentials({ folder, names });
    const options = { folder, names: wanted, now: new Date(now) };
    const second = await openDevelopmentCredentials(options);
    assert.deepEqual(
      second.written.map((file) => basename(file)),
      ['server.pem'],
    );
    assert.equal(second.key, first.key);
    assert.equal(second.authorityCertificate, first.authorityCertificate);
    assert.ok(second.notAfter > first.notAfter || wanted.length > names.length);
    assert.deepEqual((await openDevelopmentCredentials(options)).written, []);
  });
}

const foreignKeys = {
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ed25519: () => generateKeyPairSync('ed25519'),
  secp521r1: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
};

interface Spoiled {
  name: string;
  spoil: (folder: string) => void;
  says: RegExp;
  /** What is made anew before the error is found. */
  makes?: readonly string[];
}

const spoiled: Spoiled[] = [
  {
    name: 'the authority’s key is missing',
    spoil: (f: string) => rmSync(join(f, 'ca-key.pem')),
    says: /ca-key\.pem: is missing, but .*ca\.pem needs it/,
  },
  {
    name: 'the server’s key is missing',
    spoil: (f: string) => rmSync(join(f, 'server-key.pem')),
    says: /server-key\.pem: is missing/,
  },
  {
    name: 'a key is no key',
    spoil: (f: string) => writeFileSync(join(f, 'ca-key.pem'), 'x'),
    says: /ca-key\.pem: expected a private key in PEM; move it and .*ca\.pem away/,
  },
  {
    name: 'the authority’s certificate is lost, so that a new one has another name',
    spoil: (f: string) => rmSync(join(f, 'ca.pem')),
    says: /server\.pem: was not issued by the authority in this folder; move it away/,
    makes: ['ca.pem'],
  },
  {
    name: 'the authority’s certificate is a server’s',
    spoil: (f: string) => {
      copyFileSync(join(f, 'server.pem'), join(f, 'ca.pem'));
      copyFileSync(join(f, 'server-key.pem'), join(f, 'ca-key.pem'));
    },
    says: /ca\.pem: expected the certificate of an authority; move it away/,
  },
  ...Object.entries(foreignKeys).map(([kind, make]) => ({
    name: `a key is ${kind}`,
    spoil: (f: string) => {
      const pem = make().privateKey.export({ type: 'pkcs8', format: 'pem' });
      writeFileSync(join(f, 'ca-key.pem'), pem);
    },
    says: new RegExp(`ca-key\\.pem: expected an EC key on P-256, got ${kind}; move it and `),
  })),
  {
    name: 'a certificate is none',
    spoil: (f: string) => writeFileSync(join(f, 'ca.pem'), ''),
    says: /ca\.pem: expected a certificate in PEM/,
  },
  {
    name: 'a certificate is another key’s',
    spoil: (f: string) => renameSync(join(f, 'server.pem'), join(f, 'ca.pem')),
    says: /ca\.pem: does not belong to the key/,
  },
  {
    name: 'the server’s certificate is cut',
    spoil: (f: string) =>
      writeFileSync(join(f, 'server.pem'), readFileSync(join(f, 'server.pem')).subarray(0, 300)),
    says: /server\.pem: expected a certificate/,
  },
];
for (const { name, spoil, says, makes = [] } of spoiled) {
  test(`when ${name}, the error names the file, and what is there stays`, async (t) => {
    const folder = folderOf(t);
    await openDevelopmentCredentials({ folder, names });
    spoil(folder);
    const left = readdirSync(folder);
    const before = left.map((file) => readFileSync(join(folder, file), 'utf8'));
    await assert.rejects(openDevelopmentCredentials({ folder, names }), {
      name: 'CredentialError',
      message: says,
    });
    assert.deepEqual(
      left.map((file) => readFileSync(join(folder, file), 'utf8')),
      before,
    );
    assert.deepEqual(readdirSync(folder).sort(), [...left, ...makes].sort());
  });
}

test('a certificate of another authority is told', async (t) => {
  const [folder, other] = [folderOf(t), folderOf(t)];
  await openDevelopmentCredentials({ folder, names });
  await openDevelopmentCredentials({ folder: other, names });
  for (const file of ['server.pem', 'server-key.pem']) {
    writeFileSync(join(folder, file), readFileSync(join(other, file)));
  }
  await assert.rejects(
    openDevelopmentCredentials({ folder, names }),
    /server\.pem: was not issued by/,
  );
});

test('an authority that has ended is told', async (t) => {
  const folder = folderOf(t);
  await openDevelopmentCredentials({ folder, names });
  const now = new Date(Date.now() + 3660 * day);
  await assert.rejects(
    openDevelopmentCredentials({ folder, names, now }),
    /ca\.pem: the authority ended on/,
  );
});

for (const wanted of [[], ['example.com'], ['*.localhost'], ['fe80::1%eth0']]) {
  test(`names that cannot be served are refused at once: ${JSON.stringify(wanted)}`, async (t) => {
    const folder = folderOf(t);
    await assert.rejects(openDevelopmentCredentials({ folder, names: wanted }), TypeError);
    assert.equal(existsSync(folder), false);
    await openDevelopmentCredentials({ folder, names });
    // A certificate that is there already is no reason to let them pass.
    await assert.rejects(openDevelopmentCredentials({ folder, names: wanted }), TypeError);
  });
}

test('following the advice of the errors leads to a folder that works again', async (t) => {
  const folder = folderOf(t);
  await openDevelopmentCredentials({ folder, names });
  rmSync(join(folder, 'ca.pem'));
  await assert.rejects(openDevelopmentCredentials({ folder, names }), /server\.pem: .*move it away/);
  renameSync(join(folder, 'server.pem'), join(folder, 'old.pem'));
  const { cert, authorityCertificate } = await openDevelopmentCredentials({ folder, names });
  const issued = new X509Certificate(cert).checkIssued(new X509Certificate(authorityCertificate));
  assert.equal(issued, true);
});

async function serve(t: TestContext): Promise<{ port: number; ca: string; caFile: string }> {
  const credentials = await openDevelopmentCredentials({ folder: folderOf(t), names });
  const server = tls.createServer({ key: credentials.key, cert: credentials.cert }, (socket) => {
    socket.on('error', () => {});
    socket.end('HTTP/1.0 200 OK\r\n\r\nhello\n');
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    port,
    ca: credentials.authorityCertificate,
    caFile: credentials.authorityCertificatePath,
  };
}

test('a client with the authority connects; one without refuses, with the error the docs name', async (t) => {
  const { port, ca } = await serve(t);
  const connect = (options: tls.ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const socket = tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ...options });
      socket.on('secureConnect', () => resolve(`authorized ${socket.authorized}`));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.on('close', () => socket.destroy());
      t.after(() => socket.destroy());
    });
  assert.equal(await connect({ ca }), 'authorized true');
  assert.equal(await connect({}), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  assert.equal(await connect({ ca, servername: 'example.com' }), 'ERR_TLS_CERT_ALTNAME_INVALID');
});

testWith(['curl'], 'curl with the authority connects; without it exits with 60', async (t) => {
  const { port, caFile } = await serve(t);
  const curl = (...args: string[]) =>
    startProgram(t, 'curl', ['-sS', ...args, `https://localhost:${port}/`]);
  const trusting = curl('--cacert', caFile);
  assert.equal(await trusting.ended, 0, trusting.errorLines.join());
  assert.deepEqual(trusting.lines, ['hello']);
  const doubting = curl();
  assert.equal(await doubting.ended, 60);
  assert.match(doubting.errorLines.join(), /unable to get local issuer certificate/);
});

testWith(['openssl'], 'openssl finds the chain on disk in order', async (t) => {
  const folder = folderOf(t);
  await openDevelopmentCredentials({ folder, names });
  const check = [
    'verify',
    '-x509_strict',
    '-purpose',
    'sslserver',
    '-verify_hostname',
    'localhost',
  ];
  const { stdout } = spawnSync('openssl', [...check, '-CAfile', 'ca.pem', 'server.pem'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(stdout, 'server.pem: OK\n');
});
