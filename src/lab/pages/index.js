/**
 * The two small protocols on the index page: a connection is opened when it is first needed, and
 * again when the server has closed it.
 */

/** Connects a form to an endpoint: what is typed is sent, what comes back is shown. */
function connectForm(name, inputId) {
  const input = document.getElementById(inputId);
  const answer = document.getElementById(`${name}-answer`);
  let socket;

  function open() {
    const address = new URL(`/${name}`, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const opened = new WebSocket(address);
    opened.addEventListener('message', (event) => {
      answer.textContent = event.data;
    });
    opened.addEventListener('close', () => {
      if (socket === opened) socket = undefined;
    });
    opened.addEventListener('error', () => {
      answer.textContent = 'the server cannot be reached';
    });
    return opened;
  }

  document.getElementById(name).addEventListener('submit', (event) => {
    event.preventDefault();
    const text = input.value;
    socket ??= open();
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
    else socket.addEventListener('open', (opened) => opened.target.send(text), { once: true });
  });
}

connectForm('ping-gnip', 'ping-gnip-text');
connectForm('countdown', 'countdown-number');
